using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Trust;

/// <summary>
/// Reads trusted_root.json (sigstore_trustroot.proto, TrustedRoot). Members it does not know are left alone, since
/// trust roots outlive their readers; what it knows must be right. A log whose key nobody here can use is left out and
/// named in <see cref="TrustedRoot.Skipped"/>: an algorithm to come must not cost everyone the file.
/// </summary>
internal static class TrustedRootReader
{
    private const string OtherSpellingV02 = "application/vnd.dev.sigstore.trustedroot+json;version=0.2";

    /// <exception cref="SigstoreException">MalformedTrustRoot, Unsupported (media type), LimitExceeded.</exception>
    public static TrustedRoot Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.TrustedRoot)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A trusted root of {content.Length} bytes is over {Limits.TrustedRoot}.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed(e);
        }
    }

    /// <summary>The same for an object inside another, such as a client trust configuration.</summary>
    /// <exception cref="FormatException">The trusted root cannot be read.</exception>
    /// <exception cref="SigstoreException">MalformedTrustRoot, Unsupported (media type), LimitExceeded.</exception>
    public static TrustedRoot Read(JsonElement root)
    {
        string mediaType = ProtoJson.String(root, "mediaType") ?? throw new FormatException("'mediaType' is missing");
        if (mediaType is not (TrustedRoot.MediaTypeV01 or TrustedRoot.MediaTypeV02 or OtherSpellingV02))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Trusted roots of media type '{mediaType}' are not supported.");
        }

        List<string> skipped = [];
        return new TrustedRoot
        {
            MediaType = mediaType == OtherSpellingV02 ? TrustedRoot.MediaTypeV02 : mediaType,
            Logs = ReadLogs(root, "tlogs", skipped),
            CertificateAuthorities = ReadAuthorities(root, "certificateAuthorities"),
            CertificateLogs = ReadLogs(root, "ctlogs", skipped),
            TimestampAuthorities = ReadAuthorities(root, "timestampAuthorities"),
            Skipped = skipped,
        };
    }

    private static List<TransparencyLogInstance> ReadLogs(JsonElement root, string name, List<string> skipped)
    {
        List<TransparencyLogInstance> logs = [];
        foreach (JsonElement element in ProtoJson.Objects(root, name, Limits.TrustAnchors))
        {
            try
            {
                logs.Add(ReadLog(element, name));
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.Unsupported)
            {
                skipped.Add($"{name} '{ProtoJson.String(element, "baseUrl")}': {e.Message}");
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedKey)
            {
                throw Malformed(e);
            }
        }

        // An id that means two keys would let the order of the file decide which one is asked.
        foreach (IGrouping<string, TransparencyLogInstance> same in
            logs.GroupBy(static l => Convert.ToHexStringLower(l.LogId.Span)))
        {
            if (same.Any(l => !l.Key.Equals(same.First().Key)))
            {
                throw new FormatException($"'{name}' has two keys for the log id {same.Key}");
            }
        }

        return logs;
    }

    private static TransparencyLogInstance ReadLog(JsonElement element, string kind)
    {
        string url = ProtoJson.String(element, "baseUrl") ?? string.Empty;
        JsonElement key = ProtoJson.Object(element, "publicKey")
            ?? throw new FormatException($"a log of '{kind}' has no 'publicKey'");
        ValidityPeriod validity = ReadValidity(key);
        if (validity.Start is null)
        {
            throw new FormatException($"the key of the log '{url}' has no start of validity");
        }

        // Everything that is checked of a log is checked before its algorithm may excuse it.
        byte[] rawBytes = ProtoJson.Bytes(key, "rawBytes") is { Length: > 0 } bytes ? bytes
            : throw new FormatException($"the key of the log '{url}' has no 'rawBytes'");
        byte[]? logId = ProtoJson.Object(element, "logId") is { } id ? ProtoJson.Bytes(id, "keyId") : null;
        byte[]? checkpointId = ProtoJson.Object(element, "checkpointKeyId") is { } c
            ? ProtoJson.Bytes(c, "keyId") : null;
        RequireIdLength(logId, kind);
        RequireIdLength(checkpointId, kind);
        string? details = LogKey.NameOf(ProtoJson.EnumText(key, "keyDetails"));
        string? operatorName = ProtoJson.String(element, "operator");
        string hash = ProtoJson.EnumText(element, "hashAlgorithm")
            ?? throw new FormatException($"the log '{url}' has no 'hashAlgorithm'");
        if (hash is not ("SHA2_256" or "1"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Logs that hash with '{hash}' are not supported.");
        }

        PublicKey publicKey = LogKey.Read(rawBytes, details);
        return new TransparencyLogInstance
        {
            BaseUrl = url,
            Key = publicKey,
            KeyDetails = details,
            Validity = validity,
            LogId = logId ?? ComputeId(publicKey, url),
            CheckpointKeyId = checkpointId is null ? (ReadOnlyMemory<byte>?)null : checkpointId.AsMemory(),
            Operator = operatorName,
        };
    }

    /// <summary>
    /// RFC 6962 section 3.2. The id of an Ed25519 log (Rekor v2) depends on its origin, which the file does not have.
    /// </summary>
    private static byte[] ComputeId(PublicKey key, string url) =>
        key.Algorithm.Scheme == SignatureScheme.Ed25519
            ? throw new FormatException($"the log '{url}' has no 'logId'")
            : SHA256.HashData(key.Spki.Span);

    private static void RequireIdLength(byte[]? id, string kind)
    {
        if (id is not null && (kind == "ctlogs" ? id.Length != 32 : id.Length is < 4 or > 64))
        {
            throw new FormatException($"a log id in '{kind}' has {id.Length} bytes");
        }
    }

    private static CertificateAuthority[] ReadAuthorities(JsonElement root, string name) =>
        [.. ProtoJson.Objects(root, name, Limits.TrustAnchors).Select(e => ReadAuthority(e, name))];

    private static CertificateAuthority ReadAuthority(JsonElement element, string kind)
    {
        JsonElement? subject = ProtoJson.Object(element, "subject");
        JsonElement chain = ProtoJson.Object(element, "certChain")
            ?? throw new FormatException($"an authority of '{kind}' has no 'certChain'");
        IReadOnlyList<JsonElement> certificates =
            ProtoJson.Objects(chain, "certificates", Limits.ChainCertificates);
        return new CertificateAuthority
        {
            Organization = subject is { } s ? ProtoJson.String(s, "organization") : null,
            CommonName = subject is { } n ? ProtoJson.String(n, "commonName") : null,
            Uri = ProtoJson.String(element, "uri") ?? string.Empty,
            Chain = certificates.Count == 0
                ? throw new FormatException($"an authority of '{kind}' has no certificate")
                : [.. certificates.Select(ReadCertificate)],
            Validity = ReadValidity(element),
            Operator = ProtoJson.String(element, "operator"),
        };
    }

    private static ReadOnlyMemory<byte> ReadCertificate(JsonElement element)
    {
        byte[] der = ProtoJson.Bytes(element, "rawBytes")
            ?? throw new FormatException("a certificate has no 'rawBytes'");
        RequireCertificate(der);
        return der;
    }

    /// <summary>One certificate, DER and nothing after it.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static void RequireCertificate(byte[] der)
    {
        if (der.Length > Limits.Certificate)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A certificate of {der.Length} bytes is over {Limits.Certificate}.");
        }

        try
        {
            // The loader also takes PEM and does not mind what follows.
            AsnReader reader = new(der, AsnEncodingRules.DER);
            reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            X509CertificateLoader.LoadCertificate(der).Dispose();
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new FormatException("a certificate cannot be read", e);
        }
    }

    private static ValidityPeriod ReadValidity(JsonElement parent)
    {
        if (ProtoJson.Object(parent, "validFor") is not { } span)
        {
            return ValidityPeriod.Always;
        }

        ValidityPeriod validity = new(ProtoJson.Time(span, "start"), ProtoJson.Time(span, "end"));
        return validity.End < validity.Start
            ? throw new FormatException("a validity ends before it starts")
            : validity;
    }

    private static SigstoreException Malformed(Exception e) => new(
        SigstoreErrorCode.MalformedTrustRoot, $"The trusted root cannot be read: {e.Message}", e);
}
