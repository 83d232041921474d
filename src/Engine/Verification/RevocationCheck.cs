using SigstorePS.Certificates;

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
    /// <param name="lists">DER or PEM; those of other issuers are passed over.</param>
    /// <param name="now">A list that should have been replaced by then is refused.</param>
    /// <returns>Which certificates a list spoke about, one line each; empty when no list fits.</returns>
    /// <exception cref="SigstoreException">
    /// CertificateRevoked; MalformedCertificate: a list cannot be read, is forged or out of date. LimitExceeded.
    /// </exception>
    public static IReadOnlyList<string> Verify(
        VerifiedChain chain, IReadOnlyList<byte[]> lists, DateTimeOffset now)
    {
        List<ParsedCertificate> path = [.. chain.Certificates.Select(ParsedCertificate.Parse)];
        List<string> evidence = [];
        foreach (byte[] content in lists)
        {
            RevocationList list = RevocationList.Read(content);
            for (int i = 0; i + 1 < path.Count; i++)
            {
                if (!list.IssuerName.Span.SequenceEqual(path[i].IssuerName.Span))
                {
                    continue;
                }

                string issuer = SigningCertificate.ReadName(list.IssuerName);
                if (path[i + 1].KeyUsage is { } usage && (usage & ListSign) == 0
                    || !list.IsSignedBy(path[i + 1].Key))
                {
                    throw Refused($"The revocation list of '{issuer}' is not signed by it.");
                }

                if (list.Revokes(path[i]))
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.CertificateRevoked,
                        $"Certificate {path[i].SerialNumber} was revoked by '{issuer}'.");
                }

                if (list.NextUpdate < now)
                {
                    throw Refused($"The revocation list of '{issuer}' is out of date; fetch its successor.");
                }

                evidence.Add($"certificate {path[i].SerialNumber} is not on the revocation list of '{issuer}'");
            }
        }

        return evidence;
    }

    private static SigstoreException Refused(string message) => new(SigstoreErrorCode.MalformedCertificate, message);
}
