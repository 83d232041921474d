using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// The files of an OCI layout, wherever they are: a directory that others may write to meanwhile, or an archive.
/// </summary>
internal interface ILayoutContent
{
    /// <summary>Full path of the directory or archive.</summary>
    string Place { get; }

    TimeProvider Time { get; }

    bool Exists { get; }

    /// <summary>What a file is right now; null when there is none.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    LayoutFile? Find(string name);

    /// <summary>The whole file; null when there is none.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable, MalformedArchive.</exception>
    Task<byte[]?> ReadAsync(string name, long limit, CancellationToken cancel);

    /// <summary>The file as a stream; null when there is none.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    Stream? Open(string name);

    /// <summary>All blobs, in no order.</summary>
    IEnumerable<(Digest Digest, LayoutFile File)> Blobs();

    /// <summary>When blobs were last added or removed; as long as it stays the same, none were.</summary>
    DateTime[] BlobTimes();

    /// <summary>The failure of a place that holds no layout.</summary>
    /// <param name="what">Follows on "it", such as "has no index.json".</param>
    /// <param name="inner">Why.</param>
    SigstoreException Malformed(string what, Exception? inner = null);
}

/// <summary>Size of a file in bytes, and when it was written.</summary>
internal readonly record struct LayoutFile(long Length, DateTime Written);

/// <summary>Names of the files of a layout, with slashes (OCI image-spec, image-layout.md).</summary>
internal static class LayoutName
{
    public const string Marker = "oci-layout";
    public const string Index = "index.json";
    public const string Blobs = "blobs";

    public static string BlobFolder(string algorithm) => $"{Blobs}/{algorithm}";

    /// <summary>The digest has been parsed, so that its two parts can be nothing but names.</summary>
    public static string Of(Digest digest) => $"{BlobFolder(digest.Algorithm)}/{digest.Hex}";
}
