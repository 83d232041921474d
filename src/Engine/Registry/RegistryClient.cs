using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>One repository of a registry (OCI distribution-spec 1.1).</summary>
internal sealed class RegistryClient : IImageStore
{
    private readonly RegistryRepository _repository;
    private readonly RegistryManifests _manifests;
    private readonly RegistryBlobs _blobs;
    private readonly RegistryListings _listings;

    public RegistryClient(RegistryConnection connection, string repository)
    {
        _repository = new RegistryRepository(connection, repository);
        _manifests = new RegistryManifests(_repository);
        _blobs = new RegistryBlobs(_repository);
        _listings = new RegistryListings(_repository);
    }

    public RegistryConnection Connection => _repository.Connection;

    public string Registry => _repository.Registry;

    public string Repository => _repository.Name;

    public string Key => $"{Registry}/{Repository}";

    public Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel) =>
        _manifests.ResolveAsync(tagOrDigest, cancel);

    public Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel) =>
        _manifests.GetAsync(tagOrDigest, cancel);

    public Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel) =>
        _blobs.ReadAsync(blob, limit, cancel);

    public Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        _blobs.WriteAsync(digest, content, cancel);

    public Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel) => _blobs.OpenAsync(blob, cancel);

    public Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel) =>
        _blobs.WriteAsync(digest, open, length, Limits.UploadChunk, cancel);

    public Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel) =>
        _blobs.HasAsync(digest, size, cancel);

    public Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel) =>
        _blobs.MountAsync(digest, fromRepository, cancel);

    public Task<PutOutcome> PutManifestAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces,
        CancellationToken cancel) =>
        _manifests.PutAsync(tagOrDigest, content, mediaType, replaces, cancel);

    public Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel) =>
        _manifests.DeleteAsync(digest.ToString(), isTag: false, cancel);

    public Task<bool> DeleteTagAsync(string tag, CancellationToken cancel) =>
        _manifests.DeleteAsync(tag, isTag: true, cancel);

    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancel) => _listings.TagsAsync(cancel);

    public Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel) =>
        _listings.ReferrersAsync(subject, cancel);
}
