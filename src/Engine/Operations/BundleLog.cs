using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Rekor;
using SigstorePS.Transparency;

namespace SigstorePS.Operations;

/// <summary>
/// A Rekor v1 log that has what a bundle lacks. What it answers is put into bundles, not verified: whoever verifies the
/// bundle does that, with keys of a trust root.
/// </summary>
internal sealed class BundleLog(RekorClient client)
{
    /// <summary>The same entry with its inclusion proof.</summary>
    /// <exception cref="SigstoreException">LogEntryNotFound, Rekor…</exception>
    public async Task<LogEntry> FetchAsync(LogEntry entry, CancellationToken cancel) =>
        (await client.GetEntryAsync(RekorName.OfIndex(entry.LogIndex), cancel).ConfigureAwait(false)).Entry;

    /// <summary>Entries of a signature: found by the hash of what is signed, kept when they hold the signature.</summary>
    /// <exception cref="SigstoreException">Rekor…</exception>
    public async Task<IReadOnlyList<LogEntry>> FindAsync(
        SignedArtifact artifact, Digest? digest, CancellationToken cancel)
    {
        Digest sought = digest ?? Digest.Sha256(artifact.Payload.Span);
        IReadOnlyList<string> uuids = await client
            .SearchAsync(new RekorSearch { Hash = sought.ToString() }, cancel).ConfigureAwait(false);
        IReadOnlyList<RekorRecord?> records = await client
            .RetrieveAsync([.. uuids.Distinct(StringComparer.Ordinal).Select(RekorName.OfUuid)], cancel)
            .ConfigureAwait(false);
        return
        [
            .. records.OfType<RekorRecord>().Select(static r => r.Entry)
                .Where(e => Holds(e, artifact)).OrderBy(static e => e.LogIndex),
        ];
    }

    private static bool Holds(LogEntry entry, SignedArtifact artifact)
    {
        try
        {
            IReadOnlyList<LoggedSignature> logged = LogEntryBody.Parse(entry.Body) switch
            {
                HashedRekordBody body => [body.Signature],
                RekordBody body => [body.Signature],
                DsseBody body => body.Signatures,
                IntotoBody body => body.Signatures,
                _ => [],
            };
            return logged.Any(l => l.Signature.Span.SequenceEqual(artifact.Signature.Span));
        }
        catch (SigstoreException)
        {
            return false;   // somebody else's entry of a kind that no signature has
        }
    }
}
