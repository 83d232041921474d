using System.IO.Compression;

namespace SigstorePS.Archives;

/// <summary>Writes a zip that only stores, because layers are compressed already; its bytes depend on the content alone.</summary>
internal sealed class LayoutZip(Stream output) : ILayoutPacker
{
    // -rw-r--r-- of a regular file, where Unix looks for it.
    private const int Mode = unchecked((int)0x81A40000);

    private static readonly DateTimeOffset FirstOfZip = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive _zip = new(output, ZipArchiveMode.Create, leaveOpen: true);

    public async Task AddAsync(string name, Stream content, long length, CancellationToken cancel)
    {
        ZipArchiveEntry entry = _zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = FirstOfZip;
        entry.ExternalAttributes = Mode;
        Stream stream = await entry.OpenAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await PackedCopy.RunAsync(content, stream, name, length, cancel).ConfigureAwait(false);
        }
    }

    public async Task FinishAsync(CancellationToken cancel) => await _zip.DisposeAsync().ConfigureAwait(false);
}
