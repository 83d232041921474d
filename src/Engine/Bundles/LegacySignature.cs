using System.Text;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Bundles;

/// <summary>
/// A signature that cosign 1 and 2 store with an image: a layer, and all that belongs to it in the layer's annotations.
/// An annotation of blanks is none, as in cosign.
/// </summary>
internal static class LegacySignature
{
    /// <summary>A signature: the layer is the simple-signing payload.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static SignedArtifact Read(ReadOnlyMemory<byte> payload, IReadOnlyDictionary<string, string> annotations)
    {
        if (Text(annotations, MediaTypes.SignatureAnnotation) is not { } text)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The layer has no annotation {MediaTypes.SignatureAnnotation}.");
        }

        byte[] signature = CosignParts.Guarded("signature annotation", () => Base64Text.Decode(text.Trim()));
        return WithMaterial(OverPayload(payload, signature), annotations);
    }

    /// <summary>An attestation: the layer is a DSSE envelope, which has the signature in it.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static SignedArtifact ReadAttestation(
        ReadOnlyMemory<byte> envelope, IReadOnlyDictionary<string, string> annotations) =>
        WithMaterial(SignedArtifact.FromEnvelope(envelope), annotations);

    /// <summary>A payload with the signature over it and nothing else.</summary>
    /// <exception cref="SigstoreException">MalformedSignature.</exception>
    public static SignedArtifact OverPayload(ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> signature) =>
        Over(payload, signature);

    /// <summary>A signature over an artifact that is elsewhere and nothing else.</summary>
    /// <exception cref="SigstoreException">MalformedSignature.</exception>
    public static SignedArtifact OverArtifact(ReadOnlyMemory<byte> signature) => Over(null, signature);

    private static SignedArtifact Over(ReadOnlyMemory<byte>? payload, ReadOnlyMemory<byte> signature) => new()
    {
        Format = SignatureFormat.Legacy,
        SignedBytes = payload,
        Signature = signature.Length > 0
            ? signature
            : throw new SigstoreException(SigstoreErrorCode.MalformedSignature, "The signature is empty."),
        Payload = payload ?? ReadOnlyMemory<byte>.Empty,
    };

    private static SignedArtifact WithMaterial(
        SignedArtifact artifact, IReadOnlyDictionary<string, string> annotations) => new DetachedMaterial
        {
            Certificate = Bytes(annotations, MediaTypes.CertificateAnnotation),
            Chain = Bytes(annotations, MediaTypes.ChainAnnotation),
            RekorBundle = Bytes(annotations, MediaTypes.RekorBundleAnnotation),
            Timestamp = Bytes(annotations, MediaTypes.TimestampAnnotation),
        }.AddTo(artifact);

    private static byte[]? Bytes(IReadOnlyDictionary<string, string> annotations, string name) =>
        Text(annotations, name) is { } text ? Encoding.UTF8.GetBytes(text) : null;

    private static string? Text(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.TryGetValue(name, out string? text) && !string.IsNullOrWhiteSpace(text) ? text : null;
}
