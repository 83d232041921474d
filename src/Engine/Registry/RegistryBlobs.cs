using System.Net;
using System.Net.Http.Headers;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>Blobs of one repository (distribution-spec, pulling and pushing blobs).</summary>
internal sealed class RegistryBlobs(RegistryRepository repository)
{
    public async Task<byte[]> ReadAsync(Descriptor blob, long limit, CancellationToken cancel)
    {
        if (blob.Size > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The blob {blob.Digest} has {blob.Size} bytes; at most {limit} are read.");
        }

        HttpCall call = new(HttpMethod.Get, await AddressAsync(blob.Digest, cancel).ConfigureAwait(false))
        {
            BodyLimit = blob.Size,
        };
        HttpReply reply = await repository.SendAsync(call, repository.Pull, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            throw new SigstoreException(
                SigstoreErrorCode.BlobNotFound, $"{repository.Registry}/{repository.Name} has no blob {blob.Digest}.");
        }

        if (reply.Status != HttpStatusCode.OK)
        {
            throw repository.Error(reply, $"the request for blob {blob.Digest} of {repository.Name}");
        }

        return reply.Body.Length == blob.Size && Digest.OfSameAlgorithm(blob.Digest, reply.Body) == blob.Digest
            ? reply.Body
            : throw new SigstoreException(
                SigstoreErrorCode.DigestMismatch,
                $"{repository.Registry} sent something else for blob {blob.Digest} of {repository.Name}.");
    }

    /// <summary>The blob as it comes, checked; see <see cref="IImageStore.OpenBlobAsync"/>.</summary>
    public async Task<Stream> OpenAsync(Descriptor blob, CancellationToken cancel)
    {
        CheckedStream.DemandSize(blob);
        return new CheckedStream(
            await BlobDownload.OpenAsync(repository, blob, cancel).ConfigureAwait(false), blob,
            $"{repository.Registry}/{repository.Name}");
    }

    public async Task<bool> HasAsync(Digest digest, long size, CancellationToken cancel)
    {
        HttpCall head = new(HttpMethod.Head, await AddressAsync(digest, cancel).ConfigureAwait(false));
        HttpReply reply = await repository.SendAsync(head, repository.Push, cancel).ConfigureAwait(false);
        return reply.Status switch
        {
            HttpStatusCode.OK => reply.ContentLength is not { } length || length == size,
            HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                throw repository.Error(reply, $"the question for blob {digest} of {repository.Name}"),

            // Without HEAD, or sent on to a blob store that signed its address for GET alone: the upload will tell.
            _ => false,
        };
    }

    public Task WriteAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        WriteAsync(
            digest,
            (location, c) =>
                PutAsync(location, digest, () => new ReadOnlyMemoryContent(content), content.Length, c),
            cancel);

