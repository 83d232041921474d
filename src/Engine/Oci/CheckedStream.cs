using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// A blob on its way: what is read from it is hashed, and the last piece is given out only when size and digest are
/// right. A writer counts bytes, so a check after the last one would come when the wrong content is already complete.
/// </summary>
/// <param name="inner">The content; disposed with this.</param>
/// <param name="blob">What it has to be.</param>
/// <param name="where">For messages, such as <c>ghcr.io/acme/app</c>.</param>
/// <param name="unavailable">Makes the failure of (where, IOException); null: it passes through.</param>
internal sealed class CheckedStream(
    Stream inner, Descriptor blob, string where, Func<string, Exception, SigstoreException>? unavailable = null)
    : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(blob.Digest.HashName);
    private long _total;
    private bool _ended;

    /// <exception cref="SigstoreException">LimitExceeded: nobody copies a blob of that size.</exception>
    public static void DemandSize(Descriptor blob)
    {
        if (blob.Size > Limits.CopyBlob)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The blob {blob.Digest} has {blob.Size} bytes; at most {Limits.CopyBlob} are read.");
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        int read = await NextAsync(buffer, cancellationToken).ConfigureAwait(false);
        _total += read;
        if (_total > blob.Size)
        {
            throw Mismatch("has more bytes than the");
        }

        _hash.AppendData(buffer.Span[..read]);
        if (_total < blob.Size)
        {
            return read > 0 ? read : throw Mismatch($"ended after {_total} of the");
        }

        if (Digest.FromHash(blob.Digest.HashName, _hash.GetHashAndReset()) != blob.Digest)
        {
            throw Mismatch("is something else, though of the");
        }

        byte[] beyond = new byte[1];
        if (read > 0 && await NextAsync(beyond, cancellationToken).ConfigureAwait(false) > 0)
        {
            throw Mismatch("has more bytes than the");
        }

        _ended = true;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (unavailable is not null && e is IOException or UnauthorizedAccessException)
        {
            throw unavailable!($"The blob {blob.Digest} of {where}", e);
        }
    }

    private SigstoreException Mismatch(string what) => new(
        SigstoreErrorCode.DigestMismatch, $"The blob {blob.Digest} of {where} {what} {blob.Size} bytes it should have.");
}
