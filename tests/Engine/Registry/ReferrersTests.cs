using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class ReferrersTests
{
    [Fact]
    public async Task Referrers_come_in_pages_with_type_and_annotations()
    {
        await using RegistrySession session = new(new() { PageSize = 2 });
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(PutOutcome.WrittenAndIndexed, await PutReferrerAsync(store, image, i));
        }

        ReferrerListing listing = await store.ListReferrersAsync(image, default);
        Assert.True(listing.Supported);
        Assert.Equal(["0", "1", "2", "3", "4"], listing.Referrers.Select(static r => r.Annotations["n"]));
        Assert.All(listing.Referrers, static r => Assert.Equal("test/thing", r.ArtifactType));
        Assert.Equal(3, session.Count("GET", "/referrers/"));
    }

    [Fact]
    public async Task An_empty_list_is_an_answer()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        ReferrerListing listing = await session.Open().ListReferrersAsync(image, default);
        Assert.True(listing.Supported);
        Assert.Empty(listing.Referrers);
    }

    [Fact]
    public async Task A_registry_without_the_list_is_asked_once()
    {
        await using RegistrySession session = new(new() { Referrers = false });
        Digest image = session.Server.PushImage("app", "1.0");
        for (int i = 0; i < 10; i++)
        {
            Assert.False((await session.Open($"app{i}").ListReferrersAsync(image, default)).Supported);
        }

        Assert.Equal(1, session.Count("GET", "/referrers/"));
        Assert.Equal(PutOutcome.Written, await PutReferrerAsync(session.Open(), image, 1));
    }

    [Fact]
    public async Task A_kind_of_repositories_without_the_list_does_not_hide_that_of_another()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("docker-local/app", "1.0");
        session.Server.AddFault("/v2/old-proxy/", LoopbackFault.Answer(404, "text/plain", "404 page not found"));
        Assert.False((await session.Open("old-proxy/app").ListReferrersAsync(image, default)).Supported);
        Assert.True((await session.Open("docker-local/app").ListReferrersAsync(image, default)).Supported);
    }

    [Fact]
    public async Task An_unknown_repository_says_nothing_about_the_registry()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault(
            "/v2/ghost/", LoopbackFault.Status(404, "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"?\"}]}"));
        Assert.False((await session.Open("ghost").ListReferrersAsync(image, default)).Supported);
        Assert.True((await session.Open().ListReferrersAsync(image, default)).Supported);
    }

    [Theory]
    [InlineData(400, "application/json", "{}")]
    [InlineData(405, "application/json", "{}")]
    [InlineData(406, "application/json", "{}")]
    [InlineData(200, "text/html", "<html/>")]
    [InlineData(200, "application/json", "{\"manifests\":[]}")]
    public async Task Other_answers_of_registries_without_the_list(int status, string type, string body)
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/referrers/", LoopbackFault.Answer(status, type, body));
        Assert.False((await session.Open().ListReferrersAsync(image, default)).Supported);
    }

    /// <summary>An error that is taken for "none" makes a signed image look unsigned (pain A3).</summary>
    [Theory]
    [InlineData(401, SigstoreErrorCode.RegistryUnauthorized)]
    [InlineData(403, SigstoreErrorCode.RegistryUnauthorized)]
    [InlineData(418, SigstoreErrorCode.RegistryRejected)]
    [InlineData(429, SigstoreErrorCode.RegistryThrottled)]
    [InlineData(500, SigstoreErrorCode.RegistryUnavailable)]
    [InlineData(503, SigstoreErrorCode.RegistryUnavailable)]
    public async Task A_failed_listing_is_never_an_empty_one(int status, object code)
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/referrers/", LoopbackFault.Status(status));
        await FailsAsync((SigstoreErrorCode)code, () => session.Open().ListReferrersAsync(image, default));
    }

    [Fact]
    public async Task A_second_page_that_fails_is_a_failure()
    {
        await using RegistrySession session = new(new() { PageSize = 1 });
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        await PutReferrerAsync(store, image, 0);
        await PutReferrerAsync(store, image, 1);
        session.Server.AddFault("from=1", LoopbackFault.Answer(404, "text/plain", "404 page not found"));
        await FailsAsync(SigstoreErrorCode.RegistryRejected, () => store.ListReferrersAsync(image, default));
    }

    [Fact]
    public async Task A_broken_index_is_a_failure()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/referrers/", LoopbackFault.Answer(200, MediaTypes.OciIndex, "{\"manifests\":[{}]}"));
        await FailsAsync(SigstoreErrorCode.MalformedManifest, () => session.Open().ListReferrersAsync(image, default));
    }

    private static async Task<PutOutcome> PutReferrerAsync(RegistryClient store, Digest subject, int number)
    {
        await store.WriteBlobAsync(Digest.Sha256("{}"u8), "{}"u8.ToArray(), default);
        string empty = $"{{\"mediaType\":\"{MediaTypes.OciEmpty}\",\"digest\":\"{Digest.Sha256("{}"u8)}\",\"size\":2}}";
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","artifactType":"test/thing","config":{{{empty}}},"layers":[{{{empty}}}],
            "subject":{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{subject}}}","size":1},"annotations":{"n":"{{{number}}}"}}
            """);
        return await store.PutManifestAsync(
            Digest.Sha256(manifest).ToString(), manifest, MediaTypes.OciManifest, null, default);
    }
}
