using System.Collections.Concurrent;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Where -OutFile puts SBOMs: one in a file, or each in a file of its own in a folder.</summary>
internal sealed class SbomFiles(string path, bool force)
{
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);
    private int _written;

    private bool IsFile { get; } = !Directory.Exists(path) && !Path.EndsInDirectorySeparator(path);

    /// <summary>Writes the SBOMs of one image.</summary>
    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy: several for one file; nothing is written then. FileExists, FileUnavailable, PathNotFound, and
    /// whatever the store throws.
    /// </exception>
    public async Task WriteAsync(ImageTarget target, IReadOnlyList<FoundSbom> found, CancellationToken cancel)
    {
        if (IsFile && (found.Count > 1 || Interlocked.Exchange(ref _written, 1) == 1))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"There are several SBOMs for the one file '{path}': pick one with -Type, or give a folder as -OutFile.");
        }

        if (!IsFile)
        {
            MakeFolder();
        }

        foreach (FoundSbom sbom in found)
        {
            string file = IsFile ? path : Path.Combine(path, Name(sbom.Sbom));

            // The same SBOM in two places, under the tag and as a referrer say, is one file.
            if (!IsFile && !_names.TryAdd(file, sbom.Sbom.SbomDigest) && _names[file] == sbom.Sbom.SbomDigest)
            {
                sbom.Sbom.Path = file;
                continue;
            }

            await SbomReader.SaveAsync(target, sbom, file, force, cancel).ConfigureAwait(false);
        }
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"The directory '{path}' cannot be made: {e.Message}", e);
        }
    }

    /// <summary>
    /// The image, the SBOM and what it is. Only the last is a text from outside, and only letters and digits of it.
    /// </summary>
    private static string Name(ImageSbom sbom) =>
        $"{sbom.Digest.Replace(':', '-')}.{sbom.SbomDigest.Split(':')[^1][..12]}.{Plain(sbom.Type)}.{Plain(sbom.Format)}";

    private static string Plain(string text) =>
        string.Concat(text.Where(char.IsAsciiLetterOrDigit).Take(16)) is { Length: > 0 } plain ? plain : "sbom";
}
