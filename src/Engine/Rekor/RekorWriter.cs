using SigstorePS.Http;
using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Rekor;

/// <summary>What became of an entry that was posted.</summary>
/// <param name="Record">The entry and its name; about what was proposed, and not yet verified.</param>
/// <param name="Existed">The log had it before; also when it is ours and only the answer to the first try was lost.</param>
internal sealed record LogWrite(RekorRecord Record, bool Existed);

/// <summary>
/// The writing half of Rekor v1 and v2. What it returns is about the signature that was proposed; whether a trusted log
/// vouches for it is for the verifier of the whole to find out. What is written cannot be taken back.
/// </summary>
internal sealed class RekorWriter(HttpChannel channel, TimeProvider clock)
{
    /// <summary>For one try; a try that hangs is repeated once.</summary>
    public TimeSpan Timeout { get; init; } = Limits.LogWrite;

    /// <summary>Logs a signature, or finds the entry that it has already.</summary>
    /// <param name="log">Address of the log.</param>
    /// <param name="version">Major version of its API: 1 or 2.</param>
    /// <param name="proposal">What to log.</param>
    /// <param name="cancel">Ends it; the entry may be in the log then.</param>
    /// <exception cref="SigstoreException">
    /// RekorRejected, RekorUnavailable, RekorProtocolViolation, LogProofInvalid, LimitExceeded, Timeout, Unsupported.
    /// </exception>
    public async Task<LogEntry> WriteAsync(Uri log, uint version, LogProposal proposal, CancellationToken cancel) =>
        (await WriteAsync(log, version, proposal, [], cancel).ConfigureAwait(false)).Record.Entry;

    /// <inheritdoc cref="WriteAsync(Uri, uint, LogProposal, CancellationToken)"/>
    /// <param name="logs">
    /// Logs of the trust root: a Rekor v2 log that has the entry already does not say its own id; without the logs the
    /// entry of such a one has none.
    /// </param>
    public Task<LogWrite> WriteAsync(
        Uri log, uint version, LogProposal proposal, IReadOnlyList<TransparencyLogInstance> logs, CancellationToken cancel)
    {
        Uri place = Folder(log);
        return version switch
        {
            1 => new RekorV1Writer(channel, clock, place, Timeout).WriteAsync(
                RekorProposals.Write(proposal), entry => RekorEcho.Demand(place, entry, proposal), cancel),
            2 => new RekorV2Writer(channel, clock, place, Timeout).WriteAsync(proposal, logs, cancel),
            _ => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The log {log.Authority} is of version {version}; 1 and 2 are known."),
        };
    }

    /// <summary>Posts a proposal that somebody else wrote to a Rekor v1 log.</summary>
    /// <param name="log">Address of the log.</param>
    /// <param name="proposal">JSON text with kind, apiVersion and spec.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">As above; InvalidValue: no proposal.</exception>
    public Task<LogWrite> PostAsync(Uri log, byte[] proposal, CancellationToken cancel)
    {
        Uri place = Folder(log);
        (string kind, string version) = RekorBodies.KindOf(proposal);
        return kind.Length == 0
            ? throw new SigstoreException(SigstoreErrorCode.InvalidValue, "The proposed entry has no kind.")
            : new RekorV1Writer(channel, clock, place, Timeout).WriteAsync(
                proposal, entry => RekorEcho.Demand(place, entry, kind, version), cancel);
    }

    private static Uri Folder(Uri log) =>
        log.AbsoluteUri.EndsWith('/') ? log : new Uri($"{log.AbsoluteUri}/");
}
