using SigstorePS.Certificates;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A certificate log whose signature on a timestamp of the certificate verified.</summary>
/// <param name="LogId">SHA-256 of the log's key, lower-case hex.</param>
/// <param name="BaseUrl">Where the trust root says it is.</param>
/// <param name="Time">When the log promised.</param>
internal sealed record VerifiedSct(string LogId, string BaseUrl, DateTimeOffset Time);

/// <summary>A timestamp of a certificate that does not count.</summary>
/// <param name="LogId">Who is said to have given it, lower-case hex.</param>
/// <param name="Reason">Why it does not count.</param>
/// <param name="Forged">Whether a log that is known did not sign it.</param>
internal sealed record RefusedSct(string LogId, string Reason, bool Forged);

/// <summary>What came of the signed certificate timestamps of one certificate.</summary>
/// <param name="Verified">One for each distinct log.</param>
/// <param name="Refused">Why the others do not count.</param>
internal sealed record SctResult(IReadOnlyList<VerifiedSct> Verified, IReadOnlyList<RefusedSct> Refused);

/// <summary>Signed certificate timestamps (RFC 6962 section 3.2) against the logs of a trust root.</summary>
internal static class SctCheck
{
    private const string Forged = "its signature does not verify";

    /// <summary>Verifies those in the certificate, and one that came beside it.</summary>
    /// <param name="leaf">The signer's certificate.</param>
    /// <param name="chain">Who issued it, verified.</param>
    /// <param name="detachedSct">JSON answer of add-chain; null when there is none.</param>
    /// <param name="root">Whom to trust.</param>
    /// <exception cref="SigstoreException">SctInvalid: cannot be read. LimitExceeded.</exception>
    public static SctResult Verify(
        SigningCertificate leaf, VerifiedChain chain, byte[]? detachedSct, TrustedRoot root)
    {
        List<SignedCertificateTimestamp> scts = [.. leaf.EmbeddedScts()];
        if (detachedSct is not null)
        {
            scts.Add(SignedCertificateTimestamp.ReadDetached(detachedSct));
        }

        Dictionary<string, VerifiedSct> verified = new(StringComparer.Ordinal);
        List<RefusedSct> refused = [];
        foreach (SignedCertificateTimestamp sct in scts)
        {
            string logId = Convert.ToHexStringLower(sct.LogId.Span);
            if (verified.ContainsKey(logId))
            {
                continue;
            }

            (VerifiedSct? good, string reason) = Judge(sct, logId, leaf, chain, root);
            if (good is not null)
            {
                verified.Add(logId, good);
            }
            else
            {
                refused.Add(new RefusedSct(logId, reason, reason == Forged));
            }
        }

        return new SctResult([.. verified.Values], refused);
    }

    private static (VerifiedSct? Good, string Reason) Judge(
        SignedCertificateTimestamp sct, string logId, SigningCertificate leaf, VerifiedChain chain, TrustedRoot root)
    {
        if (sct.Time is not { } time)
        {
            return (null, "the time cannot be");
        }

        string reason = "the trust root does not know it";
        foreach (TransparencyLogInstance log in root.CertificateLogs)
        {
            if (!log.LogId.Span.SequenceEqual(sct.LogId.Span))
            {
                continue;
            }

            if (!log.Validity.Contains(time))
            {
                reason = "the trust root does not trust it at that time";
            }
            else if (sct.Verify(log.Key, leaf, chain.IssuerSpki.Span))
            {
                return (new VerifiedSct(logId, log.BaseUrl, time), string.Empty);
            }
            else
            {
                reason = Forged;
            }
        }

        return (null, reason);
    }
}
