using System.Globalization;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Dsse;

/// <summary>
/// A DSSE envelope with its one signature (DSSE v1 envelope.md; a sigstore bundle allows exactly one). The key id is a
/// hint and takes no part in verification.
/// </summary>
internal sealed record Envelope(string PayloadType, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    /// <summary>What the envelope calls the key; empty when it does not.</summary>
    public string KeyId { get; init; } = string.Empty;

    /// <summary>The bytes that are signed (DSSE v1 protocol.md: pre-authentication encoding).</summary>
    public byte[] Pae() => Pae(PayloadType, Payload.Span);

    public static byte[] Pae(string payloadType, ReadOnlySpan<byte> payload)
    {
        byte[] type = Encoding.UTF8.GetBytes(payloadType);
        byte[] head = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {type.Length} "));
        byte[] middle = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $" {payload.Length} "));
        return [.. head, .. type, .. middle, .. payload];
    }

    /// <summary>Reads an envelope. Base64 may be standard or URL-safe (DSSE v1 envelope.md).</summary>
    /// <exception cref="FormatException">A member is missing, of another type, unknown, or not base64.</exception>
    public static Envelope Read(JsonElement element)
    {
        StrictJson.OnlyMembers(element, "payload", "payloadType", "signatures");
        if (!element.TryGetProperty("signatures", out JsonElement signatures)
            || signatures.ValueKind != JsonValueKind.Array || signatures.GetArrayLength() != 1)
        {
            throw new FormatException("a DSSE envelope must have exactly one signature");
        }

        StrictJson.OnlyMembers(signatures[0], "sig", "keyid");
        byte[] signature = Base64Text.Decode(StrictJson.String(signatures[0], "sig"));
        return new Envelope(
            StrictJson.String(element, "payloadType"),
            Base64Text.Decode(StrictJson.String(element, "payload")),
            signature.Length > 0 ? signature : throw new FormatException("the signature of the envelope is empty"))
        {
            KeyId = StrictJson.OptionalString(signatures[0], "keyid") ?? string.Empty,
        };
    }
}
