namespace SigstorePS.Keys.Pkcs11;

/// <summary>Calls of a module from asynchronous code: they block, so each goes on a thread of its own.</summary>
internal static class ModuleCalls
{
    /// <summary>Does it; cancelling leaves a call that has begun to itself, and drops what comes of it.</summary>
    /// <exception cref="SigstoreException">Whatever the module returns, as a failure for people.</exception>
    public static async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Task<T> call = Task.Run(work, CancellationToken.None);
        try
        {
            return await call.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (CryptokiException e)
        {
            throw e.ToSigstore();
        }
        catch (OperationCanceledException)
        {
            // Also when the call has ended in this moment: nobody else would close what it opened.
            _ = DropAsync(call);
            throw;
        }
    }

    private static async Task DropAsync<T>(Task<T> call)
    {
        try
        {
            (await call.ConfigureAwait(false) as IDisposable)?.Dispose();
        }
        catch (Exception e) when (e is CryptokiException or SigstoreException or OperationCanceledException
            or ObjectDisposedException)
        {
            // Nobody waits for it any more.
        }
    }
}