    /// <param name="digest">Of the whole.</param>
    /// <param name="open">Opens the content; called again when the upload has to start over.</param>
    /// <param name="length">Of the whole.</param>
    /// <param name="chunk">Above this many bytes it is sent in pieces of that size.</param>
    /// <param name="cancel">Ends it.</param>
    public Task WriteAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, int chunk, CancellationToken cancel)
    {
        bool whole = length <= chunk;
        return WriteAsync(digest, SendAsync, cancel);

        async Task<HttpReply> SendAsync(Uri location, CancellationToken c)
        {
            if (!whole)
            {
                HttpReply reply = await ChunkedAsync(location, digest, open, length, chunk, c).ConfigureAwait(false);
                if (!RefusesChunks(reply))
                {
                    return reply;
                }

                whole = true;
                (Uri? fresh, HttpReply started) =
                    await StartAsync(string.Empty, repository.Push, c).ConfigureAwait(false);
                if (fresh is null)
                {
                    return started;
                }

                location = fresh;
            }

            return await PutAsync(
                location, digest, () => new OutgoingContent(open, length, leaveOpen: false), length, c)
                .ConfigureAwait(false);
        }
    }

    public async Task<bool> MountAsync(Digest digest, string from, CancellationToken cancel)
    {
        string scope = $"{repository.Push} repository:{from}:pull";
        Uri address = await AddressAsync(digest, cancel).ConfigureAwait(false);
        HttpReply reply =
            await repository.Connection.Channel.RepeatAsync(AttemptAsync, address, cancel).ConfigureAwait(false);
        return reply.Status switch
        {
            HttpStatusCode.Created => true,
            HttpStatusCode.Accepted or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => false,
            _ => throw repository.Error(reply, $"mounting blob {digest} from {from}"),
        };

        async Task<HttpReply> AttemptAsync(CancellationToken c)
        {
            (Uri? location, HttpReply started) =
                await StartAsync($"?mount={digest}&from={Uri.EscapeDataString(from)}", scope, c).ConfigureAwait(false);
            if (location is not null)
            {
                // 202: the registry opened an upload instead. It is closed again, whatever it says to that.
                HttpCall abandon = new(HttpMethod.Delete, location) { Retry = RetryRule.Never };
                await repository.SendAsync(abandon, scope, c).ConfigureAwait(false);
            }

            return started;
        }
    }

    /// <summary>
    /// An upload is repeated as a whole: its pieces are not idempotent, but the blob has its name from its content, so
    /// that sending it all again can at worst find it there.
    /// </summary>
    private async Task WriteAsync(
        Digest digest, Func<Uri, CancellationToken, Task<HttpReply>> upload, CancellationToken cancel)
    {
        Uri address = await AddressAsync(digest, cancel).ConfigureAwait(false);
        HttpReply reply =
            await repository.Connection.Channel.RepeatAsync(AttemptAsync, address, cancel).ConfigureAwait(false);
        if (!reply.IsSuccess)
        {
            throw repository.Error(reply, $"writing blob {digest} to {repository.Name}");
        }

        async Task<HttpReply> AttemptAsync(CancellationToken c)
        {
            HttpCall head = new(HttpMethod.Head, address) { Retry = RetryRule.Never };
            HttpReply there = await repository.SendAsync(head, repository.Push, c).ConfigureAwait(false);
            if (there.Status == HttpStatusCode.OK)
            {
                return there;
            }

            (Uri? location, HttpReply started) =
                await StartAsync(string.Empty, repository.Push, c).ConfigureAwait(false);
            return location is null ? started : await upload(location, c).ConfigureAwait(false);
        }
    }

    private async Task<(Uri? Location, HttpReply Reply)> StartAsync(
        string query, string scope, CancellationToken cancel)
    {
        Uri address = await repository.AddressAsync($"blobs/uploads/{query}", cancel).ConfigureAwait(false);
        HttpCall post = new(HttpMethod.Post, address)
        {
            Content = static () => new ByteArrayContent([]),
            Retry = RetryRule.Never,
        };
        HttpReply reply = await repository.SendAsync(post, scope, cancel).ConfigureAwait(false);
        return (reply.Status == HttpStatusCode.Accepted ? Location(reply) : null, reply);
    }

    private Task<HttpReply> PutAsync(
        Uri location, Digest digest, Func<HttpContent> content, long length, CancellationToken cancel)
    {
        HttpCall put = new(HttpMethod.Put, WithDigest(location, digest))
        {
            Content = () => AsBytes(content(), length),
            ContentLength = length,
            Retry = RetryRule.Never,
        };
        return repository.SendAsync(put, repository.Push, cancel);
    }

    private async Task<HttpReply> ChunkedAsync(
        Uri location, Digest digest, Func<CancellationToken, Task<Stream>> open, long length, int chunk,
        CancellationToken cancel)
    {
        Stream stream = await open(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            for (long sent = 0; sent < length;)
            {
                int size = (int)Math.Min(chunk, length - sent);
                long first = sent;
                bool again = false;
                HttpCall patch = new(HttpMethod.Patch, location)
                {
                    Content = () =>
                    {
                        OutgoingContent piece = new(c => Task.FromResult(At(first)), size, leaveOpen: true);
                        piece.Headers.TryAddWithoutValidation("Content-Range", $"{first}-{first + size - 1}");
                        return piece;
                    },
                    ContentLength = size,
                    Retry = RetryRule.Never,
                };
                HttpReply reply = await repository.SendAsync(patch, repository.Push, cancel).ConfigureAwait(false);
                if (reply.Status != HttpStatusCode.Accepted)
                {
                    return reply;
                }

                sent += size;
                location = Location(reply);

                // The same piece a second time, after a 401: what is read once only makes the upload start over.
                Stream At(long position)
                {
                    if (again)
                    {
                        stream.Position = stream.CanSeek ? position : throw new IOException("The upload starts over.");
                    }

                    again = true;
                    return stream;
                }
            }
        }

        return await PutAsync(location, digest, static () => new ByteArrayContent([]), 0, cancel).ConfigureAwait(false);
    }

    private static bool RefusesChunks(HttpReply reply) => reply.Status is HttpStatusCode.NotFound
        or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented or HttpStatusCode.BadRequest
        or HttpStatusCode.RequestedRangeNotSatisfiable;

    private static HttpContent AsBytes(HttpContent content, long length)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = length;
        return content;
    }

    /// <summary>Where to go on; relative, absolute and elsewhere are all allowed, leaving TLS is not.</summary>
    private Uri Location(HttpReply reply) => reply.Headers.Location is { } location
        ? repository.Connection.Channel.Target(reply.Uri, location)
        : throw repository.Violation("accepted an upload and did not say where to.");

    private static Uri WithDigest(Uri location, Digest digest) =>
        new($"{location.AbsoluteUri}{(location.Query.Length > 0 ? '&' : '?')}digest={digest}");

    private ValueTask<Uri> AddressAsync(Digest digest, CancellationToken cancel) =>
        repository.AddressAsync($"blobs/{digest}", cancel);
}
