using SigstorePS.Archives;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>
/// The trust root and signing configuration that an export carries beside its images. They are read only where somebody
/// names the export as the trust root: whoever made it chose them.
/// </summary>
internal static class ExportedTrust
{
    public const string TrustedRoot = "trusted_root.json";
    public const string SigningConfig = "signing_config.json";

    private const int Start = 512;

    /// <summary>The file of that name in a directory or an archive; null when the path is a file of another kind.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound: the export has none; FileUnavailable, LimitExceeded, MalformedArchive.
    /// </exception>
    public static async Task<byte[]?> ReadAsync(
        string path, string name, Func<string, ArchiveLayout> open, CancellationToken cancel)
    {
        if (Directory.Exists(path))
        {
            return await ReadFileAsync(Path.Combine(path, name), cancel).ConfigureAwait(false) ?? throw Missing(path, name);
        }

        if (!await IsArchiveAsync(path, cancel).ConfigureAwait(false))
        {
            return null;
        }

        return await open(path).ReadFileAsync(name, Limits.TrustedRoot, cancel).ConfigureAwait(false)
            ?? throw Missing(path, name);
    }

    /// <summary>A file of at most <see cref="Limits.TrustedRoot"/> bytes; null when there is none.</summary>
    public static async Task<byte[]?> ReadFileAsync(string path, CancellationToken cancel)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            return null;
        }

        // Empty, it is not even opened: a pipe has no length either, and unpacking makes pipes as well.
        return file.Length == 0 ? [] : await BoundedFile.ReadAsync(path, Limits.TrustedRoot, cancel).ConfigureAwait(false);
    }

    private static async Task<bool> IsArchiveAsync(string path, CancellationToken cancel)
    {
        try
        {
            // A pipe has no length; what comes out of it is read as a file is, once.
            if (new FileInfo(path) is not { Exists: true, Length: > 0 })
            {
                return false;
            }

            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (file.ConfigureAwait(false))
            {
                byte[] start = new byte[Start];
                int read = await file.ReadAtLeastAsync(start, Start, false, cancel).ConfigureAwait(false);
                return ArchiveContent.IsArchive(start.AsSpan(0, read));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static SigstoreException Missing(string path, string name) => new(
        SigstoreErrorCode.PathNotFound,
        $"'{path}' has no {name}: it was exported without one. Name a trust root of another source.");
}
