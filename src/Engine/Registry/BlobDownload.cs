using System.Net;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>
/// The bytes of one blob as the registry sends them, unchecked. Where the connection breaks or stalls, the rest is
/// asked for (RFC 9110 section 14.2); a server that sends the whole again has its beginning read past.
/// </summary>
internal sealed class BlobDownload : ForwardStream
{
    // So much further on, a connection that breaks is a new misfortune and not the same one.
    private const long Progress = 64 * 1024 * 1024;
    private const int SkipBuffer = 64 * 1024;

    private readonly RegistryRepository _repository;
    private readonly Descriptor _blob;
    private readonly Uri _address;
    private Stream _current;
    private long _position;
    private long _brokeAt;
    private int _breaks;
    private bool _ignoresRanges;

    private BlobDownload(RegistryRepository repository, Descriptor blob, Uri address, Stream first)
    {
        _repository = repository;
        _blob = blob;
        _address = address;
        _current = first;
    }

    /// <exception cref="SigstoreException">BlobNotFound, DigestMismatch, Registry*, Timeout.</exception>
    public static async Task<BlobDownload> OpenAsync(
        RegistryRepository repository, Descriptor blob, CancellationToken cancel)
    {
        Uri address = await repository.AddressAsync($"blobs/{blob.Digest}", cancel).ConfigureAwait(false);
        HttpReply reply = await SendAsync(repository, blob, address, [], cancel).ConfigureAwait(false);
        return new BlobDownload(repository, blob, address, await WholeAsync(repository, blob, reply).ConfigureAwait(false));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception failure;
            try
            {
                int read = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                _position += read;
                return read;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                failure = e;
            }

            await ResumeAsync(failure, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task ResumeAsync(Exception failure, CancellationToken cancel)
    {
        while (true)
        {
            await _current.DisposeAsync().ConfigureAwait(false);
            _breaks = _position - _brokeAt >= Progress ? 1 : _breaks + 1;
            _brokeAt = _position;
            if (_breaks >= Limits.RequestAttempts)
            {
                throw failure is TimeoutException
                    ? new SigstoreException(
                        SigstoreErrorCode.Timeout,
                        $"{_address.Authority} stopped sending the blob {_blob.Digest}; try again later.", failure)
                    : RetryHandler.Failure(_address, _repository.Connection.Channel.Errors, failure);
            }

            await _repository.Connection.Channel.PauseAsync(_breaks, cancel).ConfigureAwait(false);
            try
            {
                _current = await RestAsync(cancel).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                failure = e;
            }
        }
    }

    /// <summary>What is still missing, at its beginning.</summary>
    private async Task<Stream> RestAsync(CancellationToken cancel)
    {
        if (!_ignoresRanges && _position > 0)
        {
            HttpReply part = await SendAsync(
                _repository, _blob, _address, [("Range", $"bytes={_position}-")], cancel).ConfigureAwait(false);
            if (part.Status == HttpStatusCode.PartialContent && IsRest(part))
            {
                return part.Stream!;
            }

            // Another part than was asked for, or 416: the whole is asked for. Parts of it would be wrong silently
            // until the digest at the end.
            _ignoresRanges = true;
            if (part.Status == HttpStatusCode.OK)
            {
                return await SkipAsync(part, cancel).ConfigureAwait(false);
            }

            await CloseAsync(part).ConfigureAwait(false);
        }

        HttpReply whole = await SendAsync(_repository, _blob, _address, [], cancel).ConfigureAwait(false);
        return await SkipAsync(whole, cancel).ConfigureAwait(false);
    }

    private bool IsRest(HttpReply reply) =>
        reply.ContentRange is { Unit: "bytes", From: { } from, To: { } to } range
        && from == _position && to == _blob.Size - 1 && (range.Length is not { } length || length == _blob.Size)
        && (reply.ContentLength is not { } announced || announced == _blob.Size - _position);

    private async Task<Stream> SkipAsync(HttpReply reply, CancellationToken cancel)
    {
        Stream whole = await WholeAsync(_repository, _blob, reply).ConfigureAwait(false);
        try
        {
            byte[] buffer = new byte[SkipBuffer];
            for (long left = _position; left > 0;)
            {
                int read = await whole.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancel)
                    .ConfigureAwait(false);
                left -= read > 0 ? read : throw new IOException("The answer ended early.");
            }

            return whole;
        }
        catch
        {
            await whole.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Task<HttpReply> SendAsync(
        RegistryRepository repository, Descriptor blob, Uri address, (string, string)[] headers,
        CancellationToken cancel) =>
        repository.SendAsync(
            new HttpCall(HttpMethod.Get, address) { Streams = true, Headers = headers, BodyLimit = blob.Size },
            repository.Pull, cancel);

    private static async Task<Stream> WholeAsync(RegistryRepository repository, Descriptor blob, HttpReply reply)
    {
        if (reply is { Status: HttpStatusCode.OK, Stream: { } stream }
            && (reply.ContentLength is not { } announced || announced == blob.Size))
        {
            return stream;
        }

        await CloseAsync(reply).ConfigureAwait(false);
        throw reply.Status switch
        {
            HttpStatusCode.OK => new SigstoreException(
                SigstoreErrorCode.DigestMismatch,
                $"{repository.Registry} sends {reply.ContentLength} bytes as blob {blob.Digest} of {repository.Name}, "
                + $"which has {blob.Size}."),
            HttpStatusCode.NotFound => new SigstoreException(
                SigstoreErrorCode.BlobNotFound, $"{repository.Registry}/{repository.Name} has no blob {blob.Digest}."),
            _ => repository.Error(reply, $"the request for blob {blob.Digest} of {repository.Name}"),
        };
    }

    private static ValueTask CloseAsync(HttpReply reply) => reply.Stream?.DisposeAsync() ?? ValueTask.CompletedTask;
}
