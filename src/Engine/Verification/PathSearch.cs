using System.Globalization;
using SigstorePS.Certificates;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A path that holds: from a leaf, first, to the anchor of an authority, last.</summary>
internal sealed record FoundPath(CertificateAuthority Authority, IReadOnlyList<ParsedCertificate> Path);

/// <summary>
/// Looks for paths from one leaf to the authorities of a trust root. The leaf itself is not judged here beyond who
/// issued it and when it is valid. Not for several threads.
/// </summary>
internal sealed class PathSearch(
    ParsedCertificate leaf, IReadOnlyList<ParsedCertificate> provided, string purpose,
    IReadOnlyList<AnchoredAuthority> authorities)
{
    private readonly Dictionary<AnchoredAuthority, (IReadOnlyList<ParsedCertificate>? Path, string? Reason)>
        _straight = [];

    private readonly Dictionary<AnchoredAuthority, IReadOnlyList<ParsedCertificate>> _detours = [];

    /// <summary>A path to an authority in force at this time, every certificate valid then.</summary>
    /// <exception cref="SigstoreException">CertificateUntrusted, CertificateExpired.</exception>
    public FoundPath At(DateTimeOffset time)
    {
        string reason = "the trust root names no authority for that time";
        bool expired = false;
        foreach (AnchoredAuthority authority in authorities)
        {
            if (!authority.Authority.Validity.Contains(time))
            {
                continue;
            }

            if (PathTo(authority, time, ref reason) is not { } path)
            {
                continue;
            }

            if (path.All(c => c.IsValidAt(time)))
            {
                return new FoundPath(authority.Authority, path);
            }

            expired = true;
        }

        string when = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        throw expired
            ? new SigstoreException(
                SigstoreErrorCode.CertificateExpired,
                $"The certificate or one above it was not valid at {when}, when the signature was observed.")
            : new SigstoreException(
                SigstoreErrorCode.CertificateUntrusted,
                $"The certificate does not lead to a trusted authority at {when}: {reason}.");
    }

    private IReadOnlyList<ParsedCertificate>? PathTo(
        AnchoredAuthority authority, DateTimeOffset time, ref string reason)
    {
        if (!_straight.TryGetValue(authority, out (IReadOnlyList<ParsedCertificate>? Path, string? Reason) straight))
        {
            straight = Straight(authority);
            _straight[authority] = straight;
        }

        if (straight.Path is not null)
        {
            return straight.Path;
        }

        reason = straight.Reason ?? reason;
        if (_detours.TryGetValue(authority, out IReadOnlyList<ParsedCertificate>? known)
            && known.All(c => c.IsValidAt(time)))
        {
            return known;
        }

        IReadOnlyList<ParsedCertificate>? path = Detour(authority, time) ?? known;
        if (path is not null)
        {
            _detours[authority] = path;
        }

        return path;
    }

    /// <summary>
    /// The path along the certificates of the authority in the order given, which needs one signature check; null when
    /// that order does not lead there or more than signatures must be looked at.
    /// </summary>
    private (IReadOnlyList<ParsedCertificate>? Path, string? Reason) Straight(AnchoredAuthority authority)
    {
        IReadOnlyList<ParsedCertificate> all = authority.Certificates;
        int issuer = 0;
        while (issuer < all.Count && !all[issuer].SubjectName.Span.SequenceEqual(leaf.IssuerName.Span))
        {
            issuer++;
        }

        if (issuer == all.Count)
        {
            return (null, authority.Defect ?? "it was issued by another authority");
        }

        // A list in order says of each of its own certificates that the next one issued it.
        bool listed = issuer > 0 && ReferenceEquals(leaf, all[issuer - 1]);
        string? reason = authority.Disorder ?? (listed ? null : PathRules.Unissued(leaf, all[issuer]))
            ?? PathRules.AuthorityRefusal(all.Skip(issuer), purpose)
            ?? (all.Any(static c => c.Find(Oids.NameConstraints) is not null) ? "names are constrained" : null);
        return reason is null ? ([leaf, .. all.Skip(issuer)], null) : (null, reason);
    }

    /// <summary>
    /// A path that the platform finds: through certificates that came along, through an authority whose list is not in
    /// order, or under name constraints.
    /// </summary>
    private IReadOnlyList<ParsedCertificate>? Detour(AnchoredAuthority authority, DateTimeOffset time)
    {
        if (authority.Defect is not null
            || !authority.Certificates.Concat(provided).Any(
                c => c.SubjectName.Span.SequenceEqual(leaf.IssuerName.Span)))
        {
            return null;
        }

        IReadOnlyList<ParsedCertificate>? path =
            PlatformChain.Build(leaf, provided, authority.Certificates, time)
            ?? PlatformChain.Build(leaf, provided, authority.Certificates, leaf.NotBefore);

        // Signatures are checked once more: a path that ends in an anchor which did not sign itself is one that the
        // platform failed to build, and what it still checks of such a path differs between platforms.
        // A signature by SHA-1 is one to the platform, and so is a path of one that is leaf and anchor at once.
        return path is { Count: > 1 } && path[0].Der.Span.SequenceEqual(leaf.Der.Span)
            && path.SkipLast(1).All(static c => CertificateSignature.AlgorithmOf(c.SignatureAlgorithm) is not null)
            && path.Zip(path.Skip(1)).All(static p => PathRules.Unissued(p.First, p.Second) is null)
            && PathRules.AuthorityRefusal(path.Skip(1), purpose) is null
            ? path : null;
    }
}
