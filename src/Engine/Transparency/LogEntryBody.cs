using System.Text;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Transparency;

/// <summary>
/// What was logged (rekor <c>pkg/types</c>): canonical JSON of <c>apiVersion</c>, <c>kind</c> and <c>spec</c>. The
/// kinds that verification accepts are read to the last member; of every other the specification is kept as text.
/// </summary>
/// <param name="Kind">Such as <c>hashedrekord</c>.</param>
/// <param name="ApiVersion">Such as <c>0.0.1</c>.</param>
internal abstract record LogEntryBody(string Kind, string ApiVersion)
{
    /// <summary>Reads the bytes that were logged.</summary>
    /// <exception cref="SigstoreException">MalformedLogEntry, LimitExceeded.</exception>
    public static LogEntryBody Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Length > Limits.LogEntryBody)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A log entry of {body.Length} bytes is over {Limits.LogEntryBody}.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonElement root = document.RootElement;
            StrictJson.OnlyMembers(root, "apiVersion", "kind", "spec");
            string kind = StrictJson.String(root, "kind");
            string version = StrictJson.String(root, "apiVersion");
            JsonElement spec = LogBodyJson.Object(root, "spec");
            return (kind, version) switch
            {
                (HashedRekordBody.KindName, "0.0.1") => HashedRekordBody.Read(spec),
                (HashedRekordBody.KindName, "0.0.2") => HashedRekordV2Body.Read(spec),
                (DsseBody.KindName, "0.0.1") => DsseBody.Read(spec),
                (IntotoBody.KindName, "0.0.1") => IntotoBody.ReadV1(spec),
                (IntotoBody.KindName, "0.0.2") => IntotoBody.ReadV2(spec),
                (RekordBody.KindName, "0.0.1") => RekordBody.Read(spec),
                _ => new GenericBody(kind, version, spec.GetRawText()),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry, $"The log entry cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A signature with its verifier, as logged.</summary>
internal sealed record LoggedSignature(ReadOnlyMemory<byte> Signature, LogVerifier Verifier);

/// <summary>hashedrekord 0.0.1: a signature over something of which only the digest was logged.</summary>
internal sealed record HashedRekordBody(Digest Data, LoggedSignature Signature) : LogEntryBody(KindName, "0.0.1")
{
    public const string KindName = "hashedrekord";

    internal static HashedRekordBody Read(JsonElement spec)
    {
        StrictJson.OnlyMembers(spec, "data", "signature");
        JsonElement data = LogBodyJson.Object(spec, "data");
        StrictJson.OnlyMembers(data, "hash");
        JsonElement signature = LogBodyJson.Object(spec, "signature");
        StrictJson.OnlyMembers(signature, "content", "publicKey");
        JsonElement key = LogBodyJson.Object(signature, "publicKey");
        StrictJson.OnlyMembers(key, "content");
        return new HashedRekordBody(
            LogBodyJson.Hash(data, "hash"),
            new LoggedSignature(
                LogBodyJson.Bytes(signature, "content"), LogVerifier.FromPem(LogBodyJson.Bytes(key, "content"))));
    }
}

/// <summary>
/// hashedrekord 0.0.2: the one kind of Rekor v2. A statement is logged by the digest of its pre-authentication
/// encoding.
/// </summary>
/// <param name="KeyDetails"><c>PublicKeyDetails</c> of protobuf-specs, by name.</param>
internal sealed record HashedRekordV2Body(Digest Data, LoggedSignature Signature, string KeyDetails)
    : LogEntryBody(HashedRekordBody.KindName, "0.0.2")
{
    internal static HashedRekordV2Body Read(JsonElement spec)
    {
        StrictJson.OnlyMembers(spec, "hashedRekordV002");
        JsonElement inner = LogBodyJson.Object(spec, "hashedRekordV002");
        StrictJson.OnlyMembers(inner, "data", "signature");
        JsonElement data = LogBodyJson.Object(inner, "data");
        StrictJson.OnlyMembers(data, "algorithm", "digest");
        JsonElement signature = LogBodyJson.Object(inner, "signature");
        StrictJson.OnlyMembers(signature, "content", "verifier");
        JsonElement verifier = LogBodyJson.Object(signature, "verifier");
        StrictJson.OnlyMembers(verifier, "keyDetails", "publicKey", "x509Certificate");
        JsonElement? key = StrictJson.OptionalObject(verifier, "publicKey");
        JsonElement? certificate = StrictJson.OptionalObject(verifier, "x509Certificate");
        if (key is null == certificate is null)
        {
            throw new FormatException("exactly one of 'publicKey' and 'x509Certificate' must be there");
        }

        JsonElement raw = (key ?? certificate)!.Value;
        StrictJson.OnlyMembers(raw, "rawBytes");
        string algorithm = RekorV2Body.HashOf(StrictJson.String(data, "algorithm"));
        return new HashedRekordV2Body(
            Digest.Parse($"{algorithm}:{Convert.ToHexStringLower(LogBodyJson.Bytes(data, "digest"))}"),
            new LoggedSignature(
                LogBodyJson.Bytes(signature, "content"),
                new LogVerifier(
                    key is null ? LogVerifierKind.Certificate : LogVerifierKind.PublicKey,
                    LogBodyJson.Bytes(raw, "rawBytes"))),
            StrictJson.String(verifier, "keyDetails"));
    }
}

/// <summary>dsse 0.0.1: an envelope of which only digests and signatures were logged.</summary>
/// <param name="EnvelopeHash">Of the envelope's JSON text as it was sent to the log.</param>
/// <param name="PayloadHash">Of the decoded payload.</param>
/// <param name="Signatures">At least one; sorted by the log.</param>
internal sealed record DsseBody(Digest EnvelopeHash, Digest PayloadHash, IReadOnlyList<LoggedSignature> Signatures)
    : LogEntryBody(KindName, "0.0.1")
{
    public const string KindName = "dsse";

    internal static DsseBody Read(JsonElement spec)
    {
        StrictJson.OnlyMembers(spec, "envelopeHash", "payloadHash", "signatures");
        List<LoggedSignature> signatures = [];
        foreach (JsonElement item in LogBodyJson.Array(spec, "signatures"))
        {
            StrictJson.OnlyMembers(item, "signature", "verifier");
            signatures.Add(new LoggedSignature(
                LogBodyJson.Bytes(item, "signature"), LogVerifier.FromPem(LogBodyJson.Bytes(item, "verifier"))));
        }

        return new DsseBody(
            LogBodyJson.Hash(spec, "envelopeHash"), LogBodyJson.Hash(spec, "payloadHash"), signatures);
    }
}

/// <summary>rekord 0.0.1: what cosign logged until 2021.</summary>
/// <param name="Format"><c>x509</c>, or <c>pgp</c>, <c>minisign</c>, <c>ssh</c>.</param>
internal sealed record RekordBody(Digest Data, string Format, LoggedSignature Signature)
    : LogEntryBody(KindName, "0.0.1")
{
    public const string KindName = "rekord";

    internal static RekordBody Read(JsonElement spec)
    {
        JsonElement signature = LogBodyJson.Object(spec, "signature");
        string format = StrictJson.String(signature, "format");
        byte[] key = LogBodyJson.Bytes(LogBodyJson.Object(signature, "publicKey"), "content");
        return new RekordBody(
            LogBodyJson.Hash(LogBodyJson.Object(spec, "data"), "hash"), format,
            new LoggedSignature(
                LogBodyJson.Bytes(signature, "content"),
                format == "x509" ? LogVerifier.FromPem(key) : new LogVerifier(LogVerifierKind.Other, key)));
    }
}

/// <summary>An entry of another kind or version.</summary>
/// <param name="Spec">Its specification, JSON text as logged.</param>
internal sealed record GenericBody(string Kind, string ApiVersion, string Spec) : LogEntryBody(Kind, ApiVersion);

/// <summary>Members of entries.</summary>
internal static class LogBodyJson
{
    public static JsonElement Object(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && StrictJson.OptionalObject(parent, name) is { } value
            ? value
            : throw new FormatException($"'{name}' is missing");

    public static byte[] Bytes(JsonElement parent, string name) =>
        Base64Text.Decode(StrictJson.String(parent, name));

    /// <summary>Base64 of base64: intoto 0.0.2 encodes texts that are base64 already.</summary>
    public static byte[] BytesTwice(JsonElement parent, string name) =>
        Base64Text.Decode(Encoding.ASCII.GetString(Bytes(parent, name)));

    /// <summary>An array with at least one element.</summary>
    public static JsonElement.ArrayEnumerator Array(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement array) && array.ValueKind == JsonValueKind.Array
        && array.GetArrayLength() is > 0 and <= Limits.LogEntries
            ? array.EnumerateArray()
            : throw new FormatException($"'{name}' is missing, empty or too long");

    /// <summary>A digest as <c>{"algorithm":"sha256","value":"hex"}</c>.</summary>
    public static Digest Hash(JsonElement parent, string name)
    {
        JsonElement hash = Object(parent, name);
        StrictJson.OnlyMembers(hash, "algorithm", "value");
        return Digest.Parse($"{StrictJson.String(hash, "algorithm")}:{StrictJson.String(hash, "value")}");
    }
}
