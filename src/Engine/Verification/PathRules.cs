using SigstorePS.Certificates;

namespace SigstorePS.Verification;

/// <summary>
/// Path validation for the paths of a sigstore trust root (RFC 5280 section 6): no policies, and name constraints are
/// left to <see cref="PlatformChain"/>. Stricter than the RFC in one point: an extended key usage of an authority
/// limits what it may issue for, as everywhere in practice. Each method returns why not, or null.
/// </summary>
internal static class PathRules
{
    private const byte DigitalSignature = 0x80;
    private const byte CertificateSign = 0x04;

    /// <summary>Critical extensions whose meaning is honoured here, or by the platform.</summary>
    private static readonly HashSet<string> Understood =
    [
        Oids.KeyUsage, Oids.AlternativeName, Oids.BasicConstraints, Oids.ExtendedKeyUsage, Oids.CertificatePolicies,
    ];

    /// <summary>Whether <paramref name="issuer"/> issued the certificate: names and signature.</summary>
    public static string? Unissued(ParsedCertificate certificate, ParsedCertificate issuer)
    {
        if (!certificate.IssuerName.Span.SequenceEqual(issuer.SubjectName.Span))
        {
            return "it was issued by another authority";
        }

        try
        {
            return CertificateSignature.Verify(certificate, issuer.Key)
                ? null : "the authority's signature on it does not verify";
        }
        catch (SigstoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>The rules for a leaf that signs code.</summary>
    public static string? SignerRefusal(ParsedCertificate leaf) =>
        leaf.IsAuthority ? "a certificate authority is no signer"
        : leaf.KeyUsage is { } usage && (usage & DigitalSignature) == 0 ? "its key is not for signatures"
        : leaf.ExtendedKeyUsage?.Contains(Oids.CodeSigning) != true ? "it is not for code signing"
        : UnknownCritical(leaf);

    /// <summary>The rules for a leaf that signs timestamps (RFC 3161 section 2.3).</summary>
    public static string? TimestamperRefusal(ParsedCertificate leaf) =>
        leaf.IsAuthority ? "a certificate authority gives no timestamps"
        : leaf.KeyUsage is { } usage && (usage & (DigitalSignature | 0x40)) == 0 ? "its key is not for signatures"
        : leaf.ExtendedKeyUsage is not [Oids.TimeStamping] ? "it is not for timestamping, and only for that"
        : leaf.Find(Oids.ExtendedKeyUsage) is not { Critical: true } ? "its extended key usage is not critical"
        : UnknownCritical(leaf);

    /// <summary>The rules for the authorities over a leaf, nearest first, the anchor last.</summary>
    public static string? AuthorityRefusal(IEnumerable<ParsedCertificate> authorities, string purpose)
    {
        int below = 0;
        foreach (ParsedCertificate authority in authorities)
        {
            string? refusal = !authority.IsAuthority ? "a certificate above it is of no authority"
                : authority.KeyUsage is { } usage && (usage & CertificateSign) == 0
                    ? "a key above it may not sign certificates"
                : authority.PathLength < below ? "more authorities are above it than one of them allows"
                : authority.ExtendedKeyUsage is { } purposes && !purposes.Contains(purpose)
                    && !purposes.Contains(Oids.AnyPurpose) ? "an authority above it is for another purpose"
                : UnknownCritical(authority, alsoKnown: Oids.NameConstraints);
            if (refusal is not null)
            {
                return refusal;
            }

            below += authority.IsSelfIssued ? 0 : 1;
        }

        return null;
    }

    private static string? UnknownCritical(ParsedCertificate certificate, string? alsoKnown = null)
    {
        foreach (CertificateExtension extension in certificate.Extensions)
        {
            if (extension.Critical && extension.Oid != alsoKnown && !Understood.Contains(extension.Oid))
            {
                return $"critical extension {extension.Oid} is not understood";
            }
        }

        return null;
    }
}
