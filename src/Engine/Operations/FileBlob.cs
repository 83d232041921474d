using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>A file that becomes a blob: hashed in one pass and then sent from the disk, however large it is.</summary>
internal sealed record FileBlob(string Path, Digest Digest, long Length)
{
    /// <summary>Hashes a file.</summary>
    /// <exception cref="SigstoreException">PathNotFound, FileUnavailable.</exception>
    public static Task<FileBlob> HashAsync(string path, CancellationToken cancel) =>
        OpenAsync(path, stream => HashAsync(path, stream, cancel));

    /// <summary>Hashes what is left of an open file.</summary>
    public static async Task<FileBlob> HashAsync(string path, FileStream stream, CancellationToken cancel)
    {
        byte[] hash = await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false);
        return new FileBlob(path, Digest.FromHash(HashAlgorithmName.SHA256, hash), stream.Position);
    }

    /// <summary>Opens a file for as long as it is read.</summary>
    /// <exception cref="SigstoreException">PathNotFound, FileUnavailable.</exception>
    public static Task<T> OpenAsync<T>(string path, Func<FileStream, Task<T>> read) => AttemptAsync(path, async () =>
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return await read(stream).ConfigureAwait(false);
        }
    });

    /// <summary>Sends the file, unless the store has it.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, and whatever the store throws: that of a file which has changed since, too.
    /// </exception>
    public Task WriteAsync(IImageStore store, CancellationToken cancel) => AttemptAsync(Path, async () =>
    {
        await store.WriteBlobAsync(Digest, _ => Task.FromResult<Stream>(File.OpenRead(Path)), Length, cancel)
            .ConfigureAwait(false);
        return true;
    });

    private static async Task<T> AttemptAsync<T>(string path, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"There is no file '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
