using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Rekor;
using SigstorePS.Support.Rekor;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Rekor;

/// <summary>A log in this process and the operations on it, with folders of their own.</summary>
internal sealed class RekorSession : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpTransport _transport = new(new HttpOptions { Clock = TimeProvider.System });

    public RekorSession(bool tiled = false, int entries = 0)
    {
        Log = VirtualRekor.Start(tiled, entries);
        Folders = new RekorFolders(Path.Combine(_folder.Path, "cache"), Path.Combine(_folder.Path, "state"));
        Operations = Create();
    }

    public VirtualRekor Log { get; }

    public RekorFolders Folders { get; }

    public RekorOperations Operations { get; }

    public RekorQuery Query => new(RekorQuery.ParseAddress(Log.Address.AbsoluteUri), Log.Root);

    public RekorSource Source => Operations.Open(Query);

    /// <summary>As another process has them: nothing learnt yet, the same folders.</summary>
    public RekorOperations Create() => new(
        _transport.Open(TlsSettings.Default, RekorReplies.Http), Folders, TimeProvider.System);

    public string File(string name) => Path.Combine(_folder.Path, name);

    public Task<IReadOnlyList<RekorOutcome>> GetAsync(params RekorName[] names) =>
        Source.GetAsync(names, TestContext.Current.CancellationToken);

    public async Task<RekorEntry> OneAsync(RekorName name)
    {
        RekorOutcome outcome = Assert.Single(await GetAsync(name));
        return outcome.Failure is null ? outcome.Entry! : throw outcome.Failure;
    }

    public static async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> work)
    {
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.Equal(code, failure.Code);
        return failure;
    }

    public async ValueTask DisposeAsync()
    {
        _transport.Dispose();
        await Log.DisposeAsync();
        _folder.Dispose();
    }
}
