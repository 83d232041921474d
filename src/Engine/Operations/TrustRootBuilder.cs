using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>Makes trust roots of addresses, keys and certificates, as <c>cosign trusted-root create</c> does.</summary>
internal sealed class TrustRootBuilder
{
    private readonly List<CertificateAuthority> _authorities = [];
    private readonly List<CertificateAuthority> _timestamps = [];
    private readonly List<TransparencyLogInstance> _logs = [];
    private readonly List<TransparencyLogInstance> _certificateLogs = [];
    private readonly HashSet<string> _added = [];

    /// <summary>Names a spec of <see cref="AddAuthority"/> may have.</summary>
    public static ReadOnlySpan<string> AuthorityNames =>
        new[] { "url", "certificate-chain", "start-time", "end-time", "operator" };

    /// <summary>Names a spec of <see cref="AddLog"/> may have.</summary>
    public static ReadOnlySpan<string> LogNames =>
        new[] { "url", "public-key", "start-time", "end-time", "origin", "operator" };

    /// <summary>Begins with all of a root but the excluded kinds; what is added comes after it.</summary>
    public void Begin(TrustedRoot root, IReadOnlySet<TrustKind> excluded)
    {
        _authorities.AddRange(excluded.Contains(TrustKind.Fulcio) ? [] : root.CertificateAuthorities);
        _timestamps.AddRange(excluded.Contains(TrustKind.Tsa) ? [] : root.TimestampAuthorities);
        _logs.AddRange(excluded.Contains(TrustKind.Rekor) ? [] : root.Logs);
        _certificateLogs.AddRange(excluded.Contains(TrustKind.CtLog) ? [] : root.CertificateLogs);
    }

    /// <summary>
    /// Adds Fulcio or a timestamp authority. Without a start it is trusted from when the root of Fulcio, or the signing
    /// certificate of the timestamp authority, begins to be valid.
    /// </summary>
    /// <param name="spec">With names of <see cref="AuthorityNames"/>.</param>
    /// <param name="pem">The chain: certificate nearest to the leaf first, root last.</param>
    /// <param name="kind">Fulcio or Tsa.</param>
    /// <exception cref="SigstoreException">InvalidValue, MalformedCertificate, LimitExceeded.</exception>
    public void AddAuthority(ServiceSpec spec, ReadOnlySpan<byte> pem, TrustKind kind)
    {
        byte[][] chain = ReadChain(pem, spec);
        X509Certificate2[] certificates = [.. chain.Select(static der => X509CertificateLoader.LoadCertificate(der))];
        try
        {
            RequireOrder(certificates, spec);
            if (kind == TrustKind.Tsa && IsAuthority(certificates[0]))
            {
                throw spec.Invalid("has a chain that does not begin with the certificate that signs timestamps");
            }

            (DateTimeOffset? start, DateTimeOffset? end) = spec.Period();
            X509Certificate2 root = certificates[^1];
            start ??= (kind == TrustKind.Tsa ? certificates[0] : root).NotBefore.ToUniversalTime();
            if (end <= start)
            {
                throw spec.Invalid("ends before its certificate begins to be valid; give 'start-time'");
            }

            (kind == TrustKind.Tsa ? _timestamps : _authorities).Add(new CertificateAuthority
            {
                Organization = NamePart(root, "2.5.4.10"),
                CommonName = NamePart(root, "2.5.4.3"),
                Uri = spec.Url(),
                Chain = [.. chain],
                Validity = new ValidityPeriod(start, end),
                Operator = spec.Optional("operator"),
            });
        }
        finally
        {
            Array.ForEach(certificates, static c => c.Dispose());
        }
    }

    /// <summary>Adds a transparency log or a certificate transparency log, in the place of one with the same id.</summary>
    /// <param name="spec">With names of <see cref="LogNames"/>.</param>
    /// <param name="pem">The public key.</param>
    /// <param name="kind">Rekor or CtLog.</param>
    /// <returns>Whether a Rekor v2 log, as which it looks, would need an origin that was not given.</returns>
    /// <exception cref="SigstoreException">InvalidValue, MalformedKey, Unsupported, LimitExceeded.</exception>
    public bool AddLog(ServiceSpec spec, ReadOnlySpan<byte> pem, TrustKind kind)
    {
        PublicKey key = PublicKeyFile.Read(pem);
        (DateTimeOffset? start, DateTimeOffset? end) = spec.Period();

        // The id of a certificate log is that of RFC 6962 whatever its origin: certificate timestamps carry no other.
        string? origin = kind == TrustKind.Rekor ? spec.Optional("origin") : null;
        byte[] id = origin is null ? SHA256.HashData(key.Spki.Span) : NoteKeyId.Compute(origin, key);
        if (!_added.Add($"{kind} {Convert.ToHexStringLower(id)}"))
        {
            throw spec.Invalid($"has the same key as another: '{spec.Url()}'");
        }

        List<TransparencyLogInstance> logs = kind == TrustKind.Rekor ? _logs : _certificateLogs;
        logs.RemoveAll(known => known.LogId.Span.SequenceEqual(id));
        logs.Add(new TransparencyLogInstance
        {
            BaseUrl = spec.Url(),
            Key = key,
            KeyDetails = key.Algorithm.KeyDetails,
            Validity = new ValidityPeriod(start ?? throw spec.Invalid("needs 'start-time'"), end),
            LogId = id,
            Operator = spec.Optional("operator"),
        });
        return kind == TrustKind.Rekor && origin is null
            && key.Algorithm.Scheme is Crypto.SignatureScheme.Ed25519 or Crypto.SignatureScheme.Ed25519Prehash;
    }

    /// <summary>The finished root, read back from what was written.</summary>
    /// <param name="compatible">As for <see cref="TrustedRootWriter.Write"/>.</param>
    /// <exception cref="SigstoreException">LimitExceeded, MalformedTrustRoot.</exception>
    public TrustedRoot Build(bool compatible) => TrustedRootReader.Read(TrustedRootWriter.Write(
        new TrustedRoot
        {
            Logs = _logs,
            CertificateAuthorities = _authorities,
            CertificateLogs = _certificateLogs,
            TimestampAuthorities = _timestamps,
        },
        compatible));

    private static byte[][] ReadChain(ReadOnlySpan<byte> pem, ServiceSpec spec)
    {
        try
        {
            IReadOnlyList<PemBlock> blocks = Pem.Read(pem);
            if (blocks.FirstOrDefault(static b => b.Label != "CERTIFICATE") is { } other)
            {
                throw spec.Invalid($"has a {other.Label} among its certificates");
            }

            byte[][] chain = [.. blocks.Select(static b => b.Data)];
            Array.ForEach(chain, TrustedRootReader.RequireCertificate);
            return chain;
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate,
                $"The certificates of -{spec.Parameter} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A chain in another order would be written down without a word, and nothing would ever verify.</summary>
    private static void RequireOrder(X509Certificate2[] chain, ServiceSpec spec)
    {
        for (int i = 0; i + 1 < chain.Length; i++)
        {
            if (!chain[i].IssuerName.RawData.AsSpan().SequenceEqual(chain[i + 1].SubjectName.RawData))
            {
                throw spec.Invalid("has certificates that are not in order, each followed by its issuer");
            }
        }
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static e => e.CertificateAuthority);

    private static string? NamePart(X509Certificate2 certificate, string oid) =>
        certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false)
            .Where(static part => !part.HasMultipleElements)
            .FirstOrDefault(part => part.GetSingleElementType().Value == oid)?.GetSingleElementValue();
}
