using System.Text;

namespace SigstorePS.Operations;

/// <summary>
/// Where the signatures of one file go. What is in the way is told before anything is signed: a log entry cannot be
/// taken back.
/// </summary>
internal sealed record BlobOutputs
{
    /// <summary>File for bundles; null: none is written.</summary>
    public string? Bundle { get; init; }

    /// <summary>File for the bundle of the older format; null: none is written.</summary>
    public string? LegacyBundle { get; init; }

    /// <summary>File for the bare signature of the older format; null: none.</summary>
    public string? Signature { get; init; }

    /// <summary>File for the certificate of the older format; null: none.</summary>
    public string? Certificate { get; init; }

    /// <summary>Overwrite what is there.</summary>
    public bool Force { get; init; }

    private IEnumerable<string> All => new[] { Bundle, LegacyBundle, Signature, Certificate }.OfType<string>();

    /// <exception cref="SigstoreException">FileExists, PathNotFound.</exception>
    public void Reserve()
    {
        foreach (string path in All)
        {
            if (!Directory.Exists(Path.GetDirectoryName(path)))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.PathNotFound, $"The directory of '{path}' does not exist.");
            }

            if (!Force && File.Exists(path))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.FileExists, $"'{path}' exists; give -Force to overwrite it.");
            }
        }
    }

    /// <summary>Writes each file whole or not at all; several bundles are lines of one file.</summary>
    /// <exception cref="SigstoreException">FileExists, FileUnavailable.</exception>
    public async Task WriteAsync(IReadOnlyList<BlobSignature> signatures, CancellationToken cancel)
    {
        BlobSignature[] bundles = [.. signatures.Where(static s => s.Format == "Bundle")];
        BlobSignature[] legacy = [.. signatures.Where(static s => s.Format == "Legacy")];
        if (Bundle is not null && bundles.Length > 0)
        {
            await WriteAsync(Bundle, Lines(bundles), cancel).ConfigureAwait(false);
            Array.ForEach(bundles, s => s.BundlePath = Bundle);
        }

        if (legacy.Length == 0)
        {
            return;
        }

        if (LegacyBundle is not null)
        {
            await WriteAsync(LegacyBundle, Lines(legacy), cancel).ConfigureAwait(false);
            Array.ForEach(legacy, s => s.BundlePath = LegacyBundle);
        }

        if (Signature is not null)
        {
            await WriteAsync(Signature, legacy[0].Signature, cancel).ConfigureAwait(false);
            legacy[0].SignaturePath = Signature;
        }

        if (Certificate is not null && legacy[0].Certificate is { } certificate)
        {
            await WriteAsync(Certificate, certificate, cancel).ConfigureAwait(false);
            legacy[0].CertificatePath = Certificate;
        }
    }

    private static string Lines(BlobSignature[] signatures) => signatures.Length == 1
        ? signatures[0].Bundle
        : string.Concat(signatures.Select(static s => s.Bundle + "\n"));

    private Task<string> WriteAsync(string path, string text, CancellationToken cancel) =>
        OutputFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), Force, cancel);
}
