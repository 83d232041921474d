using SigstorePS.Encodings;

namespace SigstorePS.Archives;

/// <summary>A part of an archive. It ends where it was said to, or fails.</summary>
internal sealed class ArchiveSlice(ArchiveSource source, long offset, long length) : ForwardStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int wanted = (int)Math.Min(buffer.Length, length - _read);
        if (wanted == 0)
        {
            return 0;
        }

        int read = await source.ReadSomeAsync(offset + _read, buffer[..wanted], cancellationToken)
            .ConfigureAwait(false);
        _read += read;
        return read > 0 ? read : throw source.Malformed("is cut off");
    }
}
