using SigstorePS.Archives;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Images with all that is attached to them, and what verifies them, in one OCI layout: a directory, or an archive of it.
/// An archive is there when it is whole, and not before.
/// </summary>
internal sealed class ImageExporter(TimeProvider clock)
{
    /// <param name="images">Resolved; one layout holds all of them.</param>
    /// <param name="request">Where to, and what goes along.</param>
    /// <param name="reports">Told what goes along, and what others cannot make of it.</param>
    /// <param name="cancel">Ends it; of an archive nothing is left.</param>
    /// <exception cref="SigstoreException">
    /// As <see cref="ImageCopier.CopyAsync"/>; FileExists, PathNotFound, FileUnavailable, MalformedLayout.
    /// </exception>
    public async Task<SignedImageExport> ExportAsync(
        IReadOnlyList<ImageTarget> images, ExportRequest request, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        request.Demand();
        if (request.Format == ExportFormat.Directory)
        {
            SignedImageExport made = await FillAsync(images, request, request.Path, reports, cancel).ConfigureAwait(false);
            return Describe(made, request, made.Bytes);
        }

        // Beside its place: the same disk, and the same people who may look.
        string folder = Path.Combine(
            Path.GetDirectoryName(request.Path)!, $".{Path.GetFileName(request.Path)}.{Guid.NewGuid():N}");
        try
        {
            CreatePrivate(folder);
            SignedImageExport made = await FillAsync(images, request, folder, reports, cancel).ConfigureAwait(false);
            long bytes = await LayoutPacking
                .WriteAsync(folder, request.Path, request.Format == ExportFormat.Zip, cancel).ConfigureAwait(false);
            return Describe(made, request, bytes);
        }
        finally
        {
            Delete(folder, reports);
        }
    }

    private async Task<SignedImageExport> FillAsync(
        IReadOnlyList<ImageTarget> images, ExportRequest request, string folder, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        ImageLayout layout = new(folder, clock);
        ImageCopier copier = new(clock);
        List<ExportedImage> exported = [];
        List<ImageCopyResult> copied = [];
        foreach (ImageTarget image in images)
        {
            CopyRequest copy = new()
            {
                Include = request.Include,
                Platform = request.Platform,
                TagPrefix = request.TagPrefix,
                Force = request.Force,
            };
            IReadOnlyList<ImageCopyResult> results =
                await copier.CopyAsync(image, layout, copy, reports, cancel).ConfigureAwait(false);
            copied.AddRange(results);
            exported.Add(await ExportedImage.OfAsync(image, results[0].Digest, cancel).ConfigureAwait(false));
        }

        // Names last: what has one is whole.
        HashSet<Digest> children =
            [.. copied.Where(static r => r is { Depth: > 0, Kind: "Image" or "Index" }).Select(static r => Digest.Parse(r.Digest))];
        children.ExceptWith(exported.Select(static e => e.Digest));
        IReadOnlyList<string?> names =
            await layout.NameAsync(index => ExportNames.Give(index, exported, children, request.Force), cancel)
                .ConfigureAwait(false);
        await WriteAsync(folder, ExportedTrust.TrustedRoot, request.TrustedRoot, reports, cancel).ConfigureAwait(false);
        await WriteAsync(folder, ExportedTrust.SigningConfig, request.SigningConfig, reports, cancel)
            .ConfigureAwait(false);
        IReadOnlyList<LayoutImage> all = await layout.ListImagesAsync(cancel).ConfigureAwait(false);
        if (all.Count > 1)
        {
            reports.Report(EngineReport.Verbose(
                $"{request.Path} holds {all.Count} images: 'cosign verify --local-image' reads layouts of one image only."));
        }

        List<ImageCopyResult> distinct = [.. copied.DistinctBy(static r => (r.Destination, r.Digest))];
        return new SignedImageExport
        {
            Path = folder,
            Format = request.Format.ToString(),
            Images = [.. images.Select(static i => i.Text)],
            Digests = [.. exported.Select(static e => e.Digest.ToString())],
            Names = [.. names],
            Artifacts = distinct.Count(static r => r.Kind is not ("Image" or "Index")),
            Bytes = distinct.Sum(static r => r.Size),
            TrustedRootPath = ExportedTrust.TrustedRoot,
            SigningConfigPath = ExportedTrust.SigningConfig,
        };
    }

    private static SignedImageExport Describe(SignedImageExport made, ExportRequest request, long bytes) => new()
    {
        Path = request.Path,
        Format = made.Format,
        Images = made.Images,
        Digests = made.Digests,
        Names = made.Names,
        Artifacts = made.Artifacts,
        Bytes = bytes,
        TrustedRootPath = request.TrustedRoot is null ? null : NameOf(request, ExportedTrust.TrustedRoot),
        SigningConfigPath = request.SigningConfig is null ? null : NameOf(request, ExportedTrust.SigningConfig),
    };

    private static string NameOf(ExportRequest request, string name) =>
        request.Format == ExportFormat.Directory ? Path.Combine(request.Path, name) : name;

    private static async Task WriteAsync(
        string folder, string name, byte[]? content, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        if (content is null)
        {
            return;
        }

        string path = Path.Combine(folder, name);
        if (await ExportedTrust.ReadFileAsync(path, cancel).ConfigureAwait(false) is { } before
            && !before.AsSpan().SequenceEqual(content))
        {
            reports.Report(EngineReport.Warning(
                $"{path} was another one and is replaced: it is for all images of the export."));
        }

        await OutputFile.WriteAsync(path, content, force: true, cancel).ConfigureAwait(false);
    }

    private static void CreatePrivate(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(
                    folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArchiveSource.Unavailable(folder, e);
        }
    }

    private static void Delete(string folder, IProgress<EngineReport> reports)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reports.Report(EngineReport.Warning($"{folder} could not be deleted: {e.Message}"));
        }
    }
}
