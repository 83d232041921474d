using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// One repository, wherever it lives: in a registry or in an OCI image layout on disk. "Not there" is a null or an
/// empty list; every other failure is a <see cref="SigstoreException"/>, so that a listing that failed can never be
/// taken for an image without signatures.
/// </summary>
internal interface IImageStore
{
    /// <summary>Host of the registry, such as <c>ghcr.io</c>; <c>oci</c> for a layout.</summary>
    string Registry { get; }

    /// <summary>Repository name, such as <c>acme/app</c>; full directory path for a layout.</summary>
    string Repository { get; }

    /// <summary>What identifies this repository in the process and on this machine: the scope of a lock.</summary>
    string Key { get; }

    /// <summary>
    /// Whether a PUT that names the state it replaces is compared and refused for certain. A registry may honour
    /// <c>If-Match</c>, but none says so, and most ignore it: there the answer is no.
    /// </summary>
    bool ComparesBeforePut => false;

    /// <summary>Descriptor of a manifest by tag or digest; null when there is none.</summary>
    Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel);

    /// <summary>A manifest by tag or digest, its digest checked; null when there is none.</summary>
    /// <exception cref="SigstoreException">DigestMismatch, LimitExceeded, MalformedManifest, Registry*.</exception>
    Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel);

    /// <summary>A blob of at most <paramref name="limit"/> bytes, size and digest checked.</summary>
    /// <exception cref="SigstoreException">BlobNotFound, DigestMismatch, LimitExceeded, Registry*.</exception>
    Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel);

    /// <summary>Writes a blob unless it is there.</summary>
    Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel);

    /// <summary>
    /// A blob as a stream that is read once, forwards, and only asynchronously. It is given out as it arrives, except
    /// for its last piece: size and digest are checked before that, so that a writer that was promised
    /// <see cref="Descriptor.Size"/> bytes never has them all of other content.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// BlobNotFound, LimitExceeded (over <see cref="Limits.CopyBlob"/>), Registry*; while it is read also
    /// DigestMismatch, Timeout, FileUnavailable.
    /// </exception>
    Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel);

    /// <summary>Writes a blob from a stream of known length and digest unless it is there.</summary>
    /// <param name="digest">Of the whole.</param>
    /// <param name="open">Opens the content at its beginning; called again when it has to be sent again.</param>
    /// <param name="length">Of the whole, bytes.</param>
    /// <param name="cancel">Ends it.</param>
    Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel);

    /// <summary>Whether a blob is there, of this many bytes.</summary>
    Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel);

    /// <summary>
    /// Has the store link a blob from another of its repositories, sending nothing; false where it did not.
    /// </summary>
    Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel);

    /// <summary>Writes a manifest under a tag or under its own digest.</summary>
    /// <param name="tagOrDigest">A tag, or the digest of <paramref name="content"/>.</param>
    /// <param name="content">The bytes, kept as they are.</param>
    /// <param name="mediaType">The manifest's media type.</param>
    /// <param name="replaces">
    /// For a tag: the state that was read before. A store that can compares, and answers
    /// <see cref="PutOutcome.Conflict"/> when the tag has moved on.
    /// </param>
    /// <param name="cancel">Ends the request.</param>
    /// <exception cref="SigstoreException">
    /// TagImmutable, Registry*, Timeout. After RegistryUnavailable and Timeout a tag may have been written all the
    /// same: it is not sent twice when the answer was lost, because the second could undo what somebody else wrote and
    /// read back in between. Read the tag to know.
    /// </exception>
    Task<PutOutcome> PutManifestAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces, CancellationToken cancel);

    /// <summary>Deletes a manifest by digest and with it all its tags; false when it was not there.</summary>
    Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel);

    /// <summary>Deletes a tag only; false when it was not there.</summary>
    /// <exception cref="SigstoreException">DeletionUnsupported: the store cannot delete a tag alone.</exception>
    Task<bool> DeleteTagAsync(string tag, CancellationToken cancel);

    /// <summary>All tags, in the order of the store.</summary>
    IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancel);

    /// <summary>
    /// What the store itself lists as referring to a manifest (distribution-spec, listing referrers). The fallback tag
    /// is not looked at here: it is an ordinary tag that holds an index.
    /// </summary>
    Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel);
}

/// <summary>How a store answered a manifest PUT.</summary>
internal enum PutOutcome
{
    /// <summary>Written; the store lists it under its subject if it has one and has a referrers list.</summary>
    Written,

    /// <summary>Written, and the store said that it indexed the <c>subject</c> (header <c>OCI-Subject</c>).</summary>
    WrittenAndIndexed,

    /// <summary>Not written: the tag is no longer what <c>replaces</c> said (HTTP 412).</summary>
    Conflict,
}

/// <summary>What a tag pointed to when it was read; <see cref="Digest"/> is null when it did not exist.</summary>
internal sealed record TagState(Digest? Digest, string? ETag);

/// <summary>Referrers as the store lists them.</summary>
/// <param name="Supported">False when the store has no referrers list at all: look at the fallback tag.</param>
/// <param name="Referrers">Descriptors of manifests whose subject is the one asked for.</param>
internal sealed record ReferrerListing(bool Supported, IReadOnlyList<Descriptor> Referrers)
{
    public static ReferrerListing Unsupported { get; } = new(false, []);
}
