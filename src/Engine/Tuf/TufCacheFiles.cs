using SigstorePS.Encodings;

namespace SigstorePS.Tuf;

/// <summary>
/// Files that several processes read and write: whole or not there, never half. A file that cannot be read is a file
/// that is not there; everything read is verified anyway.
/// </summary>
/// <param name="written">Told after each write; a test throws there, as if the process had been killed.</param>
internal sealed class TufCacheFiles(Action<string>? written = null)
{
    private const int RenameTries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Why nothing can be kept, once a write failed: a full or read-only disk is no reason to trust less.
    /// </summary>
    public string? Broken { get; private set; }

    public static async Task<byte[]?> ReadAsync(string path, long limit, CancellationToken cancel)
    {
        try
        {
            // Delete: on Windows the file could not be replaced while it is read.
            FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (stream.ConfigureAwait(false))
            {
                (byte[] content, bool complete) =
                    await BoundedReader.ReadAsync(stream, limit, announced: null, cancel).ConfigureAwait(false);
                return complete ? content : null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes beside the target, then renames.</summary>
    public async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        if (Broken is not null)
        {
            return;
        }

        string folder = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(temporary, content, cancel).ConfigureAwait(false);
            await RenameAsync(temporary, path, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
            Broken = e.Message;
            AmbientReports.Send(EngineReport.Warning($"The TUF cache in '{folder}' cannot be written: {e.Message}"));
            return;
        }

        written?.Invoke(path);
    }

    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AmbientReports.Send(EngineReport.Debug($"'{path}' stays: {e.Message}"));
        }
    }

    public static void DeleteFolder(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AmbientReports.Send(EngineReport.Debug($"'{path}' stays: {e.Message}"));
        }
    }

    // Windows refuses while a virus scanner or an old reader has the target open.
    private static async Task RenameAsync(string from, string to, CancellationToken cancel)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                File.Move(from, to, overwrite: true);
                return;
            }
            catch (Exception e) when (
                e is IOException or UnauthorizedAccessException && tries < RenameTries && File.Exists(to))
            {
                await Task.Delay(Pause, cancel).ConfigureAwait(false);
            }
        }
    }
}
