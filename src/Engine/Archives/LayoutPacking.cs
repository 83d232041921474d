using SigstorePS.Oci;

namespace SigstorePS.Archives;

/// <summary>
/// A layout directory as one file: the marker, index.json, the other files of the root, then the blobs by digest. The same
/// layout always gives the same bytes.
/// </summary>
internal static class LayoutPacking
{
    private const string LockFile = "index.json.lock";

    /// <summary>Writes the archive beside its place, then gives it its name.</summary>
    /// <param name="directory">Full path of the layout.</param>
    /// <param name="path">Full path of the archive; one that is there is replaced.</param>
    /// <param name="isZip">A zip; else a tar.</param>
    /// <param name="cancel">Ends it; nothing is left.</param>
    /// <returns>Bytes of the archive.</returns>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<long> WriteAsync(string directory, string path, bool isZip, CancellationToken cancel)
    {
        string temporary = Path.Combine(
            Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            long length;
            FileStream output = new(
                temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1024 * 1024,
                FileOptions.Asynchronous);
            await using (output.ConfigureAwait(false))
            {
                await PackAsync(directory, isZip ? new LayoutZip(output) : new LayoutTar(output), cancel)
                    .ConfigureAwait(false);
                await output.FlushAsync(cancel).ConfigureAwait(false);
                length = output.Length;
            }

            File.Move(temporary, path, overwrite: true);
            return length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArchiveSource.Unavailable(path, e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task PackAsync(string directory, ILayoutPacker packer, CancellationToken cancel)
    {
        foreach (string name in Names(directory))
        {
            FileStream content = new(
                Path.Combine(directory, name), FileMode.Open, FileAccess.Read, FileShare.Read, 1,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            await using (content.ConfigureAwait(false))
            {
                await packer.AddAsync(name, content, content.Length, cancel).ConfigureAwait(false);
            }
        }

        await packer.FinishAsync(cancel).ConfigureAwait(false);
    }

    private static IEnumerable<string> Names(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(directory, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(static name => name != LockFile)
            .OrderBy(static name => name switch
            {
                LayoutName.Marker => 0,
                LayoutName.Index => 1,
                _ => name.Contains('/', StringComparison.Ordinal) ? 3 : 2,
            })
            .ThenBy(static name => name, StringComparer.Ordinal);
}
