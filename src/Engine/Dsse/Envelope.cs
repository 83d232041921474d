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

    /// <summary>What pre-authentication encoding begins with; no JSON text does.</summary>
    public static bool IsPae(ReadOnlySpan<byte> bytes) => bytes.StartsWith("DSSEv1 "u8);

    /// <summary>Takes the bytes that are signed apart: type and payload.</summary>
    /// <exception cref="FormatException">Not what <see cref="Pae(string, ReadOnlySpan{byte})"/> makes.</exception>
    public static (string PayloadType, byte[] Payload) ReadPae(ReadOnlySpan<byte> bytes)
    {
        if (!IsPae(bytes))
        {
            throw new FormatException("it does not begin with DSSEv1");
        }

        ReadOnlySpan<byte> rest = bytes["DSSEv1 "u8.Length..];
        string type = new UTF8Encoding(false, throwOnInvalidBytes: false).GetString(TakeCounted(ref rest));
        if (rest.IsEmpty || rest[0] != (byte)' ')
        {
            throw new FormatException("a blank is missing after the payload type");
        }

        rest = rest[1..];
        byte[] payload = TakeCounted(ref rest).ToArray();

        // Lengths can be written in more ways than one; only what is signed again byte for byte is taken.
        return rest.IsEmpty && Pae(type, payload).AsSpan().SequenceEqual(bytes)
            ? (type, payload)
            : throw new FormatException("a length in it is wrong, or something follows; was a newline added to the file?");
    }

    private static ReadOnlySpan<byte> TakeCounted(ref ReadOnlySpan<byte> rest)
    {
        int blank = rest.IndexOf((byte)' ');
        if (blank is < 1 or > 9
            || !int.TryParse(rest[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || length > rest.Length - blank - 1)
        {
            throw new FormatException("a length in it is wrong");
        }

        ReadOnlySpan<byte> taken = rest.Slice(blank + 1, length);
        rest = rest[(blank + 1 + length)..];
        return taken;
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
