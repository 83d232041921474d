using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryWriteTests
{
    private static readonly byte[] Large = RandomNumberGenerator.GetBytes(100_000);

    [Fact]
    public async Task A_blob_is_written_once()
    {
        await using RegistrySession session = new();
        RegistryClient store = session.Open();
        Digest digest = Digest.Sha256("hello"u8);

        await store.WriteBlobAsync(digest, "hello"u8.ToArray(), default);
        await store.WriteBlobAsync(digest, "hello"u8.ToArray(), default);

        byte[] read = await store.ReadBlobAsync(new Descriptor("x/y", digest, 5), 5, default);
        Assert.Equal("hello"u8, read);
        Assert.Equal(1, session.Count("POST", "/blobs/uploads/"));
        Assert.Equal(1, session.Count("PUT", "_state=x%2By&digest=sha256"));
    }

    [Theory]
    [InlineData(false, 100_000, 0)]
    [InlineData(false, 30_000, 4)]
    [InlineData(false, 50_000, 2)]
    [InlineData(true, 30_000, 1)]
    public async Task A_stream_goes_in_pieces_or_whole_where_pieces_are_refused(bool refuse, int chunk, int patches)
    {
        await using RegistrySession session = new(new() { RefuseChunks = refuse });
        RegistryClient store = session.Open();
        RegistryBlobs blobs = new(new RegistryRepository(store.Connection, "app"));
        Digest digest = Digest.Sha256(Large);

        await blobs.WriteAsync(digest, static _ => Task.FromResult<Stream>(new MemoryStream(Large)), Large.Length, chunk, default);

        Assert.Equal(Large, session.Server.GetRepository("app").Blobs[digest.ToString()]);
        Assert.Equal(patches, session.Count("PATCH", "/uploads/"));
    }

    [Fact]
    public async Task A_blob_that_is_not_what_its_digest_says_is_refused_by_the_registry()
    {
        await using RegistrySession session = new();
        SigstoreException e = await FailsAsync(SigstoreErrorCode.RegistryRejected, () =>
            session.Open().WriteBlobAsync(Digest.Sha256("hello"u8), "hullo"u8.ToArray(), default));
        Assert.Contains("DIGEST_INVALID", e.Message, StringComparison.Ordinal);
        Assert.Empty(session.Server.GetRepository("app").Blobs);
    }

    [Fact]
    public async Task An_upload_starts_over_when_the_connection_breaks_on_the_way()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("digest=", LoopbackFault.Drop, times: 2, method: "PUT");
        Digest digest = Digest.Sha256("hello"u8);
        await session.Open().WriteBlobAsync(digest, "hello"u8.ToArray(), default);
        Assert.Equal(3, session.Count("POST", "/uploads/"));
        Assert.True(session.Server.GetRepository("app").Blobs.ContainsKey(digest.ToString()));
    }

    [Fact]
    public async Task An_upload_whose_answer_was_lost_is_found_to_be_there()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("digest=", LoopbackFault.LoseAnswer, times: 1, method: "PUT");
        await session.Open().WriteBlobAsync(Digest.Sha256("hello"u8), "hello"u8.ToArray(), default);
        Assert.Equal(1, session.Count("POST", "/uploads/"));
    }

    [Fact]
    public async Task Uploads_to_another_host_carry_no_credentials()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Basic, UploadsElsewhere = true });
        await session.Open(access: Account).WriteBlobAsync(Digest.Sha256("hello"u8), "hello"u8.ToArray(), default);

        LoopbackRequest put = Assert.Single(session.Server.Requests, static r => r.Method == "PUT");
        LoopbackRequest post = Assert.Single(session.Server.Requests, static r => r.Method == "POST");
        Assert.True(put.Elsewhere);
        Assert.Null(put.Authorization);
        Assert.NotNull(post.Authorization);
    }

    [Fact]
    public async Task An_upload_without_location_is_a_violation()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/uploads/", LoopbackFault.Status(202), method: "POST");
        await FailsAsync(SigstoreErrorCode.RegistryProtocolViolation, () =>
            session.Open().WriteBlobAsync(Digest.Sha256("hello"u8), "hello"u8.ToArray(), default));
    }

    [Fact]
    public async Task A_blob_is_mounted_from_another_repository()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        Digest blob = session.Server.PushBlob("base", "hello"u8.ToArray());
        RegistryClient store = session.Open(access: Account);

        Assert.True(await store.MountBlobAsync(blob, "base", default));
        Assert.False(await store.MountBlobAsync(Digest.Sha256("other"u8), "base", default));
        Assert.Single(session.Server.GetRepository("app").Blobs);
        Assert.Empty(session.Server.GetRepository("app").Uploads);
    }

    [Fact]
    public async Task A_manifest_is_written_under_tag_and_digest()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        await store.DeleteManifestAsync(image, default);

        Assert.Equal(
            PutOutcome.Written, await store.PutManifestAsync(image.ToString(), manifest.Content, manifest.MediaType, null, default));
        Assert.Null(await store.ResolveAsync("1.0", default));
        Assert.Equal(
            PutOutcome.Written, await store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
        Assert.Equal(manifest.Content, (await store.GetManifestAsync("2.0", default))!.Content);
    }

    [Fact]
    public async Task A_manifest_before_its_blobs_is_rejected_with_the_registrys_words()
    {
        await using RegistrySession session = new();
        byte[] manifest =
            """{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","size":5},"layers":[]}"""u8.ToArray();
        SigstoreException e = await FailsAsync(SigstoreErrorCode.RegistryRejected, () =>
            session.Open().PutManifestAsync("1.0", manifest, MediaTypes.OciManifest, null, default));
        Assert.Contains("MANIFEST_BLOB_UNKNOWN", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_moved_on_is_a_conflict_where_the_registry_can_tell()
    {
        await using RegistrySession session = new(new() { EntityTags = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest first = (await store.GetManifestAsync("1.0", default))!;
        session.Server.PushImage("app", "1.0", "somebody else's");

        TagState before = new(first.Digest, first.ETag);
        Assert.Equal(
            PutOutcome.Conflict, await store.PutManifestAsync("1.0", first.Content, first.MediaType, before, default));
        // And the same for a tag that was not there.
        Assert.Equal(
            PutOutcome.Conflict,
            await store.PutManifestAsync("1.0", first.Content, first.MediaType, new TagState(null, null), default));

        Manifest now = (await store.GetManifestAsync("1.0", default))!;
        Assert.Equal(
            PutOutcome.Written,
            await store.PutManifestAsync("1.0", first.Content, first.MediaType, new TagState(now.Digest, now.ETag), default));
    }

    [Theory]
    [InlineData(409, "{\"errors\":[{\"code\":\"CONFLICT\",\"message\":\"x\"}]}")]
    [InlineData(400, "{\"errors\":[{\"code\":\"TAG_INVALID\",\"message\":\"The image tag 'a' already exists and cannot be overwritten because the repository is immutable.\"}]}")]
    [InlineData(412, "{\"errors\":[{\"code\":\"PRECONDITION\",\"message\":\"Failed to process request due to 'app:1.0' configured as immutable.\"}]}")]
    [InlineData(400, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"The repository has enabled tag immutability\"}]}")]
    [InlineData(403, "{\"errors\":[{\"code\":\"TAG_IMMUTABLE\",\"message\":\"no\"}]}")]
    public async Task An_immutable_tag_is_told_as_such(int status, string body)
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        session.Server.AddFault("/manifests/", LoopbackFault.Status(status, body), method: "PUT");
        await FailsAsync(SigstoreErrorCode.TagImmutable, () =>
            store.PutManifestAsync("1.0", manifest.Content, manifest.MediaType, new TagState(manifest.Digest, "\"x\""), default));
    }

    [Fact]
    public async Task An_immutable_repository_takes_new_tags_only()
    {
        await using RegistrySession session = new(new() { ImmutableTags = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        await store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default);
        await FailsAsync(SigstoreErrorCode.TagImmutable, () =>
            store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
    }

    [Fact]
    public async Task Writing_a_tag_is_not_repeated_when_it_may_have_been_done()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        session.Server.AddFault("/manifests/2.0", LoopbackFault.LoseAnswer, times: 1, method: "PUT");
        session.Server.AddFault("/manifests/3.0", LoopbackFault.Status(429), times: 1, method: "PUT");
        session.Server.AddFault("/manifests/sha256:", LoopbackFault.LoseAnswer, times: 1, method: "PUT");

        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () =>
            store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
        Assert.Equal(1, session.Count("PUT", "/manifests/2.0"));

        await store.PutManifestAsync("3.0", manifest.Content, manifest.MediaType, null, default);
        Assert.Equal(2, session.Count("PUT", "/manifests/3.0"));

        await store.PutManifestAsync(image.ToString(), manifest.Content, manifest.MediaType, null, default);
        Assert.Equal(2, session.Count("PUT", "/manifests/sha256:"));
    }

    [Fact]
    public async Task A_throttled_write_over_a_read_is_not_repeated_with_what_was_read_before()
    {
        // After Retry-After has passed others have written and settled; the same bytes again would drop what is theirs.
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        session.Server.AddFault(
            "/manifests/2.0", LoopbackFault.Status(429, retryAfter: "30"), times: 1, method: "PUT");

        await FailsAsync(SigstoreErrorCode.RegistryThrottled, () => store.PutManifestAsync(
            "2.0", manifest.Content, manifest.MediaType, new TagState(null, null), default));
        Assert.Equal(1, session.Count("PUT", "/manifests/2.0"));
    }

    [Fact]
    public async Task Deleting_a_digest_takes_its_tags_and_deleting_a_tag_does_not_take_the_digest()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Assert.True(await store.DeleteTagAsync("1.0", default));
        Assert.NotNull(await store.ResolveAsync(image.ToString(), default));
        Assert.True(await store.DeleteManifestAsync(image, default));
        Assert.Null(await store.ResolveAsync(image.ToString(), default));
    }

    [Fact]
    public async Task A_registry_that_does_not_delete_is_told_as_such()
    {
        await using RegistrySession session = new(new() { DeleteDisabled = true });
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        await FailsAsync(SigstoreErrorCode.DeletionUnsupported, () => store.DeleteManifestAsync(image, default));
        await FailsAsync(SigstoreErrorCode.DeletionUnsupported, () => store.DeleteTagAsync("1.0", default));
        session.Server.AddFault("/manifests/", LoopbackFault.Status(400, "{\"errors\":[{\"code\":\"DIGEST_INVALID\"}]}"));
        await FailsAsync(SigstoreErrorCode.DeletionUnsupported, () => store.DeleteTagAsync("1.0", default));
        await FailsAsync(SigstoreErrorCode.RegistryRejected, () => store.DeleteManifestAsync(image, default));
    }
}
