namespace SigstorePS.Encodings;

/// <summary>
/// Reads whole files, bounded, to their end and not to the length they say: a pipe has none, and files of the kernel and
/// growing ones a wrong one.
/// </summary>
internal static class BoundedFile
{
    private const int Piece = 16 * 1024;

    /// <summary>The content.</summary>
    /// <param name="path">Of the file, also for messages.</param>
    /// <param name="limit">Bytes.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static async Task<byte[]> ReadAsync(string path, long limit, CancellationToken cancel) =>
        await TryReadAsync(path, limit, cancel).ConfigureAwait(false) ?? throw new SigstoreException(
            SigstoreErrorCode.FileUnavailable, $"'{PlainText.Clean(path)}' does not exist.");

    /// <summary>The content; null when there is no such file.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static async Task<byte[]?> TryReadAsync(string path, long limit, CancellationToken cancel)
    {
        try
        {
            FileStream stream = Open(path, FileOptions.Asynchronous);
            await using (stream.ConfigureAwait(false))
            {
                return await ReadAsync(stream, path, limit, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsAbsent(e))
        {
            return null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The content of a small file, for callers that have nothing to await with; null when there is none.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static byte[]? TryRead(string path, long limit)
    {
        try
        {
            using FileStream stream = Open(path, FileOptions.None);
            using MemoryStream content = new(stream.CanSeek ? (int)Math.Min(stream.Length, limit) : 0);
            byte[] piece = new byte[Piece];
            for (int read; (read = stream.Read(piece)) > 0;)
            {
                content.Write(piece, 0, read);
                if (content.Length > limit)
                {
                    throw TooLong(path, limit);
                }
            }

            return content.ToArray();
        }
        catch (Exception e) when (IsAbsent(e))
        {
            return null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The rest of a stream that is called <paramref name="name"/>.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, string name, long limit, CancellationToken cancel)
    {
        // What the file says it has is read into one buffer, and what comes after that as well.
        byte[] said = stream is FileStream { CanSeek: true } file ? new byte[Math.Min(file.Length, limit)] : [];
        int read = await stream.ReadAtLeastAsync(said, said.Length, throwOnEndOfStream: false, cancel)
            .ConfigureAwait(false);
        (byte[] rest, bool complete) =
            await BoundedReader.ReadAsync(stream, limit - read, announced: null, cancel).ConfigureAwait(false);
        return !complete ? throw TooLong(name, limit)
            : rest.Length == 0 && read == said.Length ? said
            : [.. said.AsSpan(0, read), .. rest];
    }

    // Delete: on Windows the file could not be replaced while it is read.
    private static FileStream Open(string path, FileOptions options) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
        options | FileOptions.SequentialScan);

    private static bool IsAbsent(Exception e) => e is FileNotFoundException or DirectoryNotFoundException;

    private static bool IsUnreadable(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static SigstoreException Unreadable(string path, Exception e) => new(
        SigstoreErrorCode.FileUnavailable, $"'{PlainText.Clean(path)}' cannot be read: {PlainText.Clean(e.Message)}", e);

    private static SigstoreException TooLong(string name, long limit) => new(
        SigstoreErrorCode.LimitExceeded,
        $"'{PlainText.Clean(name)}' has more than {limit} bytes, which is all that is read.");
}
