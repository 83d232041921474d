using System.Net;
using System.Net.Http.Headers;

namespace SigstorePS.Http;

/// <summary>
/// A body that is opened when it is sent and goes out piece by piece, so that it is never in memory as a whole.
/// </summary>
internal sealed class OutgoingContent : HttpContent
{
    private const int Buffer = 128 * 1024;
    private readonly Func<CancellationToken, Task<Stream>> _open;
    private readonly long _length;
    private readonly bool _leaveOpen;

    /// <param name="open">Opens it; what it gives is disposed when <paramref name="leaveOpen"/> is false.</param>
    /// <param name="length">Bytes; more are not read.</param>
    /// <param name="leaveOpen">The stream goes on in the next request.</param>
    public OutgoingContent(Func<CancellationToken, Task<Stream>> open, long length, bool leaveOpen)
    {
        _open = open;
        _length = length;
        _leaveOpen = leaveOpen;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        Headers.ContentLength = length;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream source = await _open(cancellationToken).ConfigureAwait(false);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            for (long left = _length; left > 0;)
            {
                int read = await source
                    .ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, Buffer)), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.FileUnavailable, $"What was to be sent ended {left} bytes early.");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            if (!_leaveOpen)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
