using System.Text;

namespace SigstorePS.Operations;

/// <summary>Something made of a file, ready to be written.</summary>
/// <param name="Format"><c>Bundle</c> or <c>Legacy</c>.</param>
/// <param name="Bundle">Text of the bundle, of the format.</param>
/// <param name="Signature">Text of the bare signature or envelope.</param>
/// <param name="Certificate">PEM text; null: none.</param>
internal sealed record BlobProduct(string Format, string Bundle, string Signature, string? Certificate)
{
    /// <summary>Text of the statement of an attestation.</summary>
    public string? Statement { get; init; }

    /// <summary>Takes where each part was written.</summary>
    public required Action<BlobOutputs> Written { get; init; }
}

/// <summary>
/// Where the signatures or attestations of one file go. What is in the way is told before anything is signed: a log entry cannot be
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

    /// <summary>File for the statement of an attestation; null: none.</summary>
    public string? Statement { get; init; }

    /// <summary>Overwrite what is there.</summary>
    public bool Force { get; init; }

    private IEnumerable<string> All => new[] { Bundle, LegacyBundle, Signature, Certificate, Statement }.OfType<string>();

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
    public Task WriteAsync(IReadOnlyList<BlobSignature> signatures, CancellationToken cancel) => WriteAsync(
        [
            .. signatures.Select(static s => new BlobProduct(s.Format, s.Bundle, s.Signature, s.Certificate)
            {
                Written = to =>
                {
                    s.BundlePath ??= to.Bundle ?? to.LegacyBundle;
                    s.SignaturePath ??= to.Signature;
                    s.CertificatePath ??= to.Certificate;
                },
            }),
        ],
        cancel);

    /// <summary>Writes each file whole or not at all; several bundles are lines of one file.</summary>
    /// <exception cref="SigstoreException">FileExists, FileUnavailable.</exception>
    public async Task WriteAsync(IReadOnlyList<BlobProduct> products, CancellationToken cancel)
    {
        BlobProduct[] bundles = [.. products.Where(static s => s.Format == "Bundle")];
        BlobProduct[] legacy = [.. products.Where(static s => s.Format == "Legacy")];
        if (Bundle is not null && bundles.Length > 0)
        {
            await WriteAsync(Bundle, Lines(bundles), cancel).ConfigureAwait(false);
            Array.ForEach(bundles, s => s.Written(new BlobOutputs { Bundle = Bundle }));
        }

        if (Statement is not null && products is [{ Statement: { } statement }, ..])
        {
            await WriteAsync(Statement, statement, cancel).ConfigureAwait(false);
            products[0].Written(new BlobOutputs { Statement = Statement });
        }

        if (legacy.Length == 0)
        {
            return;
        }

        if (LegacyBundle is not null)
        {
            await WriteAsync(LegacyBundle, Lines(legacy), cancel).ConfigureAwait(false);
            Array.ForEach(legacy, s => s.Written(new BlobOutputs { LegacyBundle = LegacyBundle }));
        }

        if (Signature is not null)
        {
            await WriteAsync(Signature, legacy[0].Signature, cancel).ConfigureAwait(false);
            legacy[0].Written(new BlobOutputs { Signature = Signature });
        }

        if (Certificate is not null && legacy[0].Certificate is { } certificate)
        {
            await WriteAsync(Certificate, certificate, cancel).ConfigureAwait(false);
            legacy[0].Written(new BlobOutputs { Certificate = Certificate });
        }
    }

    private static string Lines(BlobProduct[] products) => products.Length == 1
        ? products[0].Bundle
        : string.Concat(products.Select(static s => s.Bundle + "\n"));

    private Task<string> WriteAsync(string path, string text, CancellationToken cancel) =>
        OutputFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), Force, cancel);
}
