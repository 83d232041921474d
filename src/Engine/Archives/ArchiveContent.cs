using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Archives;

/// <summary>
/// The layout in an archive: at its root, or in the one folder that holds everything, as <c>tar -c layout</c> makes it.
/// </summary>
internal sealed class ArchiveContent : ILayoutContent
{
    // Not the time of anything: it tells that nothing changes.
    private static readonly DateTime Unchanging = DateTime.UnixEpoch;

    private readonly ArchiveSource _source;
    private readonly ArchiveTable _table;
    private readonly string _root;

    private ArchiveContent(ArchiveSource source, ArchiveTable table)
    {
        _source = source;
        _table = table;
        _root = table.Find(LayoutName.Marker) is null && FolderOf(table) is { } folder ? $"{folder}/" : string.Empty;
    }

    public string Place => _source.Place;

    public TimeProvider Time => TimeProvider.System;

    public bool Exists => true;

    /// <summary>Whether a file begins like an archive that is read here.</summary>
    /// <param name="start">The first <see cref="TarHeader.Size"/> bytes, or all of a shorter file.</param>
    public static bool IsArchive(ReadOnlySpan<byte> start) => IsZip(start) || IsGzip(start) || IsTar(start);

    /// <summary>Indexes an archive. A tar.gz is decompressed for as long as the process lives.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, MalformedArchive, LimitExceeded, Unsupported.
    /// </exception>
    public static async Task<ArchiveContent> OpenAsync(string path, CancellationToken cancel)
    {
        ArchiveSource source = ArchiveSource.Open(path);
        try
        {
            byte[] start = new byte[Math.Min(TarHeader.Size, source.Length)];
            await source.ReadAsync(0, start, cancel).ConfigureAwait(false);
            if (IsZip(start))
            {
                return new ArchiveContent(source, await ZipIndex.ReadAsync(source, cancel).ConfigureAwait(false));
            }

            if (IsGzip(start))
            {
                using ArchiveSource packed = source;
                source = await GzipTar.ExpandAsync(packed, Limits.ArchiveExpanded, cancel).ConfigureAwait(false);
            }
            else if (!IsTar(start))
            {
                throw source.Malformed("is neither a tar, a tar.gz nor a zip");
            }

            return new ArchiveContent(source, await TarIndex.ReadAsync(source, cancel).ConfigureAwait(false));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public LayoutFile? Find(string name) =>
        _table.Find(_root + name) is { } entry ? new LayoutFile(entry.Length, Unchanging) : null;

    public async Task<byte[]?> ReadAsync(string name, long limit, CancellationToken cancel)
    {
        if (_table.Find(_root + name) is not { } entry)
        {
            return null;
        }

        if (entry.Length > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"'{entry.Name}' in the archive {Place} has {entry.Length} bytes, over {limit}.");
        }

        byte[] content = new byte[entry.Length];
        Stream stream = Open(entry);
        await using (stream.ConfigureAwait(false))
        {
            await stream.ReadExactlyAsync(content, cancel).ConfigureAwait(false);
        }

        return content;
    }

    public Stream? Open(string name) => _table.Find(_root + name) is { } entry ? Open(entry) : null;

    public IEnumerable<(Digest Digest, LayoutFile File)> Blobs()
    {
        string blobs = $"{_root}{LayoutName.Blobs}/";
        foreach (ArchiveEntry entry in _table.Files)
        {
            if (entry.Name.StartsWith(blobs, StringComparison.Ordinal)
                && entry.Name[blobs.Length..].Split('/') is [{ } algorithm, { } hex]
                && Digest.TryParse($"{algorithm}:{hex}", out Digest? digest))
            {
                yield return (digest, new LayoutFile(entry.Length, Unchanging));
            }
        }
    }

    public DateTime[] BlobTimes() => [Unchanging];

    public SigstoreException Malformed(string what, Exception? inner = null) =>
        _source.Malformed($"holds no OCI layout: it {what}", inner);

    /// <summary>The failure of an archive that holds a layout and something else besides.</summary>
    public SigstoreException Ambiguous(string what) => _source.Malformed(what);

    /// <summary>Whether a file is at the root of the archive, and whether that is the root of the layout.</summary>
    public (bool Exists, bool IsInLayout) AtRoot(string name) => (_table.Find(name) is not null, _root.Length == 0);

    private static string? FolderOf(ArchiveTable table)
    {
        List<string> folders =
        [
            .. table.Files.Select(static file => file.Name.Split('/'))
                .Where(static parts => parts is [_, LayoutName.Marker]).Select(static parts => parts[0]).Take(2),
        ];
        return folders is [{ } only] ? only : null;
    }

    private static bool IsZip(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8);

    private static bool IsGzip(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);

    private static bool IsTar(ReadOnlySpan<byte> start) => start.Length == TarHeader.Size && TarHeader.IsMagic(start);

    private Stream Open(ArchiveEntry entry) =>
        entry.IsDeflated ? new InflatedEntry(_source, entry) : _source.Slice(entry.Offset, entry.Length);
}
