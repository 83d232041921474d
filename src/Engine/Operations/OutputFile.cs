namespace SigstorePS.Operations;

/// <summary>Writes a file a user asked for: whole or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Writes beside the target, then renames.</summary>
    /// <exception cref="SigstoreException">FileExists, FileUnavailable, PathNotFound.</exception>
    public static Task<string> WriteAsync(
        string path, ReadOnlyMemory<byte> content, bool force, CancellationToken cancel) =>
        WriteAsync(path, file => File.WriteAllBytesAsync(file, content, cancel), force);

    /// <summary>The same of a stream, from where it stands to its end. What the stream throws goes through.</summary>
    /// <exception cref="SigstoreException">FileExists, FileUnavailable, PathNotFound.</exception>
    public static Task<string> WriteAsync(string path, Stream content, bool force, CancellationToken cancel) =>
        WriteAsync(path, file => CopyAsync(content, file, cancel), force);

    private static async Task CopyAsync(Stream content, string file, CancellationToken cancel)
    {
        FileStream target = new(
            file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        await using (target.ConfigureAwait(false))
        {
            await content.CopyToAsync(target, cancel).ConfigureAwait(false);
        }
    }

    private static async Task<string> WriteAsync(string path, Func<string, Task> write, bool force)
    {
        string? directory = Path.GetDirectoryName(path);
        if (!Directory.Exists(directory))
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"The directory of '{path}' does not exist.");
        }

        if (!force && File.Exists(path))
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists, $"'{path}' exists; give -Force to overwrite it.");
        }

        string temporary = Path.Combine(directory, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            await write(temporary).ConfigureAwait(false);
            File.Move(temporary, path, force);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be written: {e.Message}", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
