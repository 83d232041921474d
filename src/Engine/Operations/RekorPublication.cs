using SigstorePS.Rekor;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>Writes entries to one log, and verifies what it answers with the keys of the trust root.</summary>
internal sealed class RekorPublication(RekorSource log, RekorWriter writer)
{
    /// <exception cref="SigstoreException">
    /// LogUntrusted: before anything is written. As <see cref="RekorWriter"/> and <see cref="RekorEntries.Show"/>.
    /// </exception>
    public async Task<RekorEntry> RunAsync(RekorDraft draft, CancellationToken cancel)
    {
        IReadOnlyList<TransparencyLogInstance> trusted = log.Logs ?? [];
        if (trusted.Count == 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LogUntrusted,
                $"The trust root has no key of {log.Place}: what it answers could not be verified. Nothing was written.");
        }

        bool tiled = await IsTiledAsync(cancel).ConfigureAwait(false);
        if (tiled && draft.Entry is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"{log.Place} is a Rekor v2 log: of proposed entries it takes {RekorV2Request.Member} only.");
        }

        LogWrite written = draft.Proposal is { } proposal
            ? await writer.WriteAsync(log.Address, tiled ? 2u : 1u, proposal, trusted, cancel).ConfigureAwait(false)
            : await writer.PostAsync(log.Address, draft.Entry!, cancel).ConfigureAwait(false);
        try
        {
            return RekorEntries.Show(written.Record, log.Place, trusted, written.Existed);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(
                e.Code, $"{log.Place} took the entry as {written.Record.Uuid}, and what it answered is not to be trusted: {e.Message}", e);
        }
    }

    private async Task<bool> IsTiledAsync(CancellationToken cancel)
    {
        try
        {
            return await log.IsTiledAsync(cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.Unsupported)
        {
            return true;    // a Rekor v2 server that writes files and leaves the reading to another
        }
    }
}
