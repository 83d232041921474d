using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>
/// What certificate checks need of a trust root and what does not depend on the certificate: parsed authorities, made
/// once for a <see cref="TrustedRoot"/> and gone with it. Safe for many threads at once.
/// </summary>
internal sealed class TrustAnchors
{
    private static readonly ConditionalWeakTable<TrustedRoot, TrustAnchors> Known = [];

    private TrustAnchors(TrustedRoot root)
    {
        Certificate = [.. root.CertificateAuthorities.Select(static a => new AnchoredAuthority(a))];
        Timestamp = [.. root.TimestampAuthorities.Select(static a => new AnchoredAuthority(a))];
    }

    public IReadOnlyList<AnchoredAuthority> Certificate { get; }

    public IReadOnlyList<AnchoredAuthority> Timestamp { get; }

    public static TrustAnchors Of(TrustedRoot root) => Known.GetValue(root, static r => new TrustAnchors(r));
}

/// <summary>
/// An authority of the trust root, taken apart at first use. Its last certificate is the anchor, whether it signed
/// itself or not; those before it are steps towards it.
/// </summary>
internal sealed class AnchoredAuthority
{
    private readonly Lazy<(IReadOnlyList<ParsedCertificate> Certificates, string? Defect)> _parsed;
    private readonly Lazy<string?> _disorder;
    private readonly Lazy<X509Certificate2?> _leafHandle;

    public AnchoredAuthority(CertificateAuthority authority)
    {
        Authority = authority;
        _parsed = new(Parse);
        _disorder = new(FindDisorder);
        _leafHandle = new(() =>
            Leaf is { } leaf ? X509CertificateLoader.LoadCertificate(leaf.Der.Span) : null);
    }

    public CertificateAuthority Authority { get; }

    /// <summary>Why this authority vouches for nothing at all; null when nothing is wrong.</summary>
    public string? Defect => _parsed.Value.Defect;

    /// <summary>Authorities, nearest to a leaf first, the anchor last.</summary>
    public IReadOnlyList<ParsedCertificate> Certificates => _parsed.Value.Certificates;

    /// <summary>The end certificate the trust root names, as it may for a timestamp authority.</summary>
    public ParsedCertificate? Leaf =>
        Certificates is [{ IsAuthority: false } leaf, ..] ? leaf : null;

    /// <summary><see cref="Leaf"/> for the CMS code; kept, never to be disposed by a caller.</summary>
    public X509Certificate2? LeafHandle => _leafHandle.Value;

    /// <summary>
    /// Null when each certificate is issued by the next one and .NET's own path validation agrees, which does not
    /// depend on any leaf and is asked once.
    /// </summary>
    public string? Disorder => _disorder.Value;

    private (IReadOnlyList<ParsedCertificate> Certificates, string? Defect) Parse()
    {
        if (Authority.Chain.Count is 0 or > Limits.ChainCertificates)
        {
            return ([], "it has no certificate or too many");
        }

        try
        {
            return ([.. Authority.Chain.Select(ParsedCertificate.Parse)], null);
        }
        catch (SigstoreException e)
        {
            return ([], e.Message);
        }
    }

    private string? FindDisorder()
    {
        IReadOnlyList<ParsedCertificate> all = Certificates;
        if (Defect is not null)
        {
            return Defect;
        }

        for (int i = 0; i + 1 < all.Count; i++)
        {
            if (PathRules.Unissued(all[i], all[i + 1]) is { } reason)
            {
                return reason;
            }
        }

        // Any time at which all are valid will do: PathRules compares the times themselves.
        DateTimeOffset time = all.Max(static c => c.NotBefore);
        return all.Any(c => !c.IsValidAt(time)) ? "its certificates are at no time valid together"
            : PlatformChain.Build(all[0], [], all, time) is null ? "the platform refuses its chain"
            : null;
    }
}
