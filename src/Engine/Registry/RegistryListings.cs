using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>Tags and referrers of one repository, page by page (distribution-spec, content discovery).</summary>
internal sealed class RegistryListings(RegistryRepository repository)
{
    private bool _noReferrersHere;

    public async IAsyncEnumerable<string> TagsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Uri? page = await repository.AddressAsync("tags/list", cancel).ConfigureAwait(false);
        int count = 0;
        for (int pages = 0; page is not null; pages++)
        {
            HttpCall call = new(HttpMethod.Get, page) { BodyLimit = Limits.Manifest };
            HttpReply reply = await SendPageAsync(call, pages, cancel).ConfigureAwait(false);
            if (reply.Status == HttpStatusCode.NotFound)
            {
                yield break;
            }

            if (reply.Status != HttpStatusCode.OK)
            {
                throw repository.Error(reply, $"listing the tags of {repository.Name}");
            }

            foreach (string tag in ReadTags(reply))
            {
                if (++count > Limits.Tags)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"{repository.Name} has more than {Limits.Tags} tags.");
                }

                yield return tag;
            }

            page = Next(reply);
        }
    }

    public async Task<ReferrerListing> ReferrersAsync(Digest subject, CancellationToken cancel)
    {
        ReferrersAbility ability = repository.Connection.ReferrersOf(repository.Name);
        if (_noReferrersHere || ability.Absent)
        {
            return ReferrerListing.Unsupported;
        }

        List<Descriptor> found = [];
        long bytes = 0;
        Uri? page = await repository.AddressAsync($"referrers/{subject}", cancel).ConfigureAwait(false);
        for (int pages = 0; page is not null; pages++)
        {
            HttpCall call = new(HttpMethod.Get, page)
            {
                Accept = MediaTypes.OciIndex,
                BodyLimit = Limits.Manifest,
            };
            HttpReply reply = await SendPageAsync(call, pages, cancel).ConfigureAwait(false);
            if (pages == 0 && IsUnsupported(reply))
            {
                _noReferrersHere = reply.Status != HttpStatusCode.NotFound;
                if (IsUnknownPath(reply))
                {
                    ability.Missed();
                }

                return ReferrerListing.Unsupported;
            }

            if (reply.Status != HttpStatusCode.OK)
            {
                throw repository.Error(reply, $"listing what refers to {repository.Name}@{subject}");
            }

            ability.Seen();
            found.AddRange(Manifest.Parse(reply.Body, MediaTypes.OciIndex).Manifests);
            bytes += reply.Body.Length;
            if (found.Count > Limits.Referrers || bytes > Limits.ReferrerPages)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"The list of what refers to {repository.Name}@{subject} has more than {Limits.Referrers} entries or "
                    + $"{Limits.ReferrerPages} bytes.");
            }

            page = Next(reply);
        }

        return new ReferrerListing(true, found);
    }

    /// <summary>What the specification and real registries answer when there is no such list.</summary>
    private static bool IsUnsupported(HttpReply reply) => reply.Status switch
    {
        HttpStatusCode.OK => reply.ContentType != MediaTypes.OciIndex,
        HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed
            or HttpStatusCode.NotAcceptable => true,
        _ => false,
    };

    /// <summary>
    /// Whether the path itself is unknown, to all repositories of this kind: a list of errors that speaks of a
    /// repository or manifest proves nothing.
    /// </summary>
    private static bool IsUnknownPath(HttpReply reply) =>
        reply.Status == HttpStatusCode.NotFound
        && RegistryErrors.Read(reply).Code is null or "METHOD_UNKNOWN" or "UNSUPPORTED";

    private async Task<HttpReply> SendPageAsync(HttpCall call, int pages, CancellationToken cancel) =>
        pages < Limits.Pages
            ? await repository.SendAsync(call, repository.Pull, cancel).ConfigureAwait(false)
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{repository.Registry} sends more than {Limits.Pages} pages of a list.");

    private List<string> ReadTags(HttpReply reply)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            return document.RootElement.TryGetProperty("tags", out JsonElement tags)
                && tags.ValueKind != JsonValueKind.Null
                ? [.. tags.EnumerateArray()
                    .Select(static t => t.GetString() ?? throw new FormatException("a null tag"))]
                : [];
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw repository.Violation($"sent a list of tags that cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The next page (RFC 8288), which must be the same registry's: credentials go along.</summary>
    private Uri? Next(HttpReply reply)
    {
        string? target = reply.Lines("Link").Select(NextOf).FirstOrDefault(static t => t is not null);
        if (target is null)
        {
            return null;
        }

        return Uri.TryCreate(reply.Uri, target, out Uri? next) && HostScope.HasHost(next)
            && HostScope.SameOrigin(next, reply.Uri)
            && next != reply.Uri
            ? next
            : throw repository.Violation($"names a next page that is not its own: '{RegistryErrors.Clean(target)}'.");
    }

    /// <summary>One line may name several: the parameters of a link end where the next one begins.</summary>
    private static string? NextOf(string line) => line.Split('<').Skip(1).Select(static link =>
    {
        int close = link.IndexOf('>', StringComparison.Ordinal);
        return close > 0
            && link[close..].Replace("\"", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)
                .Contains("rel=next", StringComparison.OrdinalIgnoreCase)
            ? link[..close]
            : null;
    }).FirstOrDefault(static target => target is not null);
}
