using SigstorePS.Operations;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Operations;

public sealed class TagLockTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_lock_that_can_never_be_had_is_done_without()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("links need a privilege on Windows");
        }

        string loop = Path.Combine(_folder.Path, "00");
        File.CreateSymbolicLink(loop, loop);
        Assert.Null(await TagLock.OpenAsync(loop, Long, Cancel));
        Assert.Null(await TagLock.OpenAsync(_folder.Path, Long, Cancel));
        Assert.Null(await TagLock.OpenAsync(Path.Combine(_folder.Write("file", ""), "00"), Long, Cancel));
        Assert.Null(await TagLock.OpenAsync(null, Long, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_lock_that_is_never_let_go_is_done_without_after_a_while()
    {
        string path = Path.Combine(_folder.Path, "locks", "00");
        using FileStream? held = await TagLock.OpenAsync(path, Long, Cancel);
        Assert.NotNull(held);
        Assert.Null(await TagLock.OpenAsync(path, TimeSpan.FromMilliseconds(20), Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task Waiting_for_a_lock_ends_when_it_is_let_go_or_cancelled()
    {
        string path = Path.Combine(_folder.Path, "00");
        FileStream? held = await TagLock.OpenAsync(path, Long, Cancel);
        Task<FileStream?> next = TagLock.OpenAsync(path, Long, Cancel);
        held!.Dispose();
        held = await next;
        Assert.NotNull(held);

        using CancellationTokenSource stop = new();
        Task<FileStream?> never = TagLock.OpenAsync(path, Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
        held.Dispose();
    }
}
