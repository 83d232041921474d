using Microsoft.Win32.SafeHandles;

namespace SigstorePS.Archives;

/// <summary>The bytes of an archive, read from any place by any number of readers.</summary>
internal sealed class ArchiveSource : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly IDisposable _owner;

    /// <param name="place">Path of the archive, for messages.</param>
    /// <param name="file">Open for reading.</param>
    /// <param name="owner">What is disposed with this; null: the file.</param>
    public ArchiveSource(string place, SafeFileHandle file, IDisposable? owner = null)
    {
        Place = place;
        _file = file;
        _owner = owner ?? file;
        Length = RandomAccess.GetLength(file);
    }

    public string Place { get; }

    public long Length { get; }

    /// <exception cref="SigstoreException">PathNotFound, FileUnavailable, MalformedArchive: it is empty.</exception>
    public static ArchiveSource Open(string path)
    {
        try
        {
            FileInfo info = new(path);
            FileInfo file = info.LinkTarget is null
                ? info : (FileInfo?)info.ResolveLinkTarget(returnFinalTarget: true) ?? info;

            // A pipe or device has no length: opening one could wait for ever.
            if (!file.Exists)
            {
                throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"There is no file {path}.");
            }

            return file.Length == 0
                ? throw new SigstoreException(SigstoreErrorCode.MalformedArchive, $"The file {path} is empty.")
                : new ArchiveSource(path, File.OpenHandle(
                    file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete,
                    FileOptions.Asynchronous | FileOptions.RandomAccess));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, e);
        }
    }

    public static SigstoreException Unavailable(string path, Exception e) =>
        new(SigstoreErrorCode.FileUnavailable, $"{path} cannot be read or written: {e.Message}", e);

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="SigstoreException">MalformedArchive: it ends before that; FileUnavailable.</exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel)
    {
        if (offset < 0 || offset > Length - buffer.Length)
        {
            throw Malformed("is cut off");
        }

        while (buffer.Length > 0)
        {
            int read = await ReadSomeAsync(offset, buffer, cancel).ConfigureAwait(false);
            if (read == 0)
            {
                throw Malformed("is cut off");
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    /// <summary>Reads what there is, at least a byte unless the archive ends here.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public async ValueTask<int> ReadSomeAsync(long offset, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return await RandomAccess.ReadAsync(_file, buffer, offset, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(Place, e);
        }
    }

    /// <summary>Some bytes of the archive, as a stream that is read once.</summary>
    public Stream Slice(long offset, long length) => new ArchiveSlice(this, offset, length);

    public SigstoreException Malformed(string what, Exception? inner = null) =>
        new(SigstoreErrorCode.MalformedArchive, $"The archive {Place} {what}.", inner);

    public void Dispose() => _owner.Dispose();
}
