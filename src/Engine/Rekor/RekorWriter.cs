using SigstorePS.Http;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>The writing half of Rekor v1 and v2.</summary>
internal sealed class RekorWriter(HttpChannel channel, TimeProvider clock)
{
    /// <summary>Logs a signature, or finds the entry that it has already.</summary>
    public Task<LogEntry> WriteAsync(Uri log, uint version, LogProposal proposal, CancellationToken cancel)
    {
        _ = (channel, clock, log, version, proposal, cancel);
        throw new SigstoreException(SigstoreErrorCode.Unsupported, "Not yet.");
    }
}
