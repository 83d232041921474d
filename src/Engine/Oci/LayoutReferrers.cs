using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// Which manifests of a layout name another one as their subject. <c>cosign save</c> leaves them as loose blobs, so
/// every small blob is looked at, each once: it is read again only when the file changed, and the directory is listed
/// again only when it changed.
/// </summary>
internal sealed class LayoutReferrers(ILayoutContent files)
{
    // A change within the resolution of the file system's clock leaves the time as it was (FAT: 2 s), so that a
    // time this young proves nothing yet.
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<Digest, Blob> _blobs = [];
    private Dictionary<Digest, List<Descriptor>> _bySubject = [];
    private LayoutIndex? _index;
    private DateTime[]? _state;

    /// <summary>Descriptors of all manifests with a subject, sorted by digest.</summary>
    /// <exception cref="SigstoreException">
    /// BlobNotFound, MalformedManifest, LimitExceeded for a listed manifest; DigestMismatch for any.
    /// </exception>
    public async Task<IReadOnlyList<Descriptor>> FindAsync(LayoutIndex index, Digest subject, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            DateTime now = files.Time.GetUtcNow().UtcDateTime;
            DateTime[] state = files.BlobTimes();
            if (_state is null || _index != index || !state.SequenceEqual(_state))
            {
                // Forgotten first: a scan that fails half-way must not pass for one that was done.
                _state = null;
                await ScanAsync(cancel).ConfigureAwait(false);
                CheckListed(index);
                _index = index;
                _state = state.All(t => now - t > Young) ? state : null;
            }

            List<Descriptor> found = _bySubject.GetValueOrDefault(subject) ?? [];
            return found.Count <= Limits.Referrers
                ? found
                : throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"{subject} has more than {Limits.Referrers} referrers.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LayoutFiles.Unavailable(files.Place, e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task ScanAsync(CancellationToken cancel)
    {
        Dictionary<Digest, Blob> blobs = [];
        Dictionary<Digest, List<Descriptor>> bySubject = [];
        foreach ((Digest digest, LayoutFile file) in List().OrderBy(static f => f.Digest.Hex, StringComparer.Ordinal))
        {
            if (!_blobs.TryGetValue(digest, out Blob? blob) || blob.Length != file.Length
                || blob.Written != file.Written)
            {
                blob = await LookAsync(digest, file, cancel).ConfigureAwait(false);
            }

            blobs[digest] = blob;
            if (blob.Failure is { Code: SigstoreErrorCode.DigestMismatch } damaged)
            {
                throw new SigstoreException(damaged.Code, damaged.Message, damaged);
            }

            if (blob.Subject is not null && blob.Descriptor is not null)
            {
                if (!bySubject.TryGetValue(blob.Subject, out List<Descriptor>? list))
                {
                    bySubject[blob.Subject] = list = [];
                }

                list.Add(blob.Descriptor);
            }
        }

        (_blobs, _bySubject) = (blobs, bySubject);
    }

    private List<(Digest Digest, LayoutFile File)> List()
    {
        List<(Digest, LayoutFile)> found = [.. files.Blobs().Take(Limits.LayoutBlobs + 1)];
        return found.Count <= Limits.LayoutBlobs
            ? found
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The layout {files.Place} has more than {Limits.LayoutBlobs} blobs.");
    }

    private async Task<Blob> LookAsync(Digest digest, LayoutFile file, CancellationToken cancel)
    {
        Blob blob = new(file.Length, file.Written);
        if (file.Length > Limits.Manifest)
        {
            return blob with
            {
                Failure = new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"The manifest {digest} has {file.Length} bytes."),
            };
        }

        byte[] content =
            await files.ReadAsync(LayoutName.Of(digest), Limits.Manifest, cancel).ConfigureAwait(false) ?? [];
        if (!content.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            return blob with
            {
                Failure = new SigstoreException(SigstoreErrorCode.MalformedManifest, $"{digest} is no manifest."),
            };
        }

        if (Digest.OfSameAlgorithm(digest, content) != digest)
        {
            // Whether it was a signature cannot be told any more, so that "none found" would be a guess.
            return blob with
            {
                Failure = new SigstoreException(
                    SigstoreErrorCode.DigestMismatch, $"The blob {digest} of the layout is damaged or was changed."),
            };
        }

        try
        {
            Manifest manifest = Manifest.Parse(content, null, digest);
            return manifest.Subject is null ? blob : blob with
            {
                Subject = manifest.Subject.Digest,
                Descriptor = manifest.Descriptor with
                {
                    ArtifactType = manifest.ReferrerType,
                    Annotations = manifest.Annotations,
                },
            };
        }
        catch (SigstoreException e)
        {
            // A config, bundle or SBOM, mostly. It matters only where index.json calls it a manifest.
            return blob with { Failure = e };
        }
    }

    private void CheckListed(LayoutIndex index)
    {
        foreach (Descriptor entry in index.Entries.Where(static e => MediaTypes.Manifests.Contains(e.MediaType)))
        {
            if (!_blobs.TryGetValue(entry.Digest, out Blob? blob))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.BlobNotFound,
                    $"The layout {files.Place} lists the manifest {entry.Digest} and does not have it.");
            }

            if (blob.Length != entry.Size)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.DigestMismatch,
                    $"The manifest {entry.Digest} has {blob.Length} bytes instead of {entry.Size}.");
            }

            if (blob.Failure is SigstoreException e)
            {
                throw new SigstoreException(e.Code, e.Message, e);
            }
        }
    }

    private sealed record Blob(long Length, DateTime Written)
    {
        public Digest? Subject { get; init; }

        public Descriptor? Descriptor { get; init; }

        public SigstoreException? Failure { get; init; }
    }
}
