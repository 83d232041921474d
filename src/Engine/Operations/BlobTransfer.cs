using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>How a blob got where it was to be.</summary>
internal enum BlobOutcome
{
    /// <summary>It was there, or this command had sent it before.</summary>
    Present,

    /// <summary>The registry linked it from another of its repositories.</summary>
    Mounted,

    /// <summary>It was sent.</summary>
    Sent,
}

/// <summary>
/// Brings blobs from store to store, each of them once for each repository whoever needs it, and within one registry by
/// a link where the registry makes one. Nothing is kept but the piece under way, and nothing touches the disk.
/// </summary>
internal sealed class BlobTransfer
{
    private const int Small = 64 * 1024;
    private const int MountRefusals = 3;

    private readonly ConcurrentDictionary<(string Store, Digest Blob), Lazy<Task<BlobOutcome>>> _blobs = new();
    private readonly ConcurrentDictionary<(string Registry, Digest Blob), string> _homes = new();
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);

    /// <summary>Sees to it that a blob is in the destination.</summary>
    /// <exception cref="SigstoreException">
    /// BlobNotFound, DigestMismatch, LimitExceeded, and whatever the stores throw.
    /// </exception>
    public async Task<BlobOutcome> SendAsync(
        IImageStore from, IImageStore to, Descriptor blob, CancellationToken cancel)
    {
        Lazy<Task<BlobOutcome>> mine = new(() => SendOnceAsync(from, to, blob, cancel));
        while (true)
        {
            Lazy<Task<BlobOutcome>> first = _blobs.GetOrAdd((to.Key, blob.Digest), mine);
            try
            {
                BlobOutcome outcome = await first.Value.WaitAsync(cancel).ConfigureAwait(false);
                return ReferenceEquals(first, mine) ? outcome : BlobOutcome.Present;
            }
            catch (Exception e) when (e is SigstoreException or OperationCanceledException)
            {
                // Another image's time may be up, or its source may lack what ours has.
                _blobs.TryRemove(new((to.Key, blob.Digest), first));
                if (ReferenceEquals(first, mine) || cancel.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    private async Task<BlobOutcome> SendOnceAsync(
        IImageStore from, IImageStore to, Descriptor blob, CancellationToken cancel)
    {
        if (await to.HasBlobAsync(blob.Digest, blob.Size, cancel).ConfigureAwait(false))
        {
            _homes.TryAdd((to.Registry, blob.Digest), to.Repository);
            return BlobOutcome.Present;
        }

        foreach (string home in Homes(from, to, blob.Digest))
        {
            if (await MountAsync(to, blob.Digest, home, cancel).ConfigureAwait(false))
            {
                return BlobOutcome.Mounted;
            }
        }

        // Embedded data is what the digest says, or null.
        byte[]? content = blob.Embedded;
        if (content is null && blob.Size <= Small)
        {
            content = await from.ReadBlobAsync(blob, Small, cancel).ConfigureAwait(false);
        }

        await (content is null
            ? to.WriteBlobAsync(blob.Digest, c => from.OpenBlobAsync(blob, c), blob.Size, cancel)
            : to.WriteBlobAsync(blob.Digest, content, cancel)).ConfigureAwait(false);
        _homes.TryAdd((to.Registry, blob.Digest), to.Repository);
        return BlobOutcome.Sent;
    }

    /// <summary>Repositories of the destination's registry that have the blob.</summary>
    private IEnumerable<string> Homes(IImageStore from, IImageStore to, Digest blob)
    {
        List<string> homes = from.Registry == to.Registry ? [from.Repository] : [];
        if (_homes.TryGetValue((to.Registry, blob), out string? home))
        {
            homes.Add(home);
        }

        return homes.Where(h => h != to.Repository).Distinct(StringComparer.Ordinal);
    }

    private async Task<bool> MountAsync(IImageStore to, Digest blob, string home, CancellationToken cancel)
    {
        // Each refusal costs two requests, and a registry that links nothing says so every time.
        if (_refusals.GetValueOrDefault(to.Registry) >= MountRefusals)
        {
            return false;
        }

        bool mounted;
        try
        {
            mounted = await to.MountBlobAsync(blob, home, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (
            e.Code is SigstoreErrorCode.RegistryUnauthorized or SigstoreErrorCode.RegistryRejected)
        {
            mounted = false;
        }

        if (!mounted)
        {
            _refusals.AddOrUpdate(to.Registry, 1, static (_, n) => n + 1);
        }

        return mounted;
    }
}
