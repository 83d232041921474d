using SigstorePS.Certificates;
using SigstorePS.Encodings;

namespace SigstorePS.Verification;

/// <summary>
/// Revocation lists that somebody supplied against a verified path: off unless asked for, and never fetched. A
/// certificate on a list is refused whatever the date of its revocation, since who revokes a key for theft knows when
/// it was noticed, not when it was stolen.
/// </summary>
internal static class RevocationCheck
{
    private const byte ListSign = 0x02;

    /// <summary>Looks for the certificates of a path in the lists.</summary>
    /// <param name="chain">The path.</param>
    /// <param name="lists">DER or PEM, at least one. Those of other issuers say nothing here.</param>
    /// <param name="now">A list that should have been replaced by then is refused.</param>
    /// <returns>Which certificates a list spoke about, one line each; the leaf is among them.</returns>
    /// <exception cref="SigstoreException">
    /// CertificateRevoked; CertificateUntrusted: no list speaks about the leaf. MalformedCertificate: a list cannot be
    /// read, is forged or out of date. LimitExceeded.
    /// </exception>
    public static IReadOnlyList<string> Verify(
        VerifiedChain chain, IReadOnlyList<byte[]> lists, DateTimeOffset now)
    {
        List<ParsedCertificate> path = [.. chain.Certificates.Select(ParsedCertificate.Parse)];
        List<string> evidence = [];
        bool leaf = false;
        foreach (byte[] content in lists)
        {
            RevocationList list = RevocationList.Read(content);
            string issuer = Show(list.IssuerName);
            for (int i = 0; i < path.Count; i++)
            {
                if (Covers(list, path, i, issuer, now))
                {
                    leaf |= i == 0;
                    evidence.Add($"certificate {path[i].SerialNumber} is not on the revocation list of '{issuer}'");
                }
            }
        }

        return leaf ? evidence : throw new SigstoreException(
            SigstoreErrorCode.CertificateUntrusted,
            $"None of the {lists.Count} revocation lists given speaks about the signer's certificate: one by "
            + $"'{Show(path[0].IssuerName)}', signed with the key that issued it, is needed.");
    }

    /// <summary>
    /// Whether the list is that of who issued the certificate. The key says so and the name as people read it, since
    /// one name can be written as strings of more than one type. A certificate that is named is refused on less: an
    /// anchor's issuer is not at hand, and nobody but the user has given the list.
    /// </summary>
    private static bool Covers(
        RevocationList list, List<ParsedCertificate> path, int at, string issuer, DateTimeOffset now)
    {
        ParsedCertificate certificate = path[at];
        ParsedCertificate? above = at + 1 < path.Count ? path[at + 1] : certificate.IsSelfIssued ? certificate : null;
        bool named = list.IssuerName.Span.SequenceEqual(certificate.IssuerName.Span)
            || SameName(issuer, Show(certificate.IssuerName));
        bool signed = above is not null && list.IsSignedBy(above.Key);
        if (!named && !signed)
        {
            return false;
        }

        if (above is not null && at + 1 < path.Count
            && (!signed || above.KeyUsage is { } usage && (usage & ListSign) == 0))
        {
            throw Refused($"The revocation list of '{issuer}' is not signed by it.");
        }

        if (list.Revokes(certificate))
        {
            throw new SigstoreException(
                SigstoreErrorCode.CertificateRevoked,
                $"Certificate {certificate.SerialNumber} was revoked by '{issuer}'.");
        }

        // A root's list of itself tells nothing but that it was revoked.
        if (!named || !signed || at + 1 == path.Count)
        {
            return false;
        }

        if (list.NextUpdate < now)
        {
            throw Refused($"The revocation list of '{issuer}' is out of date; fetch its successor.");
        }

        return true;
    }

    /// <summary>Case and runs of blanks mean nothing in a name (RFC 5280 section 7.1).</summary>
    private static bool SameName(string one, string other) => string.Equals(
        string.Join(' ', one.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        string.Join(' ', other.Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.OrdinalIgnoreCase);

    private static string Show(ReadOnlyMemory<byte> name) => PlainText.Clean(SigningCertificate.ReadName(name));

    private static SigstoreException Refused(string message) => new(SigstoreErrorCode.MalformedCertificate, message);
}
