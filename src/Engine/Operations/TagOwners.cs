using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Which tags of a repository point to which manifest: who deletes a manifest deletes all of its tags. Asked once for all
/// that one command removes.
/// </summary>
internal sealed class TagOwners
{
    private const int Parallel = 8;

    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyDictionary<Digest, string[]>?>>> _known = [];

    /// <summary>
    /// Tags of a manifest; null when nobody can say: the store lists no tags, or too many to ask for each.
    /// </summary>
    public async Task<IReadOnlyList<string>?> OfAsync(IImageStore store, Digest digest, CancellationToken cancel)
    {
        IReadOnlyDictionary<Digest, string[]>? tags = await _known.GetOrAdd(
            store.Key,
            _ => new Lazy<Task<IReadOnlyDictionary<Digest, string[]>?>>(() => ReadAsync(store, CancellationToken.None)))
            .Value.WaitAsync(cancel).ConfigureAwait(false);
        return tags is null ? null : tags.GetValueOrDefault(digest, []);
    }

    private static async Task<IReadOnlyDictionary<Digest, string[]>?> ReadAsync(
        IImageStore store, CancellationToken cancel)
    {
        try
        {
            List<string> tags = [];
            await foreach (string tag in store.ListTagsAsync(cancel).ConfigureAwait(false))
            {
                tags.Add(tag);
                if (tags.Count > Limits.OwnerTags)
                {
                    return null;
                }
            }

            ConcurrentBag<(string Tag, Digest Digest)> found = [];
            await System.Threading.Tasks.Parallel.ForEachAsync(
                tags.Where(ImageReference.IsTag),
                new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel },
                async (tag, stop) =>
                {
                    if (await store.ResolveAsync(tag, stop).ConfigureAwait(false) is { } manifest)
                    {
                        found.Add((tag, manifest.Digest));
                    }
                }).ConfigureAwait(false);
            return found.GroupBy(static f => f.Digest).ToDictionary(
                static g => g.Key, static g => g.Select(static f => f.Tag).Order(StringComparer.Ordinal).ToArray());
        }
        catch (SigstoreException)
        {
            return null;
        }
    }
}
