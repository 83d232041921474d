namespace SigstorePS.Rekor;

/// <summary>
/// Full tiles and bundles of one log on disk. They never change, so they need not be asked for twice. Nothing in here is
/// believed: whoever reads hashes it up to a signed root as if it had come from the network, and takes out what does not
/// fit. A cache that cannot be written is no failure.
/// </summary>
/// <param name="folder">The log's own folder; null for no cache.</param>
/// <param name="limit">Bytes kept.</param>
internal sealed class TileCache(string? folder, long limit = Limits.TileCache)
{
    private readonly Lock _gate = new();
    private long _size = -1;

    /// <summary>The content kept under a path; null when there is none of at most so many bytes.</summary>
    public async Task<byte[]?> ReadAsync(string path, int longest, CancellationToken cancel)
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            string file = Path.Combine(folder, path);
            return File.Exists(file) && new FileInfo(file).Length <= longest
                ? await File.ReadAllBytesAsync(file, cancel).ConfigureAwait(false)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a full tile: whole or not at all, whoever else writes it at the same time.</summary>
    public async Task WriteAsync(string path, byte[] content, CancellationToken cancel)
    {
        if (folder is null)
        {
            return;
        }

        string file = Path.Combine(folder, path);
        string temporary = $"{file}.{Path.GetRandomFileName()}.tmp";
        try
        {
            MakeRoom(content.Length);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(temporary, content, cancel).ConfigureAwait(false);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AmbientReports.Send(EngineReport.Debug($"The tile {path} was not kept: {e.Message}"));
        }
        finally
        {
            Delete(temporary);
        }
    }

    public void Remove(string path)
    {
        if (folder is not null)
        {
            Delete(Path.Combine(folder, path));
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Held open by another reader, or gone with its folder.
        }
    }

    /// <summary>Counts once, and when it is too much drops the oldest until a quarter is free.</summary>
    private void MakeRoom(int bytes)
    {
        lock (_gate)
        {
            DirectoryInfo root = new(folder!);
            if (_size < 0)
            {
                _size = root.Exists ? Files(root).Sum(static file => file.Length) : 0;
            }

            _size += bytes;
            if (_size <= limit)
            {
                return;
            }

            foreach (FileInfo file in Files(root).OrderBy(static file => file.LastWriteTimeUtc))
            {
                if (_size <= limit / 4 * 3)
                {
                    break;
                }

                _size -= file.Length;
                Delete(file.FullName);
            }
        }
    }

    private static FileInfo[] Files(DirectoryInfo root) => root.GetFiles("*", SearchOption.AllDirectories);
}
