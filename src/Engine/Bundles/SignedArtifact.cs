using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Oci;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>The container an image signature came in.</summary>
internal enum SignatureFormat
{
    /// <summary>A sigstore bundle: what cosign 3 writes.</summary>
    Bundle,

    /// <summary>A simple-signing payload with its signature in an annotation: what cosign 1 and 2 write.</summary>
    Legacy,
}

/// <summary>What verification sees of a signature, whatever container it came in.</summary>
internal sealed record SignedArtifact
{
    public required SignatureFormat Format { get; init; }

    /// <summary>The bytes the signature is over: PAE of the envelope, or the payload as stored.</summary>
    public required ReadOnlyMemory<byte> SignedBytes { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Statement or simple-signing payload, as stored and not yet read.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The bundle as stored.</summary>
    public ReadOnlyMemory<byte>? BundleContent { get; init; }

    /// <summary>Hint of the signing key, unauthenticated.</summary>
    public string? KeyHint { get; init; }

    /// <summary>The certificate that names the signer, DER; null when a key does.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Certificates that came along, DER, nearest to the signer first. Never trusted, only tried.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    /// <summary>Signed certificate timestamp that came beside the certificate: JSON AddChainResponse (RFC 6962).</summary>
    public byte[]? DetachedSct { get; init; }

    /// <summary>What the bundle says the artifact's digest is; null when it says nothing. Unauthenticated.</summary>
    public Digest? MessageDigest { get; init; }

    /// <summary>The envelope of a statement; null for a signature over bytes.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>
    /// The JSON text of an envelope that stood by itself. cosign 1 and 2 have it timestamped and logged as a whole.
    /// </summary>
    public byte[]? EnvelopeContent { get; init; }

    public IReadOnlyList<LogEntry> LogEntries { get; init; } = [];

    /// <summary>DER <c>TimeStampResp</c> (RFC 3161).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Timestamps { get; init; } = [];

    /// <summary>Reads a bundle that states something about an image.</summary>
    /// <exception cref="SigstoreException">MalformedBundle, Unsupported, LimitExceeded.</exception>
    public static SignedArtifact FromBundle(ReadOnlyMemory<byte> content)
    {
        Bundle bundle = BundleReader.Read(content);
        if (bundle.Envelope is not { PayloadType: MediaTypes.InToto } envelope)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, "The bundle holds no in-toto statement about an image.");
        }

        return new SignedArtifact
        {
            Format = SignatureFormat.Bundle,
            SignedBytes = envelope.Pae(),
            Signature = envelope.Signature,
            Payload = envelope.Payload,
            BundleContent = content,
            KeyHint = bundle.KeyHint,
            Certificate = bundle.Certificate,
            Envelope = envelope,
        };
    }

    /// <summary>A legacy signature: a payload and the base64 signature over it.</summary>
    /// <exception cref="SigstoreException">MalformedSignature.</exception>
    public static SignedArtifact FromPayload(
        ReadOnlyMemory<byte> payload, string? signature, byte[]? certificate = null)
    {
        // Only blanks counts as absent, as in cosign.
        if (string.IsNullOrWhiteSpace(signature))
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The layer has no annotation {MediaTypes.SignatureAnnotation}.");
        }

        try
        {
            return new SignedArtifact
            {
                Format = SignatureFormat.Legacy,
                SignedBytes = payload,
                Signature = Encodings.Base64Text.Decode(signature.Trim()),
                Payload = payload,
                Certificate = certificate,
            };
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, "The signature annotation is not base64.", e);
        }
    }
}
