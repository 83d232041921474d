using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Where -BundlePath puts bundles: one file, or a directory with a file for each image and key. A file that would be
/// overwritten is refused before anything is signed.
/// </summary>
internal sealed class BundleFiles(string path, bool force)
{
    private readonly HashSet<Digest> _reserved = [];
    private readonly Lock _gate = new();

    public bool IsFile { get; } = !Directory.Exists(path) && !Path.EndsInDirectorySeparator(path);

    /// <exception cref="SigstoreException">FileExists.</exception>
    public void Reserve(Digest image)
    {
        lock (_gate)
        {
            if (!IsFile)
            {
                _reserved.Add(image);
                return;
            }

            if (!_reserved.Add(image) || _reserved.Count > 1)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.FileExists,
                    $"'{path}' was written for another image of this command; give a directory as -BundlePath.");
            }
        }

        if (!force && File.Exists(path))
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists, $"'{path}' exists; give -Force to overwrite it.");
        }
    }

    public async Task WriteAsync(IReadOnlyList<ImageSignature> signatures, CancellationToken cancel)
    {
        foreach (ImageSignature signature in signatures)
        {
            if (signature.Bundle is null)
            {
                continue;
            }

            string file = IsFile ? path : Path.Combine(path, Name(signature));
            if (!IsFile)
            {
                Directory.CreateDirectory(path);
            }

            signature.BundlePath = await OutputFile
                .WriteAsync(file, Encoding.UTF8.GetBytes(signature.Bundle), force, cancel).ConfigureAwait(false);
        }
    }

    private static string Name(ImageSignature signature) =>
        $"{signature.Digest.Replace(':', '-')}.{signature.KeyId?[..12]}.sigstore.json";
}
