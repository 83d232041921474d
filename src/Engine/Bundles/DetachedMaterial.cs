namespace SigstorePS.Bundles;

/// <summary>What belongs to a signature when each part comes by itself. A part that is null is not there.</summary>
internal sealed record DetachedMaterial
{
    /// <summary>Certificate or public key: PEM, base64 of PEM, or a certificate in DER.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Certificates above it: PEM, or base64 of PEM.</summary>
    public byte[]? Chain { get; init; }

    /// <summary>RFC 3161 timestamp: cosign's JSON text, DER, or base64 of DER.</summary>
    public byte[]? Timestamp { get; init; }

    /// <summary>Log entry with its promise, cosign's JSON text.</summary>
    public byte[]? RekorBundle { get; init; }

    /// <summary>Signed certificate timestamp, JSON AddChainResponse (RFC 6962 section 4.1).</summary>
    public byte[]? Sct { get; init; }

    /// <summary>A signature over an artifact that is elsewhere, with this material.</summary>
    /// <param name="signature">Base64 text, or the bytes themselves.</param>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public SignedArtifact OfSignature(ReadOnlyMemory<byte> signature) =>
        AddTo(LegacySignature.OverArtifact(CosignParts.Signature(signature)));

    /// <summary>The signature with every part that is there.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public SignedArtifact AddTo(SignedArtifact artifact)
    {
        if (Certificate is not null)
        {
            NamedSigner signer = CosignParts.Signer(Certificate);
            artifact = artifact with
            {
                Certificate = signer.Certificate,
                Chain = signer.Chain,
                KeyHint = signer.KeyHint,
            };
        }

        return artifact with
        {
            Chain = Chain is null ? artifact.Chain : CosignParts.Chain(Chain),
            DetachedSct = Sct ?? artifact.DetachedSct,
            LogEntries = RekorBundle is null ? artifact.LogEntries : [CosignParts.RekorBundle(RekorBundle)],
            Timestamps = Timestamp is null ? artifact.Timestamps : [CosignParts.Timestamp(Timestamp)],
        };
    }
}
