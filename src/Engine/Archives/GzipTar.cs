using System.IO.Compression;

namespace SigstorePS.Archives;

/// <summary>
/// A tar.gz can only be read from its beginning, so it is decompressed once, to a file nobody else may read and that is
/// gone with the process: on Unix it loses its name at once, on Windows the system deletes it.
/// </summary>
internal static class GzipTar
{
    private const int BufferSize = 128 * 1024;

    /// <param name="packed">The compressed file.</param>
    /// <param name="most">Bytes it may become, whatever its own size.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">LimitExceeded, MalformedArchive, FileUnavailable.</exception>
    public static async Task<ArchiveSource> ExpandAsync(ArchiveSource packed, long most, CancellationToken cancel)
    {
        most = Math.Min(most, packed.Length > most / Limits.ArchiveRatio ? most : packed.Length * Limits.ArchiveRatio);
        string path = Path.Combine(Path.GetTempPath(), $"sigstoreps-{Guid.NewGuid():N}.tar");
        FileStream file = Create(path);
        try
        {
            GZipStream gzip = new(packed.Slice(0, packed.Length), CompressionMode.Decompress);
            await using (gzip.ConfigureAwait(false))
            {
                await CopyAsync(packed, gzip, file, most, cancel).ConfigureAwait(false);
            }

            return new ArchiveSource(packed.Place, file.SafeFileHandle, file);
        }
        catch (Exception e)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                InvalidDataException => packed.Malformed("is a damaged gzip", e),
                IOException or UnauthorizedAccessException => ArchiveSource.Unavailable(path, e),
                _ => e,
            };
        }
    }

    private static async Task CopyAsync(
        ArchiveSource packed, GZipStream gzip, FileStream file, long most, CancellationToken cancel)
    {
        byte[] buffer = new byte[BufferSize];
        long total = 0;
        int read;
        while ((read = await gzip.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
        {
            total += read;
            if (total > most)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"The archive {packed.Place} grows to over {most} bytes.");
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
        }

        await file.FlushAsync(cancel).ConfigureAwait(false);
    }

    private static FileStream Create(string path)
    {
        try
        {
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 1,
                Options = FileOptions.Asynchronous | (OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None),
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            FileStream file = new(path, options);
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArchiveSource.Unavailable(path, e);
        }
    }
}
