namespace SigstorePS.Operations;

/// <summary>Writes a file a user asked for: whole or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Writes beside the target, then renames.</summary>
    /// <exception cref="SigstoreException">FileExists, FileUnavailable, PathNotFound.</exception>
    public static async Task<string> WriteAsync(
        string path, ReadOnlyMemory<byte> content, bool force, CancellationToken cancel)
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
            await File.WriteAllBytesAsync(temporary, content, cancel).ConfigureAwait(false);
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
