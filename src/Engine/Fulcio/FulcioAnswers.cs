using System.Text;
using System.Text.Json;
using SigstorePS.Certificates;
using SigstorePS.Encodings;

namespace SigstorePS.Fulcio;

/// <summary>
/// Answers of a certificate authority, read strictly: what has a meaning must be there once and well formed. Members
/// nobody knows yet are passed over, as protobuf's JSON wants it.
/// </summary>
internal static class FulcioAnswers
{
    private const string Certificate = "CERTIFICATE";

    /// <summary>fulcio.proto, SigningCertificate.</summary>
    /// <exception cref="SigstoreException">FulcioProtocolViolation.</exception>
    public static IssuedCertificate ReadCertificate(Uri server, byte[] body) => Guard(server, () =>
    {
        using JsonDocument document = StrictJson.Parse(body);
        JsonElement? embedded = StrictJson.OptionalObject(document.RootElement, "signedCertificateEmbeddedSct");
        JsonElement? detached = StrictJson.OptionalObject(document.RootElement, "signedCertificateDetachedSct");
        if (embedded is null == detached is null)
        {
            throw new FormatException("it holds not exactly one certificate");
        }

        JsonElement kind = embedded ?? detached!.Value;
        JsonElement chain = StrictJson.OptionalObject(kind, "chain") ?? throw new FormatException("'chain' is missing");
        string? sct = detached is null ? null : StrictJson.OptionalString(kind, "signedCertificateTimestamp");
        return new IssuedCertificate(
            ReadChain(chain), string.IsNullOrEmpty(sct) ? null : ReadSct(Base64Text.Decode(sct)));
    });

    /// <summary>Version 1: the chain is the body, the timestamp a header (fulcio_legacy.proto).</summary>
    /// <param name="server">For messages.</param>
    /// <param name="body">PEM.</param>
    /// <param name="sct">Base64 of JSON; null or empty: none came along.</param>
    /// <exception cref="SigstoreException">FulcioProtocolViolation.</exception>
    public static IssuedCertificate ReadPem(Uri server, byte[] body, string? sct) => Guard(server, () =>
        new IssuedCertificate(
            Check([.. Pem.Read(body)]), string.IsNullOrEmpty(sct) ? null : ReadSct(Base64Text.Decode(sct))));

    /// <summary>fulcio.proto, TrustBundle.</summary>
    /// <returns>Chains of DER certificates, each nearest to a leaf first.</returns>
    /// <exception cref="SigstoreException">FulcioProtocolViolation.</exception>
    public static IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>> ReadBundle(Uri server, byte[] body) =>
        Guard(server, () =>
        {
            using JsonDocument document = StrictJson.Parse(body);
            return (IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>>)
                [.. Items(document.RootElement, "chains", Limits.TrustAnchors).Select(ReadChain)];
        });

    /// <summary>fulcio.proto, Configuration.</summary>
    /// <exception cref="SigstoreException">FulcioProtocolViolation.</exception>
    public static IReadOnlyList<FulcioIssuer> ReadConfiguration(Uri server, byte[] body) => Guard(server, () =>
    {
        using JsonDocument document = StrictJson.Parse(body);
        return (IReadOnlyList<FulcioIssuer>)
            [.. Items(document.RootElement, "issuers", Limits.TrustAnchors).Select(ReadIssuer)];
    });

    private static FulcioIssuer ReadIssuer(JsonElement issuer)
    {
        string? url = StrictJson.OptionalString(issuer, "issuerUrl");
        string? wildcard = StrictJson.OptionalString(issuer, "wildcardIssuerUrl");
        return url is null == wildcard is null
            ? throw new FormatException("an issuer has not exactly one address")
            : new FulcioIssuer(
                url ?? wildcard!, wildcard is not null, StrictJson.OptionalString(issuer, "audience") ?? string.Empty,
                StrictJson.OptionalString(issuer, "challengeClaim") ?? string.Empty,
                StrictJson.OptionalString(issuer, "issuerType") ?? string.Empty);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> ReadChain(JsonElement chain)
    {
        List<PemBlock> blocks = [];
        foreach (JsonElement item in Items(chain, "certificates", Limits.ChainCertificates))
        {
            string pem = item.ValueKind == JsonValueKind.String
                ? item.GetString()! : throw new FormatException("a certificate is not a string");
            blocks.Add(Pem.Read(Encoding.UTF8.GetBytes(pem)) is [var only]
                ? only : throw new FormatException("a text holds several certificates"));
        }

        return Check(blocks);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Check(IReadOnlyList<PemBlock> blocks)
    {
        if (blocks.Count is 0 or > Limits.ChainCertificates)
        {
            throw new FormatException($"it has {blocks.Count} certificates");
        }

        List<ReadOnlyMemory<byte>> chain = [];
        foreach (PemBlock block in blocks)
        {
            chain.Add(block.Label == Certificate
                ? ParsedCertificate.Parse(block.Data).Der : throw new FormatException("it has a block of another kind"));
        }

        return chain;
    }

    /// <summary>What cannot be read must not be stored with a signature either.</summary>
    private static byte[] ReadSct(byte[] json)
    {
        SignedCertificateTimestamp.ReadDetached(json);
        return json;
    }

    private static IEnumerable<JsonElement> Items(JsonElement parent, string name, int limit)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"the parent of '{name}' is not an object");
        }

        if (!parent.TryGetProperty(name, out JsonElement list))
        {
            return [];
        }

        return list.ValueKind != JsonValueKind.Array ? throw new FormatException($"'{name}' is not a list")
            : list.GetArrayLength() > limit ? throw new FormatException($"'{name}' has more than {limit} members")
            : list.EnumerateArray();
    }

    private static T Guard<T>(Uri server, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SigstoreException e)
        {
            throw FulcioReplies.Violation(server, $"cannot be read: {e.Message.TrimEnd('.')}", e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw FulcioReplies.Violation(server, $"cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }
}
