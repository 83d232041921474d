using System.Text;

namespace SigstorePS.Operations;

/// <summary>Gives out what is in an SBOM: as a file of any size, or as a text that is small enough.</summary>
internal static class SbomReader
{
    /// <summary>Streams it into a file: whole and with the digest that its manifest says, or not at all.</summary>
    /// <exception cref="SigstoreException">
    /// FileExists, FileUnavailable, PathNotFound, BlobNotFound, DigestMismatch, and whatever the store throws.
    /// </exception>
    public static async Task SaveAsync(
        ImageTarget target, FoundSbom found, string path, bool force, CancellationToken cancel)
    {
        Stream content = found.Inline is { } inline
            ? new MemoryStream(inline)
            : await target.SignatureStore.OpenBlobAsync(found.Blob, cancel).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            found.Sbom.Path = await OutputFile.WriteAsync(path, content, force, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Its text; null, with a warning, when it is larger than <see cref="Limits.SbomText"/>.</summary>
    public static async Task ReadAsync(
        ImageTarget target, FoundSbom found, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        if (found.Blob.Size > Limits.SbomText)
        {
            reports.Report(EngineReport.Warning(
                $"The SBOM {found.Sbom.SbomDigest} has {found.Blob.Size} bytes, over {Limits.SbomText}: it is given out with "
                + "-OutFile only."));
            return;
        }

        byte[] content = found.Inline
            ?? await target.SignatureStore.ReadBlobAsync(found.Blob, Limits.SbomText, cancel).ConfigureAwait(false);
        found.Sbom.Content = Encoding.UTF8.GetString(content);
    }
}
