using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryClientTests
{
    private const string Hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    [Fact]
    public async Task An_image_is_resolved_and_read_by_tag_and_by_digest()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("acme/app", "1.0");
        RegistryClient store = session.Open("acme/app");

        Descriptor? byTag = await store.ResolveAsync("1.0", default);
        Descriptor? byDigest = await store.ResolveAsync(image.ToString(), default);
        Manifest? manifest = await store.GetManifestAsync(image.ToString(), default);
        byte[] layer = await store.ReadBlobAsync(manifest!.Layers[0], 100, default);

        Assert.Equal(image, byTag!.Digest);
        Assert.Equal(MediaTypes.OciManifest, byTag.MediaType);
        Assert.Equal(manifest.Content.Length, byTag.Size);
        Assert.Equal(image, byDigest!.Digest);
        Assert.Equal("acme/app:1.0", Encoding.UTF8.GetString(layer));
        Assert.Equal(session.Server.Host, store.Registry);
    }

    [Fact]
    public async Task What_is_not_there_is_null()
    {
        await using RegistrySession session = new();
        RegistryClient store = session.Open();
        Assert.Null(await store.ResolveAsync("1.0", default));
        Assert.Null(await store.GetManifestAsync("1.0", default));
        Assert.False(await store.DeleteManifestAsync(Digest.Parse(Hello), default));
        Assert.False(await store.DeleteTagAsync("1.0", default));
        await FailsAsync(SigstoreErrorCode.BlobNotFound, () =>
            store.ReadBlobAsync(new Descriptor("x/y", Digest.Parse(Hello), 5), 5, default));
    }

    [Fact]
    public async Task A_registry_is_pinged_once_for_all_its_repositories()
    {
        await using RegistrySession session = new();
        for (int i = 0; i < 20; i++)
        {
            session.Server.PushImage($"app{i}", "1.0");
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => session.Open($"app{i}").ResolveAsync("1.0", default)));
        Assert.Equal(21, session.Server.Requests.Count);
        Assert.Single(session.Server.Requests, static r => r.Path == "/v2/");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Head_that_says_too_little_is_followed_by_get(bool withoutDigest, bool refused)
    {
        await using RegistrySession session = new(new() { HeadWithoutDigest = withoutDigest });
        Digest image = session.Server.PushImage("app", "1.0");
        if (refused)
        {
            session.Server.AddFault("/manifests/", LoopbackFault.Status(405), method: "HEAD");
        }

        Descriptor? found = await session.Open().ResolveAsync("1.0", default);
        Assert.Equal(image, found!.Digest);
        Assert.Equal(1, session.Count("GET", "/manifests/1.0"));
    }

    [Fact]
    public async Task Other_content_than_the_digest_says_is_refused()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;

        session.Server.AddFault("/manifests/", LoopbackFault.WrongContent, method: "GET");
        session.Server.AddFault("/blobs/", LoopbackFault.WrongContent, method: "GET");

        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => store.GetManifestAsync(image.ToString(), default));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => store.GetManifestAsync("1.0", default));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => store.ReadBlobAsync(manifest.Layers[0], 99, default));
    }

    [Fact]
    public async Task A_lie_in_the_digest_header_is_refused()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        session.Server.AddFault("/manifests/", LoopbackFault.LieAboutDigest);

        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => store.GetManifestAsync("1.0", default));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => store.ResolveAsync(image.ToString(), default));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () =>
            store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
        // Asked by digest, the body decides, not the header.
        Assert.Equal(image, (await store.GetManifestAsync(image.ToString(), default))!.Digest);
    }

    [Fact]
    public async Task Tags_that_are_paths_are_not_asked_for()
    {
        await using RegistrySession session = new();
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () =>
            session.Open().ResolveAsync("../../other/manifests/1.0", default));
        Assert.Empty(session.Server.Requests);
    }

    [Fact]
    public async Task A_sha512_digest_is_checked_with_sha512()
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        Digest digest = Digest.FromHash(HashAlgorithmName.SHA512, SHA512.HashData(manifest.Content.Span));

        await store.PutManifestAsync(digest.ToString(), manifest.Content, manifest.MediaType, null, default);
        Manifest? found = await store.GetManifestAsync(digest.ToString(), default);
        Assert.Equal(digest, found!.Digest);
    }

    [Fact]
    public async Task A_blob_larger_than_wanted_is_not_read()
    {
        await using RegistrySession session = new();
        Digest blob = session.Server.PushBlob("app", new byte[1000]);
        RegistryClient store = session.Open();

        await FailsAsync(SigstoreErrorCode.LimitExceeded, () =>
            store.ReadBlobAsync(new Descriptor("x/y", blob, 1000), 999, default));
        Assert.Empty(session.Server.Requests);
        // A descriptor that says less than there is.
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () =>
            store.ReadBlobAsync(new Descriptor("x/y", blob, 10), 999, default));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () =>
            store.ReadBlobAsync(new Descriptor("x/y", blob, 1001), 2000, default));
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.Oversize(Limits.Manifest * 4L), method: "GET");
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task A_manifest_that_calls_itself_something_else_is_refused()
    {
        await using RegistrySession session = new();
        session.Server.PushManifest(
            "app", "1.0", """{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8.ToArray(),
            MediaTypes.OciManifest);
        await FailsAsync(SigstoreErrorCode.MalformedManifest, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task Tags_come_in_pages()
    {
        await using RegistrySession session = new(new() { PageSize = 3 });
        for (int i = 0; i < 10; i++)
        {
            session.Server.PushImage("app", $"t{i}");
        }

        List<string> tags = [];
        await foreach (string tag in session.Open().ListTagsAsync(default))
        {
            tags.Add(tag);
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"t{i}"), tags);
        Assert.Equal(4, session.Count("GET", "/tags/list"));
    }

    [Theory]
    [InlineData("<http://127.0.0.1:1/v2/app/tags/list?from=3>; rel=\"next\"")]
    [InlineData("</v2/app/tags/list>; rel=next")]
    public async Task A_next_page_elsewhere_or_the_same_again_is_refused(string link)
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/tags/list", LoopbackFault.Header("Link", link));
        await FailsAsync(SigstoreErrorCode.RegistryProtocolViolation, async () =>
        {
            await foreach (string _ in session.Open().ListTagsAsync(default))
            {
            }
        });
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"tags\":[1]}")]
    [InlineData("{\"tags\":{}}")]
    [InlineData("{\"tags\":[],\"tags\":[\"a\"]}")]
    public async Task A_list_of_tags_that_is_none_is_refused(string body)
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/tags/list", LoopbackFault.Answer(200, "application/json", body));
        await FailsAsync(SigstoreErrorCode.RegistryProtocolViolation, async () =>
        {
            await foreach (string _ in session.Open().ListTagsAsync(default))
            {
            }
        });
    }

    [Fact]
    public async Task Cancellation_passes_through()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.Hang);
        using CancellationTokenSource cancel = new();
        Task<Descriptor?> task = session.Open().ResolveAsync("1.0", cancel.Token);
        await Task.Delay(50);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }
}
