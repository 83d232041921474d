using SigstorePS.Bundles;
using SigstorePS.Certificates;

namespace SigstorePS.Verification;

/// <summary>When a signature was made, by the word of those who are trusted to say.</summary>
internal static class TimeCheck
{
    private const string Name = "Timestamp";
    private const string ByLog = "Tlog";

    /// <summary>
    /// Verifies the timestamps that came along. One authority counts once. A signature that carries timestamps needs
    /// one that holds: what is there and does not verify is a reason to stop, not to look away.
    /// </summary>
    /// <exception cref="SigstoreException">TimestampMissing, TimestampInvalid, TimestampUntrusted, Malformed…</exception>
    public static void Collect(SignedArtifact artifact, VerificationPolicy policy, Evidence evidence)
    {
        if (policy.SkipTimestamp)
        {
            evidence.Skipped(Name, "-SkipTimestamp");
            return;
        }

        // A key is trusted at any time, so without a trust root nothing needs to know when.
        if (policy.TimestampThreshold == 0 && policy.Signer is SignerPolicy.ByKey
            && policy.Root.TimestampAuthorities.Count == 0)
        {
            if (artifact.Timestamps.Count > 0)
            {
                evidence.Skipped(Name, "no timestamp authority is trusted, and a key needs none");
            }

            return;
        }

        if (artifact.Timestamps.Count > Limits.Timestamps)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The signature has {artifact.Timestamps.Count} timestamps.");
        }

        SigstoreException? failure = null;
        Dictionary<string, VerifiedTimestampToken> authorities = new(StringComparer.Ordinal);
        foreach (ReadOnlyMemory<byte> token in artifact.Timestamps)
        {
            try
            {
                VerifiedTimestampToken verified =
                    TimestampCheck.Verify(token, artifact.TimestampedBytes.Span, policy.Root);
                authorities.TryAdd(verified.AuthorityUri, verified);
            }
            catch (SigstoreException e)
            {
                failure ??= e;
            }
        }

        int wanted = Math.Max(policy.TimestampThreshold, artifact.Timestamps.Count > 0 ? 1 : 0);
        if (authorities.Count < wanted)
        {
            throw failure ?? new SigstoreException(
                SigstoreErrorCode.TimestampMissing,
                $"The signature has timestamps of {authorities.Count} authorities; {wanted} were asked for.");
        }

        foreach (VerifiedTimestampToken token in authorities.Values)
        {
            evidence.Times.Add(new VerifiedTimestamp("TimestampAuthority", token.AuthorityUri, token.Time));
            evidence.Passed(Name, $"{token.Time:u} by {token.AuthorityUri}");
        }
    }

    /// <summary>
    /// An entry whose log signed no time must not be of a log that was not trusted yet, or any more, when the
    /// signature was timestamped.
    /// </summary>
    /// <exception cref="SigstoreException">LogUntrusted.</exception>
    public static void HoldAgainst(IReadOnlyList<VerifiedLogEntry> entries, Evidence evidence)
    {
        foreach (VerifiedLogEntry entry in entries)
        {
            if (!entry.TimeIsPromised && evidence.Times.Any(t => !entry.LogValidity.Contains(t.Time)))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LogUntrusted, $"The log {entry.BaseUrl} is not trusted at the time of the timestamp.");
            }
        }
    }

    /// <summary>The time an entry gives itself must lie in the validity of the certificate, signed or not.</summary>
    /// <exception cref="SigstoreException">CertificateExpired.</exception>
    public static void HoldAgainst(IReadOnlyList<VerifiedLogEntry> entries, SigningCertificate certificate)
    {
        foreach (VerifiedLogEntry entry in entries)
        {
            if (entry.IntegratedTime is { } time && (time < certificate.NotBefore || time > certificate.NotAfter))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.CertificateExpired,
                    $"The entry was logged at {time:u}, when the certificate was not valid "
                    + $"({certificate.NotBefore:u} to {certificate.NotAfter:u}).");
            }
        }
    }

    /// <summary>The times at which a certificate must have been valid. There is always one.</summary>
    /// <exception cref="SigstoreException">TimestampMissing.</exception>
    public static IReadOnlyList<DateTimeOffset> Observers(VerificationPolicy policy, Evidence evidence)
    {
        foreach (LogEvidence entry in evidence.LogEntries)
        {
            // By kind as well: a trust root may give no address to its authority nor to its log.
            if (entry.IntegratedTime is { } time && !evidence.Times.Any(t => t.Type == ByLog && t.Source == entry.Log))
            {
                evidence.Times.Add(new VerifiedTimestamp(ByLog, entry.Log, time));
            }
        }

        // Only who waived the log is judged by the present, and only when nothing else tells the time.
        if (evidence.Times.Count == 0 && policy.SkipTransparencyLog)
        {
            DateTimeOffset now = policy.Clock.GetUtcNow();
            evidence.Times.Add(new VerifiedTimestamp("CurrentTime", string.Empty, now));
            evidence.Passed("Time", $"{now:u}, the present: neither log nor timestamp tells another");
        }

        if (evidence.Times.Count < policy.ObserverThreshold)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TimestampMissing,
                evidence.Times.Count == 0
                    ? "Nothing trusted says when the signature was made: a certificate needs a timestamp, or a log that "
                        + "signs its times."
                    : $"{evidence.Times.Count} observers saw the signature; {policy.ObserverThreshold} were asked for.");
        }

        return [.. evidence.Times.Select(static t => t.Time)];
    }
}
