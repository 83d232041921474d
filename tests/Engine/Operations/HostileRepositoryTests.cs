using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;
using SigstorePS.Support;
using SigstorePS.Support.Registry;
using SigstorePS.Tests.Registry;
using SigstorePS.Verification;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

/// <summary>Content that somebody planted who may push to the repository.</summary>
public sealed class HostileRepositoryTests
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    [Theory]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"$D\"}]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"$D\",\"size\":1e99}]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[7]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":{}}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{\"\\ud800\":\"a\"}}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{\"a\":\"\\ud800\"}}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{\"a\":\"\",\"\\u0061\":\"\"}}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task A_fallback_index_that_cannot_be_read_is_not_no_signature(string index)
    {
        await using RegistrySession session = new(new() { Referrers = false });
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault(
            $"/manifests/{SignatureTagName.Fallback(image)}",
            LoopbackFault.Answer(200, MediaTypes.OciIndex, index.Replace("$D", image.ToString(), StringComparison.Ordinal)));

        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.MalformedManifest, () => VerifyAsync(session.Open(), image));
        Assert.False(Assert.IsType<ImageVerification>(e.Result).Verified);
    }

    [Theory]
    [InlineData(MediaTypes.OciManifest, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"$D\",\"size\":1}]}")]
    [InlineData(MediaTypes.OciIndex, "{\"schemaVersion\":2,\"layers\":[{\"mediaType\":\"x\",\"digest\":\"$D\",\"size\":1}]}")]
    public void A_document_that_is_not_what_its_carrier_calls_it_is_refused(string mediaType, string text)
    {
        // CVE-2021-41190: without a mediaType of its own it is an index to one reader and a manifest to the next.
        byte[] content = Encoding.UTF8.GetBytes(
            text.Replace("$D", Digest.Sha256([]).ToString(), StringComparison.Ordinal));
        Assert.Equal(
            SigstoreErrorCode.MalformedManifest,
            Assert.Throws<SigstoreException>(() => Manifest.Parse(content, mediaType)).Code);
    }

    [Fact]
    public async Task An_index_whose_HEAD_calls_it_an_image_does_not_lose_its_children()
    {
        await using RegistrySession session = new();
        Digest child = session.Server.PushImage("app", "child");
        string index = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{child}}","size":1}]}
            """;
        Digest root = session.Server.PushManifest("app", "1.0", Encoding.UTF8.GetBytes(index), MediaTypes.OciIndex);
        session.Server.AddFault(
            "/manifests/1.0", LoopbackFault.Header("Content-Type", MediaTypes.OciManifest), method: "HEAD");

        RegistryClient store = session.Open();
        IReadOnlyList<ImageTarget> found = await new ImageResolver((_, _) => store).ResolveAsync(
            "x", ImageReference.Parse($"{session.Server.Host}/app:1.0"), new ImageQuery { Recurse = true }, default);
        Assert.Equal([root, child], found.Select(static t => t.Digest));
    }

    [Fact]
    public async Task Signatures_elsewhere_are_reached_with_the_access_of_elsewhere()
    {
        // The password given for the image's registry must not reach the one COSIGN_REPOSITORY names.
        MemoryStore store = await WithImageAsync(new MemoryStore(new(), "a"));
        RegistryAccess mine = new() { Token = "mine" };
        RegistryAccess theirs = new() { Token = "theirs" };
        Dictionary<string, RegistryAccess> opened = [];
        ImageResolver resolver = new((reference, access) =>
        {
            opened[reference.Registry] = access;
            return store;
        });
        await resolver.ResolveAsync(
            "x", ImageReference.Parse("images.example/app:1"),
            new ImageQuery
            {
                Access = mine,
                SignatureRepository = ImageReference.Parse("signatures.example/app"),
                SignatureAccess = theirs,
            },
            default);
        Assert.Same(mine, opened["images.example"]);
        Assert.Same(theirs, opened["signatures.example"]);
    }

    [Fact]
    public async Task The_next_page_is_found_behind_other_links_of_the_line()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        string page = $$"""{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"{{image}}","size":1}]}""";
        session.Server.AddFault("page=2", LoopbackFault.Answer(200, MediaTypes.OciIndex, page));
        session.Server.AddFault(
            $"/referrers/{image}",
            LoopbackFault.Header("Link", "<?page=1>; rel=\"prev\", <?page=2>; rel=\"next\", <?page=9>; rel=\"last\""));

        ReferrerListing listing = await session.Open().ListReferrersAsync(image, default);
        Assert.Equal([image], listing.Referrers.Select(static r => r.Digest));
    }

    [Fact]
    public async Task A_thousand_fat_layers_do_not_fill_the_memory()
    {
        MemoryStore.Contents contents = new();
        MemoryStore store = await WithImageAsync(new MemoryStore(contents, "a"));
        byte[] payload = new byte[Limits.Payload];
        Digest blob = Digest.Sha256(payload);
        contents.Blobs[blob.ToString()] = payload;
        string layer = $$"""
            {"mediaType":"{{MediaTypes.SimpleSigning}}","digest":"{{blob}}","size":{{payload.Length}},"annotations":{"{{MediaTypes.SignatureAnnotation}}":"MEUCIQ=="} }
            """;
        string manifest = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","layers":[{{string.Join(',', Enumerable.Repeat(layer, Limits.SignatureLayers))}}]}
            """;
        ImageTarget target = await TargetAsync(store);
        contents.Manifests[SignatureTagName.Of(target.Digest, "sig")] = Manifest.Parse(Encoding.UTF8.GetBytes(manifest));

        FoundSignatures found = await SignatureFinder.FindAsync(target, new ImageQuery(), Silent, default);
        Assert.Equal(Limits.SignatureLayers, found.Signatures.Count);
        Assert.InRange(
            found.Signatures.Sum(static s => (long)(s.Artifact?.Payload.Length ?? 0)), 1, Limits.ImageSignatures);
        Assert.Contains(found.Signatures, static s => s.Failure?.Code == SigstoreErrorCode.LimitExceeded);
    }

    [Fact]
    public async Task A_docker_list_under_the_fallback_tag_stays_one_that_can_be_read()
    {
        MemoryStore.Contents contents = new();
        MemoryStore store = await WithImageAsync(new MemoryStore(contents, "a"));
        ImageTarget target = await TargetAsync(store);
        string tag = SignatureTagName.Fallback(target.Digest);
        contents.Manifests[tag] = Manifest.Parse(Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.DockerIndex}}","manifests":[]}"""));

        await new SignatureWriter(TimeProvider.System)
            .WriteBundleAsync(target, "{}"u8.ToArray(), "x", DateTimeOffset.UnixEpoch, false, default);
        Assert.Single(contents.Manifests[tag].Manifests);
    }

    [Fact]
    public async Task A_tag_that_is_full_is_left_readable()
    {
        // One byte more than is read, and every signature that was there would be gone for good.
        MemoryStore.Contents contents = new();
        SharedTag tag = new(new MemoryStore(contents, "a"), "t", TimeProvider.System);
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => tag.MergeAsync(
            static (_, _) => Task.FromResult<MergedManifest?>(
                new MergedManifest(new byte[Limits.Manifest + 1], MediaTypes.OciManifest)),
            static _ => true, default));
        Assert.DoesNotContain("PUT", contents.Log);
    }

    [Fact]
    public async Task Removing_referrers_does_not_remove_what_an_index_only_claims_to_refer()
    {
        // Whoever may push, but not delete, could have an administrator's clean-up delete any image of the repository.
        MemoryStore.Contents contents = new();
        MemoryStore store = await WithImageAsync(new MemoryStore(contents, "a"));
        ImageTarget target = await TargetAsync(store);
        Manifest other = Manifest.Parse(Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","annotations":{"is":"production"} }"""));
        Manifest referrer = Manifest.Parse(ReferrerManifest.ForBundle(
            target.Image, ReferrerManifest.EmptyDescriptor, "x", DateTimeOffset.UnixEpoch));
        byte[] index = FallbackIndex.With(null, other.Descriptor);
        foreach (Manifest listed in (Manifest[])[referrer, Manifest.Parse(contents.Manifests["1"].Content)])
        {
            index = FallbackIndex.With(Manifest.Parse(index), listed.Descriptor);
        }

        foreach (Manifest manifest in (Manifest[])[other, referrer, contents.Manifests["1"]])
        {
            contents.Manifests[manifest.Digest.ToString()] = manifest;
        }

        contents.Manifests[SignatureTagName.Fallback(target.Digest)] = Manifest.Parse(index);
        contents.Manifests[SignatureTagName.Of(target.Digest, "sig")] = contents.Manifests["1"];

        IReadOnlyList<RemovalStep> plan =
            await ArtifactRemover.PlanAsync(target, RemovalKinds.All, new ImageQuery(), default);
        Assert.Equal([referrer.Digest], plan.Select(static s => s.Attached.Manifest.Digest));
    }

    [Fact]
    public void Escape_sequences_of_a_bundle_do_not_reach_the_terminal()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => BundleReader.Read(
            "{\"mediaType\":\"\\u001b]0;owned\\u0007\\r\\nVerified\\u202e\"}"u8.ToArray()));
        Assert.DoesNotContain(e.Message, static c => char.IsControl(c) || c == '\u202e');
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
    }

    private static Task<ImageVerification> VerifyAsync(RegistryClient store, Digest image)
    {
        PublicKey key = PublicKey.FromSpki(
            LocalSigner.FromPkcs8(Pkcs8.Generate(SigningAlgorithm.EcdsaP256)).PublicKey.Spki.Span);
        ImageTarget target = new(
            "x", ImageReference.Parse($"{store.Registry}/{store.Repository}@{image}"), store, store,
            new Descriptor(MediaTypes.OciManifest, image, 1));
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey([new TrustedKey("key", key)]), SkipTransparencyLog = true,
        };
        return ImageVerifier.VerifyAsync(target, policy, new ImageQuery(), Silent, default);
    }

    private static async Task<MemoryStore> WithImageAsync(MemoryStore store)
    {
        await store.PutManifestAsync(
            "1", Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}"}"""),
            MediaTypes.OciManifest, null, default);
        return store;
    }

    private static async Task<ImageTarget> TargetAsync(MemoryStore store) => new(
        "memory.test/app:1", ImageReference.Parse("memory.test/app:1"), store, store,
        (await store.ResolveAsync("1", default))!);
}
