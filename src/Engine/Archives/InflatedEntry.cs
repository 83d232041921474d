using System.IO.Compression;
using SigstorePS.Encodings;

namespace SigstorePS.Archives;

/// <summary>A deflated entry, which gives as many bytes as its header says, or fails.</summary>
internal sealed class InflatedEntry(ArchiveSource source, ArchiveEntry entry) : ForwardStream
{
    private readonly DeflateStream _inflated =
        new(source.Slice(entry.Offset, entry.Packed), CompressionMode.Decompress);

    private long _read;

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }

        try
        {
            int read = await _inflated.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _read += read;

            // The end is looked for with the last byte: who knows the length does not read on.
            bool ends = _read < entry.Length || read == 0
                || await _inflated.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) == 0;
            return ends && _read <= entry.Length && (read > 0 || _read == entry.Length)
                ? read
                : throw source.Malformed($"has an entry of two sizes, '{entry.Name}'");
        }
        catch (InvalidDataException e)
        {
            throw source.Malformed($"has a damaged entry, '{entry.Name}'", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflated.Dispose();
        }

        base.Dispose(disposing);
    }
}
