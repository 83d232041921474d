using System.Text;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>Who signed, as far as a container says: a certificate with others above it, or the hint of a key.</summary>
internal sealed record NamedSigner(
    byte[]? Certificate, IReadOnlyList<ReadOnlyMemory<byte>> Chain, string? KeyHint);

/// <summary>
/// The parts that cosign 1 and 2 keep beside a signature, in annotations, files or members of a JSON text. All throw
/// SigstoreException MalformedSignature or LimitExceeded.
/// </summary>
internal static class CosignParts
{
    private const string CertificateLabel = "CERTIFICATE";

    /// <summary>A signature: base64 text, or the bytes themselves.</summary>
    public static byte[] Signature(ReadOnlyMemory<byte> content)
    {
        try
        {
            return Base64Text.Decode(Encoding.Latin1.GetString(content.Span.Trim(" \t\r\n"u8)));
        }
        catch (FormatException)
        {
            return content.ToArray();
        }
    }

    /// <summary>
    /// A certificate or public key: PEM, base64 of PEM as <c>--output-certificate</c> writes it, or a DER certificate.
    /// More certificates in the text are the chain.
    /// </summary>
    public static NamedSigner Signer(ReadOnlyMemory<byte> content) => Guarded("certificate", () =>
    {
        if (IsDer(content.Span))
        {
            return new NamedSigner(content.ToArray(), [], null);
        }

        IReadOnlyList<PemBlock> blocks = Pem.Read(PemOf(content).Span);
        return blocks[0].Label == "PUBLIC KEY" && blocks.Count == 1
            ? new NamedSigner(null, [], PublicKey.FromSpki(blocks[0].Data).Hint)
            : new NamedSigner(Certificates(blocks)[0].ToArray(), [.. Certificates(blocks).Skip(1)], null);
    });

    /// <summary>Certificates above the signing one: PEM, or base64 of it.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Chain(ReadOnlyMemory<byte> content) => Guarded(
        "certificate chain", () =>
        {
            IReadOnlyList<ReadOnlyMemory<byte>> chain = Certificates(Pem.Read(PemOf(content).Span));
            return chain.Count <= Limits.ChainCertificates
                ? chain
                : throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"A chain of {chain.Count} certificates is over {Limits.ChainCertificates}.");
        });

    /// <summary>
    /// A timestamp: the JSON text that cosign writes, the DER TimeStampResp itself, or base64 of it.
    /// </summary>
    public static byte[] Timestamp(ReadOnlyMemory<byte> content) => Guarded("timestamp", () =>
    {
        byte[] token;
        if (content.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            using JsonDocument document = StrictJson.Parse(content);
            token = Timestamp(document.RootElement);
        }
        else
        {
            token = IsDer(content.Span) ? content.ToArray() : Signature(content);
        }

        return Token(token);
    });

    /// <summary>The bytes of <c>{"SignedRFC3161Timestamp":"…"}</c>.</summary>
    /// <exception cref="FormatException">Missing or not base64.</exception>
    public static byte[] Timestamp(JsonElement element) => Token(Base64Text.Decode(
        GoJson.Text(element, "SignedRFC3161Timestamp")
        ?? throw new FormatException("'SignedRFC3161Timestamp' is missing")));

    /// <summary>A log entry with its promise as cosign 1 and 2 keep it: JSON of SignedEntryTimestamp, Payload.</summary>
    public static LogEntry RekorBundle(ReadOnlyMemory<byte> content) => Guarded("log entry", () =>
    {
        using JsonDocument document = StrictJson.Parse(content);
        return RekorBundle(document.RootElement);
    });

    /// <inheritdoc cref="RekorBundle(ReadOnlyMemory{byte})"/>
    /// <exception cref="FormatException">A member is missing or of another type.</exception>
    public static LogEntry RekorBundle(JsonElement element)
    {
        JsonElement payload = GoJson.Find(element, "Payload") ?? throw new FormatException("'Payload' is missing");
        byte[] promise = Base64Text.Decode(
            GoJson.Text(element, "SignedEntryTimestamp")
            ?? throw new FormatException("'SignedEntryTimestamp' is missing"));
        string logId = GoJson.Text(payload, "logID") ?? throw new FormatException("'logID' is missing");
        byte[] body = Base64Text.Decode(
            GoJson.Text(payload, "body") ?? throw new FormatException("'body' is missing"));
        if (body.Length > Limits.LogEntryBody || logId.Length != 64 || logId.Any(static c => !char.IsAsciiHexDigitLower(c)))
        {
            throw new FormatException("'body' is too large or 'logID' is not lower-case hex of 32 bytes");
        }

        long time = GoJson.Count(payload, "integratedTime");
        (string kind, string version) = KindOf(body);
        return new LogEntry
        {
            LogIndex = GoJson.Count(payload, "logIndex"),
            LogId = Convert.FromHexString(logId),
            Kind = kind,
            Version = version,
            IntegratedTime = time <= LogEntryJson.LastSecond
                ? time : throw new FormatException("'integratedTime' is no date"),
            SignedEntryTimestamp = promise.Length > 0 ? promise : null,
            Body = body,
        };
    }

    /// <summary>Turns what a broken text can throw into the one error of a stored signature.</summary>
    public static T Guarded<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.LimitExceeded)
        {
            throw;
        }
        catch (Exception e) when (
            e is JsonException or FormatException or InvalidOperationException or SigstoreException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The {what} of the signature cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the entry calls itself; nothing when it cannot be read, which its verifier will say.</summary>
    private static (string Kind, string Version) KindOf(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return (
                StrictJson.OptionalString(document.RootElement, "kind") ?? string.Empty,
                StrictJson.OptionalString(document.RootElement, "apiVersion") ?? string.Empty);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return (string.Empty, string.Empty);
        }
    }

    private static List<ReadOnlyMemory<byte>> Certificates(IReadOnlyList<PemBlock> blocks) =>
        [.. blocks.Select(static b => b.Label == CertificateLabel && b.Data.Length <= Limits.Certificate
            ? (ReadOnlyMemory<byte>)b.Data
            : throw new FormatException($"a block {b.Label} is not a certificate, or too large"))];

    private static ReadOnlyMemory<byte> PemOf(ReadOnlyMemory<byte> content) =>
        content.Span.IndexOf("-----BEGIN "u8) >= 0 ? content : Signature(content);

    /// <summary>A SEQUENCE with a length in long form: text never starts with this byte pair.</summary>
    private static bool IsDer(ReadOnlySpan<byte> content) =>
        content.Length > 2 && content[0] == 0x30 && content[1] is >= 0x80 or < 0x09;

    private static byte[] Token(byte[] token) => token.Length switch
    {
        0 => throw new FormatException("the timestamp is empty"),
        > Limits.TimestampToken => throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded, $"A timestamp of {token.Length} bytes is over {Limits.TimestampToken}."),
        _ => token,
    };
}
