using SigstorePS.Tuf;

namespace SigstorePS.Support.Tuf;

/// <summary>A client with a cache of its own, and the repository it asks.</summary>
internal sealed class TufArena : IDisposable
{
    public TufArena(TufTestRepository? repository = null)
    {
        Repository = repository ?? new TufTestRepository();
        First = Repository.First;
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "sigstoreps-tuf-" + Path.GetRandomFileName());

    public TufMirror Mirror { get; } = TufMirror.Parse("https://tuf.example.com");

    public TufTestRepository Repository { get; }

    /// <summary>The root the client starts from.</summary>
    public byte[]? First { get; set; }

    public ManualClock Clock { get; } = new(TufTestRepository.Now);

    /// <summary>Told after each write to the cache.</summary>
    public Action<string>? Written { get; set; }

    /// <summary>Targets a refresh must bring.</summary>
    public Func<TufTargets, IEnumerable<TufTarget>> Needed { get; set; } = static _ => [];

    public TufCache Cache => new(Folder, Mirror, Written);

    public TufRepository Client(ITufSource? source = null) => new(
        Mirror, source ?? Repository, Cache, First is null ? (ReadOnlyMemory<byte>?)null : First, Needed, Clock);

    /// <summary>Asks the repository, however fresh the cache is.</summary>
    public Task<TufView> RefreshAsync(CancellationToken cancel) => Client().OpenAsync(false, TimeSpan.Zero, cancel);

    public Task<TufView> OfflineAsync(CancellationToken cancel) =>
        Client(new NoSource()).OpenAsync(true, TimeSpan.Zero, cancel);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class NoSource : ITufSource
    {
        public Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel) =>
            throw new InvalidOperationException($"offline, and {string.Join('/', path)} was asked for");
    }
}
