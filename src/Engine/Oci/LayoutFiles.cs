using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// The files of a layout directory: read within bounds, written by temporary file and rename, and changed by one
/// writer at a time. Links are followed, for build systems make layouts of them: whatever they point to must have the
/// digest of its name.
/// </summary>
internal sealed class LayoutFiles(string directory, TimeProvider time)
{
    public const string Marker = "oci-layout";
    public const string Index = "index.json";
    private const string LockFile = "index.json.lock";
    private const string TemporaryPrefix = ".tmp-";
    private const int BufferSize = 128 * 1024;

    public string Directory { get; } = directory;

    public TimeProvider Time { get; } = time;

    public string Root(string name) => Path.Combine(Directory, name);

    public string BlobFolder(string algorithm) => Path.Combine(Directory, "blobs", algorithm);

    /// <summary>The digest has been parsed, so that its two parts can be nothing but names.</summary>
    public string Blob(Digest digest) => Path.Combine(BlobFolder(digest.Algorithm), digest.Hex);

    /// <summary>The file itself or what a link leads to; null when there is none.</summary>
    public static FileInfo? Find(string path)
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

    /// <summary>The whole file; null when there is none.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static async Task<byte[]?> ReadAsync(string path, long limit, CancellationToken cancel)
    {
        if (Find(path) is not FileInfo file)
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
            byte[] content = new byte[length];
            FileStream stream = Open(file.FullName);
            await using (stream.ConfigureAwait(false))
            {
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

    /// <summary>Replaces a file as a whole: readers see the old or the new one, even if the writer is killed.</summary>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        WriteAsync(path, (stream, c) => stream.WriteAsync(content, c).AsTask(), cancel);

    /// <summary>Writes a blob unless it is there whole.</summary>
    /// <exception cref="SigstoreException">DigestMismatch: the content is not what the digest says.</exception>
    public async Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel)
    {
        if (length > 0 && await HoldsAsync(digest, length, cancel).ConfigureAwait(false))
        {
            return;
        }

        await WriteAsync(Blob(digest), CopyAsync, cancel).ConfigureAwait(false);

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
        string path = Root(LockFile);
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
        if (File.Exists(Root(Marker)) && File.Exists(Root(Index)))
        {
            return;
        }

        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            string? stranger = System.IO.Directory.EnumerateFileSystemEntries(Directory).Select(Path.GetFileName)
                .FirstOrDefault(static n => n is not (Marker or Index or LockFile or "blobs")
                    && !n!.StartsWith(TemporaryPrefix, StringComparison.Ordinal));
            if (stranger is not null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.MalformedLayout,
                    $"{Directory} is no OCI layout and holds '{stranger}'; name a new or empty directory.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(Directory, e);
        }

        using IDisposable held = await LockAsync(cancel).ConfigureAwait(false);
        if (!File.Exists(Root(Index)))
        {
            await WriteAsync(Root(Index), LayoutIndex.Empty().ToBytes(), cancel).ConfigureAwait(false);
        }

        if (!File.Exists(Root(Marker)))
        {
            byte[] version = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();
            await WriteAsync(Root(Marker), version, cancel).ConfigureAwait(false);
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
            System.IO.Directory.CreateDirectory(folder);
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

    /// <summary>Opens a file that <see cref="Find"/> gave.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static FileStream OpenBlob(FileInfo file)
    {
        try
        {
            return Open(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(file.FullName, e);
        }
    }

    /// <summary>Whether the blob is there with the right content; all of it is read.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public async Task<bool> HoldsAsync(Digest digest, long length, CancellationToken cancel)
    {
        string path = Blob(digest);
        if (Find(path) is not FileInfo file || file.Length != length)
        {
            return false;
        }

        try
        {
            FileStream stream = Open(file.FullName);
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
    private static FileStream Open(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; EWOULDBLOCK of Linux and of macOS.
    private static bool IsHeld(IOException e) => (uint)e.HResult is 0x80070020 or 0x80070021 or 11 or 35;

    public static SigstoreException Unavailable(string path, Exception e) => new(
        SigstoreErrorCode.FileUnavailable, $"{path} cannot be read or written: {e.Message}", e);
}
