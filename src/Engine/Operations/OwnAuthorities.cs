using SigstorePS.Certificates;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>A certificate the user gave, and where it was, for messages.</summary>
internal sealed record GivenCertificate(string Source, ReadOnlyMemory<byte> Der);

/// <summary>What the user says of certificate authorities: those of his own, and what they revoked.</summary>
internal static class OwnAuthorities
{
    /// <summary>
    /// A revocation list that can be read. Told here, before any input: a bad file of the user's own is no verdict.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static byte[] RevocationList(byte[] content, string name)
    {
        try
        {
            _ = Certificates.RevocationList.Read(content);
            return content;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedCertificate)
        {
            throw new SigstoreException(e.Code, $"'{name}' is no revocation list: {e.Message}", e);
        }
    }

    /// <summary>
    /// All that was given is one set, in however many files it lies: an intermediate in a file of its own would else be
    /// an anchor of its own, past the path length, name constraints, dates and revocation lists of its root. The
    /// certificates that signed themselves are the anchors; without any, the one that none of the others issued.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// MalformedCertificate, LimitExceeded; ContradictoryPolicy: without a root, no certificate is above all others.
    /// </exception>
    public static IReadOnlyList<CertificateAuthority> Of(IReadOnlyList<GivenCertificate> given)
    {
        List<(string Source, ParsedCertificate Content)> all = [];
        foreach (GivenCertificate one in given)
        {
            if (!all.Any(a => a.Content.Der.Span.SequenceEqual(one.Der.Span)))
            {
                all.Add((one.Source, ParsedCertificate.Parse(one.Der)));
            }
        }

        List<ParsedCertificate> others = [.. all.Select(static a => a.Content).Where(static c => !IsRoot(c))];
        List<(string Source, ParsedCertificate Content)> anchors = [.. all.Where(static a => IsRoot(a.Content))];
        if (anchors.Count == 0)
        {
            anchors = [.. all.Where(a => !others.Any(
                other => !ReferenceEquals(other, a.Content) && IsNamedIssuer(other, a.Content)))];
            if (anchors.Count != 1)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy,
                    $"Of the {all.Count} certificates given as authorities none signed itself, and {anchors.Count} have no "
                    + "issuer among the others: which of them is to be trusted cannot be told. Give their root as well, or "
                    + "one of them alone.");
            }

            others.Remove(anchors[0].Content);
        }

        List<List<ParsedCertificate>> below = [.. anchors.Select(anchor => Below(anchor.Content, others))];
        List<ParsedCertificate> loose = [.. others.Where(o => !below.Any(b => b.Contains(o)))];
        return [.. anchors.Zip(below, (anchor, steps) => new CertificateAuthority
        {
            // What leads to none of the anchors stays with each: the step between may come along with a signature.
            Uri = anchor.Source,
            Chain = Bounded([.. loose, .. steps, anchor.Content]),
            Validity = ValidityPeriod.Always,
        })];
    }

    /// <summary>
    /// What leads to the anchor, nearest to a leaf first: by signatures, since authorities of one name, of which one
    /// took the place of the other, would stand in each other's way where a path is sought by names.
    /// </summary>
    private static List<ParsedCertificate> Below(ParsedCertificate anchor, List<ParsedCertificate> others)
    {
        List<ParsedCertificate> below = [];
        List<ParsedCertificate> level = [anchor];
        while (level.Count > 0)
        {
            level = [.. others.Where(o => !below.Contains(o) && level.Any(above => PathRules.Unissued(o, above) is null))];
            below.InsertRange(0, level);
        }

        return below;
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Bounded(List<ParsedCertificate> chain) =>
        chain.Count <= Limits.ChainCertificates ? [.. chain.Select(static c => c.Der)] : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded,
            $"More than {Limits.ChainCertificates} of the certificates given as authorities may lead to one root.");

    private static bool IsNamedIssuer(ParsedCertificate issuer, ParsedCertificate certificate) =>
        certificate.IssuerName.Span.SequenceEqual(issuer.SubjectName.Span);

    /// <summary>
    /// Signed by its own key. The signature of a root proves nothing, and old ones are of kinds that are not verified
    /// here; but one with the same two names that another key signed is a step between two keys of an authority.
    /// </summary>
    private static bool IsRoot(ParsedCertificate certificate) => certificate.IsSelfIssued
        && (CertificateSignature.AlgorithmOf(certificate.SignatureAlgorithm) is null
            || PathRules.Unissued(certificate, certificate) is null);
}
