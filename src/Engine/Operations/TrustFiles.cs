using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Trust;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>Trust roots and signing configurations from bytes at hand, as the objects users see.</summary>
internal static class TrustFiles
{
    /// <summary>What <c>Source</c> says of text that came from no file.</summary>
    public const string Memory = "memory";

    /// <summary>Reads a trusted root, or the one inside a client trust configuration.</summary>
    /// <param name="content">JSON, UTF-8.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="now">For <see cref="SigstoreTrustAuthority.Active"/>.</param>
    /// <exception cref="SigstoreException">
    /// MalformedTrustRoot, MalformedSigningConfig, Unsupported, LimitExceeded.
    /// </exception>
    public static SigstoreTrustRoot ReadTrustRoot(ReadOnlyMemory<byte> content, string source, DateTimeOffset now) =>
        Describe(IsClientConfig(content)
            ? ClientTrustConfig.Read(content).TrustedRoot
            : TrustedRootReader.Read(content), source, now);

    /// <summary>Reads a signing configuration, or the one inside a client trust configuration.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedSigningConfig, MalformedTrustRoot, Unsupported, LimitExceeded.
    /// </exception>
    public static SigstoreSigningConfig ReadSigningConfig(
        ReadOnlyMemory<byte> content, string source, DateTimeOffset now) =>
        Describe(IsClientConfig(content)
            ? ClientTrustConfig.Read(content).SigningConfig
            : SigningConfigReader.Read(content), source, now);

    public static SigstoreTrustRoot Describe(TrustedRoot root, string source, DateTimeOffset now) => new()
    {
        MediaType = root.MediaType,
        Source = source,
        Authorities =
        [
            .. root.CertificateAuthorities.Select(a => Authority("CertificateAuthority", a, now)),
            .. root.Logs.Select(l => Log("TransparencyLog", l, now)),
            .. root.CertificateLogs.Select(l => Log("CertificateLog", l, now)),
            .. root.TimestampAuthorities.Select(a => Authority("TimestampAuthority", a, now)),
        ],
        Skipped = root.Skipped,
        Json = Encoding.UTF8.GetString(TrustedRootWriter.Write(root)),
        Root = root,
    };

    public static SigstoreSigningConfig Describe(SigningConfig config, string source, DateTimeOffset now) => new()
    {
        MediaType = config.MediaType,
        Source = source,
        Services =
        [
            .. config.Fulcio.Select(s => Service("Fulcio", s, now)),
            .. config.Oidc.Select(s => Service("Oidc", s, now)),
            .. config.Rekor.Select(s => Service("Rekor", s, now)),
            .. config.Tsa.Select(s => Service("Tsa", s, now)),
        ],
        RekorSelector = config.RekorSelector.ToString(),
        TsaSelector = config.TsaSelector.ToString(),
        Json = Encoding.UTF8.GetString(SigningConfigWriter.Write(config)),
        Config = config,
    };

    /// <summary>False for anything that cannot be read: the reader it then goes to says why.</summary>
    private static bool IsClientConfig(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.TrustedRoot)
        {
            return false;
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            return ProtoJson.String(document.RootElement, "mediaType") == ClientTrustConfig.MediaTypeV01;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private static SigstoreTrustAuthority Log(string kind, TransparencyLogInstance log, DateTimeOffset now) => new()
    {
        Kind = kind,
        Uri = log.BaseUrl,
        Operator = log.Operator,
        LogId = Convert.ToHexStringLower(log.LogId.Span),
        KeyId = log.Key.KeyId,
        Algorithm = log.Key.Algorithm.Name,
        Start = log.Validity.Start,
        End = log.Validity.End,
        Active = log.Validity.Contains(now),
    };

    private static SigstoreTrustAuthority Authority(string kind, CertificateAuthority authority, DateTimeOffset now)
    {
        using X509Certificate2 root = X509CertificateLoader.LoadCertificate(authority.Chain[^1].Span);
        byte[] spki = root.PublicKey.ExportSubjectPublicKeyInfo();
        return new SigstoreTrustAuthority
        {
            Kind = kind,
            Uri = authority.Uri,
            Operator = authority.Operator,
            Subject = root.Subject,
            KeyId = Convert.ToHexStringLower(SHA256.HashData(spki)),
            Algorithm = AlgorithmOf(spki),
            Certificates = authority.Chain.Count,
            Start = authority.Validity.Start,
            End = authority.Validity.End,
            Active = authority.Validity.Contains(now),
        };
    }

    private static string? AlgorithmOf(byte[] spki)
    {
        try
        {
            return PublicKey.FromSpki(spki).Algorithm.Name;
        }
        catch (SigstoreException)
        {
            return null;
        }
    }

    private static SigstoreService Service(string kind, ServiceEndpoint service, DateTimeOffset now) => new()
    {
        Kind = kind,
        Url = service.Url,
        MajorApiVersion = service.MajorApiVersion,
        Start = service.ValidFor.Start,
        End = service.ValidFor.End,
        Operator = service.Operator,
        Active = service.ValidFor.Contains(now),
    };
}
