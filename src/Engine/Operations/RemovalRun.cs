using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>
/// Removes what was planned, in its order. What is kept, by the user's word or because the store refuses, keeps what it
/// hangs on: nobody would find it any more.
/// </summary>
internal sealed class RemovalRun(ArtifactRemover remover)
{
    private readonly HashSet<Digest> _needed = [];

    /// <summary>The steps that may be gone through; everybody is asked about each.</summary>
    public static IReadOnlyList<RemovalStep> Approved(IReadOnlyList<RemovalStep> steps, Func<RemovalStep, bool> ask)
    {
        List<RemovalStep> approved = [];
        HashSet<Digest> needed = [];
        foreach (RemovalStep step in steps)
        {
            if (ask(step) && !needed.Contains(step.Attached.Manifest.Digest))
            {
                approved.Add(step);
            }
            else
            {
                needed.Add(step.Target.Digest);
            }
        }

        return approved;
    }

    /// <summary>As <see cref="ArtifactRemover.RemoveAsync"/>, one after the other.</summary>
    /// <exception cref="SigstoreException">
    /// DeletionUnsupported: something that hangs on it could not be removed. Whatever the remover throws.
    /// </exception>
    public async Task<RemovedArtifact?> RemoveAsync(RemovalStep step, CancellationToken cancel)
    {
        try
        {
            return !_needed.Contains(step.Attached.Manifest.Digest)
                ? await remover.RemoveAsync(step, cancel).ConfigureAwait(false)
                : throw new SigstoreException(
                    SigstoreErrorCode.DeletionUnsupported,
                    $"{step.Attached.Reference} stays, because something that hangs on it could not be removed.");
        }
        catch (SigstoreException)
        {
            _needed.Add(step.Target.Digest);
            throw;
        }
    }
}
