using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>
/// JSON that cosign 1 and 2 write: the bundle of <c>sign-blob</c> and <c>attest-blob</c> (members base64Signature, cert,
/// rekorBundle), and a line of <c>download signature</c> (Base64Signature, Payload, Cert, Chain, Bundle,
/// RFC3161Timestamp).
/// </summary>
internal static class CosignBundle
{
    private const string SignatureMember = "base64Signature";

    /// <summary>Whether the object is one of the two; decides nothing about whether it is well formed.</summary>
    /// <exception cref="FormatException">The member is there twice.</exception>
    public static bool Is(JsonElement root) => GoJson.Find(root, SignatureMember) is not null;

    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static SignedArtifact Read(JsonElement root) => CosignParts.Guarded("old bundle", () =>
    {
        byte[] signature = Base64Text.Decode(
            GoJson.Text(root, SignatureMember) ?? throw new FormatException($"'{SignatureMember}' is empty"));
        DetachedMaterial material = new() { Certificate = Certificate(root), Chain = Chain(root) };
        SignedArtifact artifact = GoJson.Text(root, "Payload") is { } payload
            ? LegacySignature.OverPayload(Base64Text.Decode(payload), signature)
            : IsEnvelope(signature) ? SignedArtifact.FromEnvelope(signature) : LegacySignature.OverArtifact(signature);
        JsonElement? log = GoJson.Find(root, "rekorBundle") ?? GoJson.Find(root, "Bundle");
        JsonElement? timestamp = GoJson.Find(root, "RFC3161Timestamp");
        return material.AddTo(artifact) with
        {
            LogEntries = log is { } l ? [CosignParts.RekorBundle(l)] : Array.Empty<LogEntry>(),
            Timestamps = timestamp is { } t ? [CosignParts.Timestamp(t)] : Array.Empty<ReadOnlyMemory<byte>>(),
        };
    });

    /// <summary>cosign attest-blob keeps the whole envelope where a signature would be.</summary>
    private static bool IsEnvelope(byte[] signature)
    {
        if (signature is not [(byte)'{', ..])
        {
            return false;
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(signature);
            return document.RootElement.TryGetProperty("payloadType", out _);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }
    }

    private static byte[]? Certificate(JsonElement root) =>
        GoJson.Find(root, "cert") is { } value ? CertificateOf(value) : null;

    /// <summary>PEM or base64 of PEM as text; or Go's dump of a certificate, of which <c>Raw</c> is the DER.</summary>
    private static byte[]? CertificateOf(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? Base64Text.Decode(GoJson.Text(value, "Raw") ?? throw new FormatException("a certificate has no 'Raw'"))
        : value.ValueKind != JsonValueKind.String ? throw new FormatException("a certificate is not text")
        : value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? Encoding.UTF8.GetBytes(text) : null;

    /// <summary>One PEM text of all certificates.</summary>
    private static byte[]? Chain(JsonElement root)
    {
        if (GoJson.Find(root, "Chain") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return CertificateOf(value);
        }

        List<byte> text = [];
        foreach (JsonElement element in value.EnumerateArray())
        {
            byte[] certificate = CertificateOf(element) ?? throw new FormatException("a certificate is empty");
            text.AddRange(
                element.ValueKind == JsonValueKind.Object ? Pem.Write("CERTIFICATE", certificate) : certificate);
        }

        return text.Count > 0 ? [.. text] : null;
    }
}
