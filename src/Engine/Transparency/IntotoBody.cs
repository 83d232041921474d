using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Transparency;

/// <summary>
/// intoto 0.0.1 and 0.0.2: an envelope, logged without its payload. Version 0.0.1 holds no signature: only the hash of
/// the whole envelope ties it to one.
/// </summary>
internal sealed record IntotoBody(string ApiVersion) : LogEntryBody(KindName, ApiVersion)
{
    public const string KindName = "intoto";

    /// <summary>Of the envelope as the log saw it; null when it was not kept.</summary>
    public Digest? EnvelopeHash { get; init; }

    /// <summary>Of the decoded payload; null when it was not kept (0.0.1).</summary>
    public Digest? PayloadHash { get; init; }

    /// <summary>0.0.2: media type of the payload.</summary>
    public string? PayloadType { get; init; }

    /// <summary>0.0.2: the payload; the log drops it as a rule.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>0.0.2: at least one. 0.0.1: none.</summary>
    public IReadOnlyList<LoggedSignature> Signatures { get; init; } = [];

    /// <summary>0.0.1: who is said to have signed.</summary>
    public LogVerifier? Verifier { get; init; }

    internal static IntotoBody ReadV1(JsonElement spec)
    {
        JsonElement content = LogBodyJson.Object(spec, "content");
        return new IntotoBody("0.0.1")
        {
            EnvelopeHash = LogBodyJson.Hash(content, "hash"),
            PayloadHash = StrictJson.OptionalObject(content, "payloadHash") is null
                ? null
                : LogBodyJson.Hash(content, "payloadHash"),
            Verifier = LogVerifier.FromPem(LogBodyJson.Bytes(spec, "publicKey")),
        };
    }

    internal static IntotoBody ReadV2(JsonElement spec)
    {
        StrictJson.OnlyMembers(spec, "content");
        JsonElement content = LogBodyJson.Object(spec, "content");
        StrictJson.OnlyMembers(content, "envelope", "hash", "payloadHash");
        JsonElement envelope = LogBodyJson.Object(content, "envelope");
        StrictJson.OnlyMembers(envelope, "payload", "payloadType", "signatures");
        List<LoggedSignature> signatures = [];
        foreach (JsonElement item in LogBodyJson.Array(envelope, "signatures"))
        {
            StrictJson.OnlyMembers(item, "keyid", "publicKey", "sig");
            signatures.Add(new LoggedSignature(LogBodyJson.BytesTwice(item, "sig"), ReadVerifier(item)));
        }

        return new IntotoBody("0.0.2")
        {
            EnvelopeHash = StrictJson.OptionalObject(content, "hash") is null
                ? null
                : LogBodyJson.Hash(content, "hash"),
            PayloadHash = LogBodyJson.Hash(content, "payloadHash"),
            PayloadType = StrictJson.String(envelope, "payloadType"),
            Payload = StrictJson.OptionalString(envelope, "payload") is { Length: > 0 }
                ? LogBodyJson.BytesTwice(envelope, "payload")
                : null,
            Signatures = signatures,
        };
    }

    /// <summary>PEM in base64, by some clients encoded twice like the rest.</summary>
    private static LogVerifier ReadVerifier(JsonElement signature)
    {
        byte[] once = LogBodyJson.Bytes(signature, "publicKey");
        return LogVerifier.FromPem(
            once.AsSpan().StartsWith("-----BEGIN"u8) ? once : LogBodyJson.BytesTwice(signature, "publicKey"));
    }
}
