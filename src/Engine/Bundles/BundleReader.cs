using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>
/// Reads bundles of version 0.3: what image referrers hold. Strict as Go's protojson: an unknown member, both sides of
/// a oneof or a duplicate is an error.
/// </summary>
internal static class BundleReader
{
    private const string OldSpellingV03 = "application/vnd.dev.sigstore.bundle+json;version=0.3";

    /// <exception cref="SigstoreException">MalformedBundle, Unsupported, LimitExceeded.</exception>
    public static Bundle Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.Bundle)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A bundle of {content.Length} bytes is over {Limits.Bundle}.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, $"The bundle cannot be read: {e.Message}", e);
        }
    }

    private static Bundle Read(JsonElement root)
    {
        string mediaType = StrictJson.String(root, "mediaType");
        if (mediaType is not (Bundle.MediaTypeV03 or OldSpellingV03))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Bundles of media type '{mediaType}' are not supported here.");
        }

        StrictJson.OnlyMembers(root, "mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope");
        JsonElement material = StrictJson.OptionalObject(root, "verificationMaterial")
            ?? throw new FormatException("'verificationMaterial' is missing");
        StrictJson.OnlyMembers(
            material, "publicKey", "certificate", "tlogEntries", "timestampVerificationData");
        JsonElement? key = StrictJson.OptionalObject(material, "publicKey");
        JsonElement? certificate = StrictJson.OptionalObject(material, "certificate");
        if (key is null == certificate is null)
        {
            throw new FormatException("exactly one of 'publicKey' and 'certificate' must be there");
        }

        JsonElement? message = StrictJson.OptionalObject(root, "messageSignature");
        JsonElement? envelope = StrictJson.OptionalObject(root, "dsseEnvelope");
        if (message is null == envelope is null)
        {
            throw new FormatException("exactly one of 'messageSignature' and 'dsseEnvelope' must be there");
        }

        return new Bundle
        {
            KeyHint = key is { } k ? StrictJson.OptionalString(k, "hint") ?? string.Empty : null,
            Certificate = certificate is { } c ? Base64Text.Decode(StrictJson.String(c, "rawBytes")) : null,
            Message = message is { } m ? ReadMessage(m) : null,
            Envelope = envelope is { } e ? Envelope.Read(e) : null,
        };
    }

    private static MessageSignature ReadMessage(JsonElement element)
    {
        StrictJson.OnlyMembers(element, "messageDigest", "signature");
        Digest? digest = null;
        if (StrictJson.OptionalObject(element, "messageDigest") is { } d)
        {
            StrictJson.OnlyMembers(d, "algorithm", "digest");
            if (d.TryGetProperty("digest", out JsonElement value))
            {
                string name = d.TryGetProperty("algorithm", out JsonElement a) ? a.ToString() : string.Empty;
                byte[] hash = Base64Text.Decode(value.GetString() ?? throw new FormatException("a digest is null"));
                digest = Digest.Parse($"{HashName(name)}:{Convert.ToHexStringLower(hash)}");
            }
        }

        return new MessageSignature(digest, Base64Text.Decode(StrictJson.String(element, "signature")));
    }

    /// <summary>HashAlgorithm of protobuf-specs: by name or by number, as proto3 JSON allows.</summary>
    private static string HashName(string algorithm) => algorithm switch
    {
        "SHA2_256" or "1" => "sha256",
        "SHA2_384" or "2" => "sha384",
        "SHA2_512" or "3" => "sha512",
        _ => throw new FormatException($"hash algorithm '{algorithm}' is unknown"),
    };
}
