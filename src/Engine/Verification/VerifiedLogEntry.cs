using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>
/// A log entry that is about this signature and that its log vouches for. Exists only when both hold.
/// </summary>
internal sealed record VerifiedLogEntry
{
    /// <summary>
    /// Index as the container says. Rekor v1 proves it only with a promise: a proof there is of the shard's own index.
    /// </summary>
    public required long LogIndex { get; init; }

    /// <summary>Id of the log, as in the trust root.</summary>
    public required ReadOnlyMemory<byte> LogId { get; init; }

    /// <summary>Address of the log in the trust root.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>
    /// When the trust root trusts the log. A promised time lies inside; without one, whoever knows another time of the
    /// signature may hold that against it.
    /// </summary>
    public required ValidityPeriod LogValidity { get; init; }

    /// <summary>
    /// When the log took the entry; null when it does not say. To be held against the certificate's validity even
    /// when nobody signed it.
    /// </summary>
    public DateTimeOffset? IntegratedTime { get; init; }

    /// <summary>
    /// Whether the log signed <see cref="IntegratedTime"/>. Only then is it a time at which the signature was observed:
    /// a proof of inclusion says nothing about time.
    /// </summary>
    public required bool TimeIsPromised { get; init; }

    /// <summary>Kind and version, such as <c>hashedrekord 0.0.1</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What the log vouched with, for people.</summary>
    public required string Evidence { get; init; }
}

/// <summary>A log entry that does not count, and why. It is no reason to refuse what other entries prove.</summary>
/// <param name="LogIndex">Index as the container says.</param>
/// <param name="Reason">LogUntrusted or LogPromiseInvalid.</param>
/// <param name="Message">The same for people.</param>
internal sealed record SkippedLogEntry(long LogIndex, SigstoreErrorCode Reason, string Message);

/// <summary>What the log entries of one signature are worth.</summary>
internal sealed record LogVerdict(
    IReadOnlyList<VerifiedLogEntry> Entries, IReadOnlyList<SkippedLogEntry> Skipped)
{
    /// <summary>Distinct logs that vouch: two entries of one log are one witness.</summary>
    public int Logs
    {
        get
        {
            HashSet<string> ids = new(StringComparer.Ordinal);
            foreach (VerifiedLogEntry entry in Entries)
            {
                ids.Add(Convert.ToHexStringLower(entry.LogId.Span));
            }

            return ids.Count;
        }
    }

    /// <summary>Asks for entries of that many distinct logs.</summary>
    /// <exception cref="SigstoreException">
    /// LogPromiseInvalid, LogUntrusted: why entries that are there do not count. LogEntryMissing: there are too few.
    /// </exception>
    public void Require(int threshold)
    {
        if (Logs >= threshold)
        {
            return;
        }

        // A broken promise is the stronger news: someone changed an entry of a log that is known.
        SkippedLogEntry? cause = null;
        foreach (SkippedLogEntry entry in Skipped)
        {
            cause = cause is null || entry.Reason == SigstoreErrorCode.LogPromiseInvalid ? entry : cause;
        }

        throw cause is null
            ? new SigstoreException(
                SigstoreErrorCode.LogEntryMissing,
                $"Entries of {threshold} transparency log(s) are asked for; {Logs} verified.")
            : new SigstoreException(cause.Reason, cause.Message);
    }
}
