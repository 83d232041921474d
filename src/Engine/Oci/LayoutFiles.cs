using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// The files of a layout directory: read within bounds, written by temporary file and rename, and changed by one
/// writer at a time. Links are followed, for build systems make layouts of them: whatever they point to must have the
/// digest of its name.
/// </summary>
internal sealed class LayoutFiles(string directory, TimeProvider time) : ILayoutContent
{
    private const string LockFile = "index.json.lock";
    private const string TemporaryPrefix = ".tmp-";
    private const int BufferSize = 128 * 1024;

    private static readonly string[] Algorithms = ["sha256", "sha384", "sha512"];

    public string Place { get; } = directory;

    public TimeProvider Time { get; } = time;

    public bool Exists => Directory.Exists(Place);

    /// <summary>The path of a file; a name is one of ours or made of a digest, so that it leads nowhere else.</summary>
    public string PathOf(string name) => Path.Combine(Place, name);

    public LayoutFile? Find(string name) =>
        FindFile(PathOf(name)) is FileInfo file ? new LayoutFile(file.Length, file.LastWriteTimeUtc) : null;

    public async Task<byte[]?> ReadAsync(string name, long limit, CancellationToken cancel)
    {
        string path = PathOf(name);
        if (FindFile(path) is not FileInfo file)
        {
            return null;
        }

        long length = file.Length;
        if (length > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The file {path} has {length} bytes, over {limit}.");
        }

        if (length == 0)
        {
            // Not even opened: a pipe or device has no length either, and reading it might never end.
            return [];
        }

        try
        {
            FileStream stream = OpenFile(file.FullName);
            await using (stream.ConfigureAwait(false))
            {
                // Of what is open: another file may have got the name since.
                if (stream.Length > limit)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"The file {path} has {stream.Length} bytes, over {limit}.");
                }

                byte[] content = new byte[stream.Length];
                int read = await stream.ReadAtLeastAsync(content, content.Length, false, cancel).ConfigureAwait(false);
                return read == content.Length ? content : content[..read];
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    public Stream? Open(string name)
    {
        string path = PathOf(name);
        try
        {
            return FindFile(path) is not FileInfo file ? null
                : file.Length == 0 ? new MemoryStream()
                : OpenFile(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    public IEnumerable<(Digest Digest, LayoutFile File)> Blobs()
    {
        foreach (string algorithm in Algorithms)
        {
            DirectoryInfo folder = new(PathOf(LayoutName.BlobFolder(algorithm)));
            foreach (FileInfo entry in folder.Exists ? folder.EnumerateFiles() : [])
            {
                // Temporary files of other writers are no digests.
                if (Digest.TryParse($"{algorithm}:{entry.Name}", out Digest? digest))
                {
                    FileInfo? file = entry.Attributes.HasFlag(FileAttributes.ReparsePoint)
                        ? FindFile(entry.FullName)
                        : entry;
                    if (file is not null && file.Exists)
                    {
                        yield return (digest, new LayoutFile(file.Length, file.LastWriteTimeUtc));
                    }
                }
            }
        }
    }

    public DateTime[] BlobTimes() =>
        [.. Algorithms.Select(algorithm => Changed(PathOf(LayoutName.BlobFolder(algorithm))))];

    public SigstoreException Malformed(string what, Exception? inner = null) =>
        new(SigstoreErrorCode.MalformedLayout, $"The directory {Place} is no OCI layout: it {what}.", inner);

    private static DateTime Changed(string folder)
    {
        DirectoryInfo info = new(folder);
        FileSystemInfo? target = info.LinkTarget is null ? info : info.ResolveLinkTarget(returnFinalTarget: true);
        return (target ?? info).LastWriteTimeUtc;
    }

    /// <summary>The file itself or what a link leads to; null when there is none.</summary>
    private static FileInfo? FindFile(string path)
    {
        try
        {
            FileInfo file = new(path);
            file = file.LinkTarget is null ? file : (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return file.Exists ? file : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    /// <summary>Replaces a file as a whole: readers see the old or the new one, even if the writer is killed.</summary>
    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        WriteAsync(PathOf(name), (stream, c) => stream.WriteAsync(content, c).AsTask(), cancel);

    /// <summary>Writes a blob unless it is there whole.</summary>
    /// <exception cref="SigstoreException">DigestMismatch: the content is not what the digest says.</exception>
    public async Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel)
    {
        if (length > 0 && await HoldsAsync(digest, length, cancel).ConfigureAwait(false))
        {
            return;
        }

        await WriteAsync(PathOf(LayoutName.Of(digest)), CopyAsync, cancel).ConfigureAwait(false);

        async Task CopyAsync(FileStream target, CancellationToken c)
        {
            Stream source = await open(c).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(digest.HashName);
                byte[] buffer = new byte[BufferSize];
                long total = 0;
                int read;
                while (total <= length && (read = await source.ReadAsync(buffer, c).ConfigureAwait(false)) > 0)
                {
                    total += read;
                    hash.AppendData(buffer, 0, read);
                    await target.WriteAsync(buffer.AsMemory(0, read), c).ConfigureAwait(false);
                }

                if (total != length || Digest.FromHash(digest.HashName, hash.GetHashAndReset()) != digest)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.DigestMismatch, $"What was to be written as {digest} is something else.");
                }
            }
        }
    }

    /// <summary>Takes the lock of the directory; the system frees it when this process ends, however it ends.</summary>
    /// <exception cref="SigstoreException">Timeout, FileUnavailable.</exception>
    public async Task<IDisposable> LockAsync(CancellationToken cancel)
    {
        string path = PathOf(LockFile);
        long start = Time.GetTimestamp();
        for (int wait = 2; ; wait = Math.Min(wait * 2, 100))
        {
            try
            {
                // Followed, a link in somebody else's layout would create an empty file wherever this user may.
                if (new FileInfo(path).LinkTarget is not null)
                {
                    throw new IOException("it is a link, which a lock must not be");
                }

                // The file stays: if it were deleted, two writers could hold two files of one name.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (IsHeld(e))
            {
                if (Time.GetElapsedTime(start) > Limits.LayoutLock)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.Timeout,
                        $"Another process has held {path} for {Limits.LayoutLock.TotalSeconds:0} seconds.", e);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unavailable(path, e);
            }

            TimeSpan pause = TimeSpan.FromMilliseconds(wait + Random.Shared.Next(wait));
            await Task.Delay(pause, Time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Makes an empty layout of a directory that is missing or empty.</summary>
    /// <exception cref="SigstoreException">MalformedLayout: the directory holds other things.</exception>
    public async Task CreateAsync(CancellationToken cancel)
    {
        if (File.Exists(PathOf(LayoutName.Marker)) && File.Exists(PathOf(LayoutName.Index)))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Place);
            string? stranger = Directory.EnumerateFileSystemEntries(Place).Select(Path.GetFileName)
                .FirstOrDefault(static n => n is not (LayoutName.Marker or LayoutName.Index or LockFile or LayoutName.Blobs)
                    && !n!.StartsWith(TemporaryPrefix, StringComparison.Ordinal));
            if (stranger is not null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.MalformedLayout,
                    $"{Place} is no OCI layout and holds '{stranger}'; name a new or empty directory.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(Place, e);
        }

        using IDisposable held = await LockAsync(cancel).ConfigureAwait(false);
        if (!File.Exists(PathOf(LayoutName.Index)))
        {
            await WriteAsync(LayoutName.Index, LayoutIndex.Empty().ToBytes(), cancel).ConfigureAwait(false);
        }

        if (!File.Exists(PathOf(LayoutName.Marker)))
        {
            byte[] version = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();
            await WriteAsync(LayoutName.Marker, version, cancel).ConfigureAwait(false);
        }
    }

    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    private static async Task WriteAsync(
        string path, Func<FileStream, CancellationToken, Task> write, CancellationToken cancel)
    {
        string folder = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(folder, $"{TemporaryPrefix}{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            FileStream stream = new(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, cancel).ConfigureAwait(false);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            if (e is IOException or UnauthorizedAccessException)
            {
                throw Unavailable(path, e);
            }

            throw;
        }
    }

    /// <summary>Whether the blob is there with the right content; all of it is read.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public async Task<bool> HoldsAsync(Digest digest, long length, CancellationToken cancel)
    {
        string path = PathOf(LayoutName.Of(digest));
        if (FindFile(path) is not FileInfo file || file.Length != length)
        {
            return false;
        }

        if (length == 0)
        {
            // Not even opened: see ReadAsync.
            return Digest.OfSameAlgorithm(digest, []) == digest;
        }

        try
        {
            FileStream stream = OpenFile(file.FullName);
            await using (stream.ConfigureAwait(false))
            {
                byte[] hash = await CryptographicOperations.HashDataAsync(digest.HashName, stream, cancel)
                    .ConfigureAwait(false);
                return Digest.FromHash(digest.HashName, hash) == digest;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    // Shared for deletion: on Windows a file cannot be replaced otherwise while it is read.
    private static FileStream OpenFile(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; EWOULDBLOCK of Linux and of macOS.
    private static bool IsHeld(IOException e) => (uint)e.HResult is 0x80070020 or 0x80070021 or 11 or 35;

    public static SigstoreException Unavailable(string path, Exception e) => new(
        SigstoreErrorCode.FileUnavailable, $"{path} cannot be read or written: {e.Message}", e);
}
