using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>
/// Reads bundles of versions 0.1 to 0.3 (protobuf-specs sigstore_bundle.proto) as strictly as Go's protojson. What a
/// version demands is demanded of every log entry, where sigstore-go is content with one.
/// </summary>
internal static class BundleReader
{
    private const string SpellingV01 = "application/vnd.dev.sigstore.bundle+json;version=0.1";
    private const string SpellingV02 = "application/vnd.dev.sigstore.bundle+json;version=0.2";
    private const string OldSpellingV03 = "application/vnd.dev.sigstore.bundle+json;version=0.3";

    /// <exception cref="SigstoreException">
    /// MalformedBundle, MalformedLogEntry, MalformedCertificate, Unsupported, LimitExceeded.
    /// </exception>
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
            return ReadRoot(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, $"The bundle cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads <c>.sigstore.jsonl</c>: a bundle a line, blank lines between them ignored.</summary>
    /// <exception cref="SigstoreException">As <see cref="Read"/>.</exception>
    public static IReadOnlyList<Bundle> ReadLines(ReadOnlyMemory<byte> content) =>
        [.. JsonLines.Split(content).Select(static line => Read(line))];

    private static Bundle ReadRoot(JsonElement element)
    {
        // Before anything else, since a newer version may have any other member.
        (string mediaType, BundleVersion version) = ReadVersion(element);
        ProtoMessage root = new(element, "mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope");
        ProtoMessage material = root.Message(
            "verificationMaterial", "publicKey", "x509CertificateChain", "certificate", "tlogEntries",
            "timestampVerificationData") ?? throw new FormatException("'verificationMaterial' is missing");
        RequireOne(material, "publicKey", "x509CertificateChain", "certificate");
        RequireOne(root, "messageSignature", "dsseEnvelope");
        IReadOnlyList<ReadOnlyMemory<byte>> chain = BundleCertificates.Read(material, version);
        ProtoMessage? timestamps = material.Message("timestampVerificationData", "rfc3161Timestamps");
        return new Bundle
        {
            Version = version,
            MediaType = mediaType,
            KeyHint = material.Message("publicKey", "hint")?.Text("hint"),
            Certificate = chain.Count > 0 ? chain[0].ToArray() : null,
            Chain = [.. chain.Skip(1)],
            Message = root.Message("messageSignature", "messageDigest", "signature") is { } m ? ReadMessage(m) : null,
            Envelope = root.Has("dsseEnvelope") ? ReadEnvelope(element) : null,
            LogEntries = material.List("tlogEntries", Limits.LogEntries, e => LogEntryJson.Read(e, version)),
            Timestamps = timestamps?.List<ReadOnlyMemory<byte>>(
                "rfc3161Timestamps", Limits.Timestamps, static e => ReadTimestamp(e)) ?? [],
        };
    }

    private static (string MediaType, BundleVersion Version) ReadVersion(JsonElement root)
    {
        string? mediaType = StrictJson.OptionalString(root, "mediaType");
        string? original = StrictJson.OptionalString(root, "media_type");
        string text = mediaType ?? original ?? throw new FormatException("'mediaType' is missing");
        BundleVersion version = text switch
        {
            Bundle.MediaTypeV03 or OldSpellingV03 => BundleVersion.V03,
            SpellingV02 => BundleVersion.V02,
            SpellingV01 => BundleVersion.V01,
            _ => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Bundles of media type '{text}' are not supported here."),
        };
        return (text, version);
    }

    /// <summary>A oneof: two sides would be two meanings, and which one counts would be the reader's choice.</summary>
    private static void RequireOne(ProtoMessage message, params ReadOnlySpan<string> fields)
    {
        int count = 0;
        foreach (string field in fields)
        {
            count += message.Has(field) ? 1 : 0;
        }

        if (count != 1)
        {
            throw new FormatException($"exactly one of {string.Join(", ", fields!)} must be there");
        }
    }

    private static MessageSignature ReadMessage(ProtoMessage message)
    {
        byte[] signature = message.Bytes("signature", Limits.KeyFile);
        return signature.Length > 0
            ? new MessageSignature(
                message.Message("messageDigest", "algorithm", "digest") is { } digest ? ReadDigest(digest) : null,
                signature)
            : throw new FormatException("'signature' is missing or empty");
    }

    /// <summary>
    /// Null for the digest without content that cosign 3.1.1 writes beside a signature by an Ed25519 key.
    /// </summary>
    private static Digest? ReadDigest(ProtoMessage message)
    {
        byte[] hash = message.Bytes("digest", limit: 64);
        int? algorithm = message.Enumeration(
            "algorithm", "HASH_ALGORITHM_UNSPECIFIED", "SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256", "SHA3_384");
        return (algorithm, hash.Length) switch
        {
            (0, 0) => null,
            (1, 32) => Digest.Parse($"sha256:{Convert.ToHexStringLower(hash)}"),
            (2, 48) => Digest.Parse($"sha384:{Convert.ToHexStringLower(hash)}"),
            (3, 64) => Digest.Parse($"sha512:{Convert.ToHexStringLower(hash)}"),
            (4 or 5, _) => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, "Bundles with SHA-3 digests are not supported."),
            (null, _) => throw new FormatException("the hash algorithm of 'messageDigest' is unknown"),
            _ => throw new FormatException("the length of 'messageDigest' is not that of its algorithm"),
        };
    }

    private static Envelope ReadEnvelope(JsonElement root) => Envelope.Read(
        root.TryGetProperty("dsseEnvelope", out JsonElement e) ? e : root.GetProperty("dsse_envelope"));

    private static byte[] ReadTimestamp(JsonElement element)
    {
        byte[] token = new ProtoMessage(element, "signedTimestamp").Bytes("signedTimestamp", Limits.TimestampToken);
        return token.Length > 0 ? token : throw new FormatException("a timestamp is empty");
    }
}
