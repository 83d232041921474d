using System.Net;
using System.Net.Http.Headers;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>Manifests of one repository (distribution-spec, pulling and pushing manifests).</summary>
internal sealed class RegistryManifests(RegistryRepository repository)
{
    private const string DigestHeader = "Docker-Content-Digest";
    private static readonly string Accept = string.Join(", ", MediaTypes.Manifests);

    public async Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel)
    {
        HttpCall call = new(HttpMethod.Head, await AddressAsync(tagOrDigest, cancel).ConfigureAwait(false))
        {
            Accept = Accept,
        };
        HttpReply reply = await repository.SendAsync(call, repository.Pull, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (reply.IsSuccess)
        {
            Digest? told = ToldDigest(reply);
            if (told is not null && reply.ContentLength is { } size && reply.ContentType is { } type
                && MediaTypes.Manifests.Contains(type))
            {
                if (Digest.TryParse(tagOrDigest, out Digest? asked) && asked != told)
                {
                    throw Mismatch(asked, told);
                }

                return new Descriptor(type, told, size);
            }
        }
        else if (reply.Status is not (HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented
            or HttpStatusCode.BadRequest or HttpStatusCode.NotAcceptable))
        {
            throw repository.Error(reply, $"a question for {repository.Name}/{tagOrDigest}");
        }

        // Without all three headers, or without HEAD, only the body tells.
        return (await GetAsync(tagOrDigest, cancel).ConfigureAwait(false))?.Descriptor;
    }

    public async Task<Manifest?> GetAsync(string tagOrDigest, CancellationToken cancel)
    {
        HttpCall call = new(HttpMethod.Get, await AddressAsync(tagOrDigest, cancel).ConfigureAwait(false))
        {
            Accept = Accept,
            BodyLimit = Limits.Manifest,
        };
        HttpReply reply = await repository.SendAsync(call, repository.Pull, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (reply.Status != HttpStatusCode.OK)
        {
            throw repository.Error(reply, $"the request for {repository.Name}/{tagOrDigest}");
        }

        Digest? told = ToldDigest(reply);
        Digest? expected = Digest.TryParse(tagOrDigest, out Digest? asked) ? asked : told;
        if (expected is not null && Digest.OfSameAlgorithm(expected, reply.Body) is { } actual && actual != expected)
        {
            throw Mismatch(expected, actual);
        }

        if (reply.ETag is not null)
        {
            repository.Connection.KnowsEntityTags = true;
        }

        return Manifest.Parse(reply.Body, reply.ContentType, expected, reply.ETag);
    }

    public async Task<PutOutcome> PutAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces,
        CancellationToken cancel)
    {
        bool isTag = !Digest.TryParse(tagOrDigest, out Digest? digest);
        digest ??= Digest.Sha256(content.Span);
        bool creates = isTag && replaces is { Digest: null } && repository.Connection.KnowsEntityTags;
        HttpCall call = new(HttpMethod.Put, await AddressAsync(tagOrDigest, cancel).ConfigureAwait(false))
        {
            Content = () => new ReadOnlyMemoryContent(content)
            {
                Headers = { ContentType = new MediaTypeHeaderValue(mediaType) },
            },
            ContentLength = content.Length,
            IfMatch = isTag && replaces?.ETag is { } etag && IsStrong(etag) ? etag : null,
            IfNoneMatch = creates ? "*" : null,
            Retry = !isTag ? RetryRule.Idempotent
                : replaces is null ? RetryRule.IfNotCarriedOut
                : RetryRule.Once,
        };
        HttpReply reply = await repository.SendAsync(call, repository.Push, cancel).ConfigureAwait(false);
        if (reply.IsSuccess)
        {
            return ToldDigest(reply) is { } told && told.Algorithm == digest.Algorithm && told != digest
                ? throw Mismatch(digest, told)
                : reply.Header("OCI-Subject") is null ? PutOutcome.Written : PutOutcome.WrittenAndIndexed;
        }

        if (isTag && RegistryErrors.IsImmutableTag(reply))
        {
            (string? _, string message) = RegistryErrors.Read(reply);
            throw new SigstoreException(
                SigstoreErrorCode.TagImmutable,
                $"{repository.Registry} does not let the tag {tagOrDigest} of {repository.Name} be overwritten"
                + (message.Length == 0 ? "" : $" ({message})")
                + ". Make the repository's tags mutable, or store signatures as referrers or in another repository.");
        }

        bool conditional = call.IfMatch is not null || call.IfNoneMatch is not null;
        return conditional && reply.Status == HttpStatusCode.PreconditionFailed
            ? PutOutcome.Conflict
            : throw repository.Error(reply, $"writing {repository.Name}/{tagOrDigest}");
    }

    public async Task<bool> DeleteAsync(string tagOrDigest, bool isTag, CancellationToken cancel)
    {
        HttpCall call = new(HttpMethod.Delete, await AddressAsync(tagOrDigest, cancel).ConfigureAwait(false))
        {
            // Between a first DELETE of a tag and a second somebody may have written it anew.
            Retry = isTag ? RetryRule.IfNotCarriedOut : RetryRule.Idempotent,
        };
        HttpReply reply = await repository.SendAsync(call, repository.Push, cancel).ConfigureAwait(false);
        if (reply.IsSuccess)
        {
            return true;
        }

        if (reply.Status == HttpStatusCode.NotFound)
        {
            return false;
        }

        bool unsupported = reply.Status is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented
            || (reply.Status == HttpStatusCode.BadRequest
                && (isTag || RegistryErrors.Read(reply).Code == "UNSUPPORTED"));
        throw unsupported
            ? new SigstoreException(
                SigstoreErrorCode.DeletionUnsupported,
                $"{repository.Registry} does not delete {(isTag ? "tags" : "manifests")} "
                + $"(HTTP {(int)reply.Status} for {repository.Name}/{tagOrDigest}).")
            : repository.Error(reply, $"deleting {repository.Name}/{tagOrDigest}");
    }

    /// <summary>
    /// Tags also come from lists that registries send, and one named <c>../other/manifests/x</c> would lead elsewhere.
    /// </summary>
    private ValueTask<Uri> AddressAsync(string tagOrDigest, CancellationToken cancel) =>
        ImageReference.IsTag(tagOrDigest) || Digest.TryParse(tagOrDigest, out _)
            ? repository.AddressAsync($"manifests/{tagOrDigest}", cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"'{RegistryErrors.Clean(tagOrDigest)}' is neither a tag nor a digest.");

    /// <summary>
    /// RFC 9110 section 13.1.1: a weak entity tag never matches, and nothing could be written over it.
    /// </summary>
    private static bool IsStrong(string etag) =>
        etag.Length > 2 && etag[0] == '"' && etag[^1] == '"'
        && !etag.AsSpan(1, etag.Length - 2).ContainsAnyExceptInRange('#', '~');

    private static Digest? ToldDigest(HttpReply reply) =>
        Digest.TryParse(reply.Header(DigestHeader), out Digest? digest) ? digest : null;

    private SigstoreException Mismatch(Digest expected, Digest actual) => new(
        SigstoreErrorCode.DigestMismatch,
        $"{repository.Registry} was to hold {expected} in {repository.Name} and has {actual}.");
}
