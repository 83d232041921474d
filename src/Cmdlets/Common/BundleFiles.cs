using System.Globalization;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Where -BundlePath puts bundles: one file, or a directory with a file for each image, key and predicate type. A file
/// that would be overwritten is refused before anything is signed.
/// </summary>
internal sealed class BundleFiles(string path, bool force)
{
    private readonly HashSet<Digest> _reserved = [];
    private readonly Lock _gate = new();

    public bool IsFile { get; } = !Directory.Exists(path) && !Path.EndsInDirectorySeparator(path);

    /// <exception cref="SigstoreException">FileExists, FileUnavailable, PathNotFound.</exception>
    public void Reserve(Digest image)
    {
        DemandFolder();
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

            signature.BundlePath = await WriteAsync(
                Name(signature.Digest, signature.KeyId, string.Empty), signature.Bundle, cancel).ConfigureAwait(false);
        }
    }

    public async Task WriteAsync(IReadOnlyList<ImageAttestation> attestations, CancellationToken cancel)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (ImageAttestation attestation in attestations)
        {
            if (attestation.Bundle is null)
            {
                continue;
            }

            // Two of one type: a scan of today and one of yesterday, say.
            string type = $".{PredicateTypes.FileName(attestation.PredicateType)}";
            string name = Name(attestation.Digest, attestation.KeyId, type);
            for (int i = 2; !names.Add(name); i++)
            {
                name = Name(
                    attestation.Digest, attestation.KeyId, string.Create(CultureInfo.InvariantCulture, $"{type}-{i}"));
            }

            attestation.BundlePath = await WriteAsync(name, attestation.Bundle, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Before anything is signed: a bundle with nowhere to go would be lost, and its log entry stay.</summary>
    private void DemandFolder()
    {
        if (IsFile)
        {
            if (!Directory.Exists(Path.GetDirectoryName(path)))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.PathNotFound, $"The directory of '{path}' does not exist.");
            }

            return;
        }

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

    private async Task<string> WriteAsync(string name, string bundle, CancellationToken cancel)
    {
        string file = IsFile ? path : Path.Combine(path, name);
        return await OutputFile.WriteAsync(file, Encoding.UTF8.GetBytes(bundle), force, cancel).ConfigureAwait(false);
    }

    private static string Name(string digest, string? keyId, string type) =>
        $"{digest.Replace(':', '-')}.{keyId?[..12]}{type}.sigstore.json";
}
