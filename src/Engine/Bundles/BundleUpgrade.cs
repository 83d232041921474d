using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>
/// Gets the same entry with its inclusion proof from the log. Whoever calls it checks that it is the same; nobody
/// verifies the proof but the verifier of the bundle.
/// </summary>
internal delegate Task<LogEntry> FetchLogEntry(LogEntry entry, CancellationToken cancel);

/// <summary>
/// Brings bundles to version 0.3: the signing certificate in place of a chain, and in every log entry an inclusion
/// proof with a checkpoint. The promise stays, since it alone vouches for the time of the entry.
/// </summary>
internal static class BundleUpgrade
{
    /// <param name="bundle">A bundle of any version; one of 0.3 only gets the newer spelling of its media type.</param>
    /// <param name="fetch">Gets missing proofs; null: there are no means to.</param>
    /// <param name="cancel">Cancels the fetching.</param>
    /// <exception cref="SigstoreException">
    /// OfflineUnavailable: a proof is missing and cannot be fetched. LogEntryMismatch: the log gave another entry.
    /// MalformedLogEntry: it gave one without a proof. And whatever <paramref name="fetch"/> throws.
    /// </exception>
    public static async Task<Bundle> ToV03Async(Bundle bundle, FetchLogEntry? fetch, CancellationToken cancel)
    {
        List<LogEntry> entries = new(bundle.LogEntries.Count);
        foreach (LogEntry entry in bundle.LogEntries)
        {
            entries.Add(await WithProofAsync(entry, fetch, cancel).ConfigureAwait(false));
        }

        return bundle with
        {
            Version = BundleVersion.V03,
            MediaType = Bundle.MediaTypeV03,
            Chain = [],
            LogEntries = entries,
        };
    }

    /// <summary>The entry with an inclusion proof and a checkpoint, fetched if it has none.</summary>
    /// <exception cref="SigstoreException">As <see cref="ToV03Async"/>.</exception>
    public static async Task<LogEntry> WithProofAsync(LogEntry entry, FetchLogEntry? fetch, CancellationToken cancel)
    {
        if (entry.Proof is { Checkpoint: not null })
        {
            return entry;
        }

        if (fetch is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.OfflineUnavailable,
                $"Log entry {entry.LogIndex} has no inclusion proof with a checkpoint; it has to be fetched from the log.");
        }

        LogEntry fetched = await fetch(entry, cancel).ConfigureAwait(false);
        if (fetched.LogIndex != entry.LogIndex || !fetched.LogId.Span.SequenceEqual(entry.LogId.Span)
            || (entry.Body.Length > 0 && !fetched.Body.Span.SequenceEqual(entry.Body.Span)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.LogEntryMismatch, $"The log answered with another entry for index {entry.LogIndex}.");
        }

        return fetched.Proof is { Checkpoint: not null } proof
            ? entry with
            {
                Kind = entry.Kind.Length > 0 ? entry.Kind : fetched.Kind,
                Version = entry.Version.Length > 0 ? entry.Version : fetched.Version,
                Body = fetched.Body,
                Proof = proof,
            }
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry,
                $"The log answered without an inclusion proof and checkpoint for entry {entry.LogIndex}.");
    }
}
