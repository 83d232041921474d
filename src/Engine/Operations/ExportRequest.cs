using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>How an export looks.</summary>
internal enum ExportFormat
{
    /// <summary>An OCI layout.</summary>
    Directory,

    /// <summary>A tar of one, not compressed: layers are already.</summary>
    Tar,

    /// <summary>A zip of one, not compressed.</summary>
    Zip,
}

/// <summary>What to export, and where to.</summary>
internal sealed record ExportRequest(string Path)
{
    /// <summary>By the end of the path.</summary>
    public ExportFormat Format { get; init; } = FormatOf(Path);

    public CopyKinds Include { get; init; } = CopyKinds.All;

    public Platform? Platform { get; init; }

    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>Replaces an archive that is there, or the image that has the name in a layout.</summary>
    public bool Force { get; init; }

    /// <summary>JSON; null: none.</summary>
    public byte[]? TrustedRoot { get; init; }

    /// <summary>JSON; null: none.</summary>
    public byte[]? SigningConfig { get; init; }

    /// <exception cref="SigstoreException">
    /// FileExists, PathNotFound; InvalidValue: an archive that would be compressed.
    /// </exception>
    public void Demand()
    {
        if (Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || Path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{Path}': an export is not compressed, because layers are already. Name it .tar or .zip.");
        }

        bool isFile = File.Exists(Path);
        if (Format == ExportFormat.Directory)
        {
            if (isFile)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.FileExists, $"'{Path}' is a file; name a directory, or end it in .tar or .zip.");
            }

            return;
        }

        if (Directory.Exists(Path) || (isFile && !Force))
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists, $"'{Path}' exists; give -Force to overwrite it.");
        }

        if (!Directory.Exists(System.IO.Path.GetDirectoryName(Path)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"The directory of '{Path}' does not exist.");
        }
    }

    public static ExportFormat FormatOf(string path) =>
        path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? ExportFormat.Tar
        : path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? ExportFormat.Zip
        : ExportFormat.Directory;
}
