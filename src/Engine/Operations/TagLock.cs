using System.Collections.Concurrent;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>
/// One writer of a shared tag at a time: in this process by a semaphore, among this user's processes on this machine by
/// a lock file. Writers on other machines are dealt with by <see cref="SharedTag"/>; this only keeps the common case,
/// a parallel build on one agent, from fighting itself.
/// </summary>
internal sealed class TagLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Process-wide on purpose: runspaces of one process share registries.
    private static readonly ConcurrentDictionary<string, (SemaphoreSlim Gate, int Users)> Gates = [];

    private readonly string _name;
    private FileStream? _file;

    private TagLock(string name) => _name = name;

    public static async Task<TagLock> TakeAsync(string name, CancellationToken cancel)
    {
        TagLock held = new(name);
        SemaphoreSlim gate = Gates.AddOrUpdate(
            name, static _ => (new SemaphoreSlim(1, 1), 1), static (_, g) => (g.Gate, g.Users + 1)).Gate;
        try
        {
            await gate.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            held.Leave();
            throw;
        }

        try
        {
            held._file = await OpenAsync(PathOf(name), Limits.LayoutLock, cancel).ConfigureAwait(false);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        Gates[_name].Gate.Release();
        Leave();
    }

    private void Leave()
    {
        (SemaphoreSlim gate, int users) = Gates.AddOrUpdate(
            _name, static _ => throw new InvalidOperationException(), static (_, g) => (g.Gate, g.Users - 1));
        if (users == 0)
        {
            // Removed only while nobody has come in between; the comparison is on both fields.
            Gates.TryRemove(new(_name, (gate, 0)));
        }
    }

    private static string? PathOf(string name)
    {
        // Unverified: a fresh container has no ~/.local/share yet, and would have no lock either.
        string root = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

        // The user's own folder, not the temp folder, where others could hold the lock for ever.
        // 256 files for all names: a file a name would never be cleaned up, and a shared one only waits a little more.
        return root.Length == 0 ? null : Path.Combine(
            root, "SigstorePS", "locks", Digest.Sha256(Encoding.UTF8.GetBytes(name)).Hex[..2]);
    }

    /// <summary>
    /// Null where no lock can be had, a full or read-only disk included, and when another process keeps it too long:
    /// the lock among processes is a help, not the guarantee, and must not become a way to hang.
    /// </summary>
    internal static async Task<FileStream?> OpenAsync(string? path, TimeSpan patience, CancellationToken cancel)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (path is not null)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (IsHeld(e) && TimeProvider.System.GetElapsedTime(start) < patience)
            {
                await Task.Delay(Pause, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                return null;
            }
        }

        return null;
    }

    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; EWOULDBLOCK of Linux and of macOS.
    private static bool IsHeld(IOException e) => (uint)e.HResult is 0x80070020 or 0x80070021 or 11 or 35;
}
