using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// One image on its way: walks it, its children and all that is attached to them, each manifest once. What fails is
/// noted, and the rest goes on.
/// </summary>
internal sealed class CopyWalk(
    ImageTarget source, CopyWriter writer, BlobTransfer blobs, CopyRequest request, IProgress<EngineReport> reports)
{
    // Manifests are small and a round trip is long; a tree with many branches has many of these at each level.
    private const int Wide = 16;
    private const int Narrow = 4;
    private const int MostFailures = 1000;

    private readonly ConcurrentDictionary<Digest, Lazy<Task<CopyStored?>>> _stored = new();
    private readonly ConcurrentDictionary<Digest, bool> _walked = new();
    private readonly ConcurrentQueue<CopySubject> _children = new();
    private readonly ConcurrentQueue<ImageCopyResult> _results = new();
    private readonly ConcurrentQueue<CopyFailure> _failures = new();
    private readonly SemaphoreSlim _sending = new(Limits.CopyParallelism);
    private int _manifests;
    private (string Tag, bool Written)? _named;
    private volatile SigstoreException? _fatal;

    public IReadOnlyList<CopyFailure> Failures => [.. _failures];

    /// <summary>What is at the destination so far: the image first, then by distance.</summary>
    public IReadOnlyList<ImageCopyResult> Results
    {
        get
        {
            ImageCopyResult[] all = [.. _results.OrderBy(static r => r.Depth)];
            if (_named is { } named && all is [{ Depth: 0 } first, ..])
            {
                all[0] = first.As(named.Tag, first.Status == "Unchanged" && named.Written ? "Tagged" : first.Status);
            }

            return all;
        }
    }

    /// <summary>The image has the user's tag.</summary>
    /// <param name="tag">The whole reference.</param>
    /// <param name="written">It had not before.</param>
    public void Named(string tag, bool written) => _named = (tag, written);

    /// <summary>An image or index, its children, and all that is attached to any of them.</summary>
    /// <exception cref="SigstoreException">LimitExceeded: of the walk as a whole.</exception>
    public async Task ImageAsync(CopyNode node, CancellationToken cancel)
    {
        if (await StoreAsync(node, cancel).ConfigureAwait(false) is not null)
        {
            await AttachedAsync(node.Subject, cancel).ConfigureAwait(false);
        }

        // What is attached to a child may be an index that lists the child's own index. Looked at while that is being
        // stored, each would wait for the other for ever; what manifests list alone leads in no circle.
        while (!_children.IsEmpty)
        {
            List<CopySubject> children = [];
            while (_children.TryDequeue(out CopySubject? child))
            {
                children.Add(child);
            }

            await Parallel.ForEachAsync(
                children,
                new ParallelOptions { MaxDegreeOfParallelism = Narrow, CancellationToken = cancel },
                async (child, c) => await AttachedAsync(child, c).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>What is attached to a manifest that is at the destination by now.</summary>
    public async Task AttachedAsync(CopySubject subject, CancellationToken cancel)
    {
        if (request.Include == CopyKinds.None || !_walked.TryAdd(subject.Digest, true))
        {
            return;
        }

        if (subject.Depth >= Limits.IndexDepth)
        {
            Fail($"what is attached to {subject.Pinned}", new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"It nests deeper than {Limits.IndexDepth}."));
            return;
        }

        CopyAttached attached = new(this, source.SignatureStore, writer, request, reports);
        await Task.WhenAll(
            attached.TagsAsync(subject, cancel), attached.ReferrersAsync(subject, cancel)).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings a manifest, what it lists first, to the destination by its digest, once however many want it.
    /// </summary>
    /// <returns>Null: it failed, which is noted.</returns>
    public async Task<CopyStored?> StoreAsync(CopyNode node, CancellationToken cancel)
    {
        Lazy<Task<CopyStored?>> mine = new(() => AttemptAsync<CopyStored?>(
            node.Pinned, () => StoreOnceAsync(node, cancel)));
        return await _stored.GetOrAdd(node.Manifest.Digest, mine).Value.ConfigureAwait(false);
    }

    /// <summary>Brings what a manifest lists to the destination: children of an index, or config and layers.</summary>
    /// <returns>Bytes sent, and whether blobs were mounted; null: a part failed, which is noted.</returns>
    public async Task<(long Sent, bool Mounted)?> ContentAsync(CopyNode node, CancellationToken cancel)
    {
        Count();
        if (node.Manifest.IsIndex)
        {
            return await ChildrenAsync(node, cancel).ConfigureAwait(false) ? (0, false) : null;
        }

        // Where their addresses cannot be reached the image does not run: nobody should learn that there.
        Descriptor[] foreign = [.. node.Manifest.Layers.Where(static l => MediaTypes.IsForeign(l.MediaType))];
        if (foreign.Length > 0)
        {
            reports.Report(EngineReport.Warning(
                $"{node.Pinned} has layers that are not to be passed on and stay behind: "
                + $"{string.Join(", ", foreign.Take(10).Select(static l => l.Digest))}."));
        }

        (Descriptor Blob, Task<BlobOutcome> Sending)[] sending =
            [.. node.Blobs.Select(b => (b, SendAsync(node.From, b, cancel)))];
        try
        {
            await Task.WhenAll(sending.Select(static s => s.Sending)).ConfigureAwait(false);
        }
        catch (SigstoreException) when (sending.Any(static s => s.Sending.IsFaulted))
        {
            // Each blob that fails is named; one of them is what is thrown here.
        }

        bool whole = true;
        long sent = 0;
        bool mounted = false;
        foreach ((Descriptor blob, Task<BlobOutcome> one) in sending)
        {
            (bool done, BlobOutcome outcome) = await AttemptAsync(
                $"the blob {blob.Digest} of {node.Pinned}", async () => (true, await one.ConfigureAwait(false)))
                .ConfigureAwait(false);
            whole &= done;
            sent += done && outcome == BlobOutcome.Sent ? blob.Size : 0;
            mounted |= done && outcome == BlobOutcome.Mounted;
        }

        return whole ? (sent, mounted) : null;
    }

    public void Add(CopyNode node, string destination, string status, long sent)
    {
        _results.Enqueue(new ImageCopyResult
        {
            Image = source.Text,
            Source = node.Pinned,
            Destination = destination,
            Digest = node.Manifest.Digest.ToString(),
            Kind = node.Kind,
            Depth = node.Depth,
            Parent = node.Parent,
            Status = status,
            Size = node.Size,
            Sent = sent,
            Platform = node.Platform?.ToString(),
        });
        reports.Report(EngineReport.Verbose($"{status} {node.Kind} {node.Pinned} -> {destination}"));
    }

    /// <summary>Does a part of the work; its failure is noted and gives the default.</summary>
    public async Task<T?> AttemptAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (SigstoreException e) when (_fatal is null)
        {
            Fail(what, e);
            return default;
        }
    }

    public static int WidthAt(int depth) => depth == 0 ? Wide : Narrow;

    private async Task<CopyStored?> StoreOnceAsync(CopyNode node, CancellationToken cancel)
    {
        bool present =
            await writer.FindAsync(node.Manifest.Digest.ToString(), cancel).ConfigureAwait(false) is not null;

        // Its blobs came before a manifest that is there. Children are walked all the same: for what hangs on them.
        (long Sent, bool Mounted)? content = present && !node.Manifest.IsIndex && !request.Force
            ? (0, false) : await ContentAsync(node, cancel).ConfigureAwait(false);
        if (content is not { } done)
        {
            return null;
        }

        bool indexed = await writer.PutAsync(node.Manifest, present, cancel).ConfigureAwait(false);
        string status = present && done.Sent == 0 ? "Unchanged"
            : done is { Sent: 0, Mounted: true } ? "Mounted"
            : "Copied";
        Add(node, ImageTarget.PinnedIn(writer.Destination, node.Manifest.Digest), status,
            done.Sent + (present ? 0 : node.Manifest.Content.Length));
        return new CopyStored(indexed);
    }

    private async Task<bool> ChildrenAsync(CopyNode index, CancellationToken cancel)
    {
        if (index.Manifest.Manifests.Count > Limits.IndexChildren || index.Depth >= Limits.IndexDepth)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{index.Pinned} nests deeper than {Limits.IndexDepth} or has over {Limits.IndexChildren} images.");
        }

        int missing = 0;
        await Parallel.ForEachAsync(
            index.Manifest.Manifests.DistinctBy(static m => m.Digest),
            new ParallelOptions { MaxDegreeOfParallelism = Narrow, CancellationToken = cancel },
            async (child, c) =>
            {
                string pinned = ImageTarget.PinnedIn(index.From, child.Digest);
                bool stored = await AttemptAsync(pinned, async () =>
                {
                    Manifest manifest = await index.From
                        .GetManifestAsync(child.Digest.ToString(), c).ConfigureAwait(false)
                        ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {pinned}.");
                    CopyNode node = new(manifest, index.From, CopyNode.KindOf(manifest), index.Depth + 1)
                    {
                        Parent = index.Pinned,
                        Platform = child.Platform,
                    };
                    if (await StoreAsync(node, c).ConfigureAwait(false) is null)
                    {
                        return false;
                    }

                    _children.Enqueue(node.Subject);
                    return true;
                }).ConfigureAwait(false);
                if (!stored)
                {
                    Interlocked.Increment(ref missing);
                }
            }).ConfigureAwait(false);
        return missing == 0;
    }

    private async Task<BlobOutcome> SendAsync(IImageStore from, Descriptor blob, CancellationToken cancel)
    {
        await _sending.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await blobs.SendAsync(from, writer.Destination, blob, cancel).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private void Fail(string what, SigstoreException cause)
    {
        _failures.Enqueue(new CopyFailure(what, cause));
        if (_failures.Count > MostFailures)
        {
            throw _fatal = new SigstoreException(
                cause.Code, $"More than {MostFailures} parts of {source.Text} failed; the last: {cause.Message}");
        }
    }

    private void Count()
    {
        if (Interlocked.Increment(ref _manifests) > Limits.CopyManifests)
        {
            throw _fatal = new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{source.Text} has over {Limits.CopyManifests} manifests with all that is attached.");
        }
    }
}

/// <summary>A manifest that is at the destination.</summary>
/// <param name="Indexed">The store said, when it was written, that it lists it under its subject.</param>
internal sealed record CopyStored(bool Indexed);
