using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

public sealed class ImageCopierTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Everything_that_is_attached_goes_along(bool listsHere, bool listsThere)
    {
        await using CopyWorld world = new(new() { Referrers = listsHere }, new() { Referrers = listsThere });
        Descriptor image = await world.PushAsync();
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync();

        Assert.Equal(
            await CopyWorld.InventoryAsync(world.From, "1.0"), await CopyWorld.InventoryAsync(world.To, "1.0"));
        Assert.Equal(9, results.Count);
        Assert.All(results, static r => Assert.Equal("Copied", r.Status));
        Assert.Equal(
            (image.Digest.ToString(), "Image", 0, $"{world.Destination.Server.Host}/mirror/app:1.0"),
            (results[0].Digest, results[0].Kind, results[0].Depth, results[0].Destination));
        Assert.Equal(
            ["Artifact", "Artifact", "Attestation", "Sbom", "Signature"],
            results.Where(static r => r.Depth == 1).Select(static r => r.Kind).Order(StringComparer.Ordinal));
        Assert.All(results, static r => Assert.InRange(r.Sent, 1, r.Size));

        // Nothing but an index is at a fallback tag, and it says what the specification asks for.
        foreach (string tag in world.Stored.Tags().Where(static t => t.StartsWith("sha256-", StringComparison.Ordinal) && !t.Contains('.', StringComparison.Ordinal)))
        {
            Assert.False(listsThere);
            Manifest index = (await world.To.GetManifestAsync(tag, default))!;
            Assert.True(index.IsIndex);
            Assert.All(index.Manifests, static m => Assert.Equal("application/x-test", m.ArtifactType));
            Assert.All(index.Manifests, static m => Assert.True(m.Annotations.ContainsKey("note")));
        }
    }

    [Fact]
    public async Task A_second_time_sends_nothing()
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        await world.CopyAsync();
        world.Destination.Server.ClearRequests();
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync();
        Assert.Equal(9, results.Count);
        Assert.All(results, static r => Assert.Equal(("Unchanged", 0L), (r.Status, r.Sent)));
        Assert.DoesNotContain(world.Destination.Server.Requests, static r => r.ChangesState);
    }

    [Fact]
    public async Task The_tag_is_the_last_thing_written()
    {
        await using CopyWorld world = new(destination: new() { Referrers = false });
        await world.PushAsync();
        await world.CopyAsync();
        LoopbackRequest last = world.Destination.Server.Requests.Last(static r => r.ChangesState);
        Assert.EndsWith("/manifests/1.0", last.Path, StringComparison.Ordinal);
    }

    /// <summary>Ends the process at each write in turn, and runs it again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ended_at_any_moment_it_shows_no_image_without_its_signatures_and_goes_on(bool lists)
    {
        int writes = 1;
        for (int allowed = 0; allowed < writes; allowed++)
        {
            await using CopyWorld world = new(destination: new() { Referrers = lists });
            await world.PushAsync();
            SortedSet<string> whole = await CopyWorld.InventoryAsync(world.From, "1.0");
            using CancellationTokenSource process = new();
            DyingStore dying = new(world.To, allowed, process);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => world.CopyAsync(to: dying, cancel: process.Token));
            Assert.Null(await world.To.ResolveAsync("1.0", default));

            DyingStore again = new(world.To, int.MaxValue, process);
            await world.CopyAsync(to: again);
            Assert.Equal(whole, await CopyWorld.InventoryAsync(world.To, "1.0"));
            if (allowed == 0)
            {
                writes = again.Writes.Count;
                Assert.InRange(writes, 20, 100);
                continue;
            }

            // What was there is not sent again; one write may have been carried out unseen by each that ran beside.
            Assert.InRange(again.Writes.Count, 1, writes);
            Assert.Equal(again.Writes.Count, again.Writes.Distinct().Count());
        }
    }

    [Theory]
    [InlineData("/blobs/uploads/", "POST")]
    [InlineData("/blobs/uploads/", "PUT")]
    [InlineData("/manifests/sha256:", "PUT")]
    [InlineData("/manifests/sha256-", "PUT")]
    [InlineData("/manifests/sha256:", "HEAD")]
    [InlineData("/manifests/1.0", "PUT")]
    [InlineData("/blobs/", "HEAD")]
    [InlineData("/referrers/", "GET")]
    public async Task A_destination_that_fails_in_one_thing_gets_no_tag_and_later_all(string path, string method)
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        world.Destination.Server.AddFault(path, LoopbackFault.Status(403), method: method);
        SigstoreException? e = await Record.ExceptionAsync(() => world.CopyAsync()) as SigstoreException;
        if (method is "GET" or "HEAD")
        {
            // The registry says with each write that it lists it, so nobody has to ask; and a repository that does not
            // exist yet may answer a question with 403, which the upload settles.
            Assert.Null(e);
            return;
        }

        Assert.True(
            e!.Code is SigstoreErrorCode.CopyIncomplete or SigstoreErrorCode.RegistryUnauthorized, $"{e.Code} {e.Message}");
        Assert.Null(await world.To.ResolveAsync("1.0", default));
        world.Destination.Server.ClearFaults();
        await world.CopyAsync();
        Assert.Equal(
            await CopyWorld.InventoryAsync(world.From, "1.0"), await CopyWorld.InventoryAsync(world.To, "1.0"));
    }

    [Fact]
    public async Task What_is_missing_is_named_and_the_rest_is_there()
    {
        await using CopyWorld world = new();
        Descriptor image = await world.PushAsync();
        Digest lost = Digest.Sha256("a referrer"u8);
        world.Source.Server.GetRepository("acme/app").Blobs.TryRemove(lost.ToString(), out _);
        SigstoreException e = await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        Assert.Contains(lost.ToString(), e.Message, StringComparison.Ordinal);
        IReadOnlyList<ImageCopyResult> there = Assert.IsAssignableFrom<IReadOnlyList<ImageCopyResult>>(e.Result);
        Assert.Equal(6, there.Count);
        Assert.NotNull(await world.To.ResolveAsync(image.Digest.ToString(), default));
        Assert.Null(await world.To.ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task A_listing_that_fails_is_no_empty_listing()
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        world.Source.Server.AddFault("/referrers/", LoopbackFault.Status(500));
        await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        Assert.Null(await world.To.ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task Wrong_content_never_arrives()
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        world.Source.Server.AddFault("/blobs/", LoopbackFault.WrongContent, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => world.CopyAsync());
        Assert.Empty(world.Stored.Blobs);
        world.Source.Server.ClearFaults();
        world.Source.Server.AddFault("/manifests/", LoopbackFault.WrongContent, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => world.CopyAsync());
        Assert.Empty(world.Stored.Tags());
    }

    [Fact]
    public async Task Signatures_of_both_sides_are_kept()
    {
        await using CopyWorld world = new();
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        Manifest theirs = await CopyWorld.TagAsync(world.From, image.Digest, "sig", "one", "two");
        await CopyWorld.TagAsync(world.From, theirs.Digest, "sig", "of the signatures");
        await world.CopyAsync(new() { Tag = "1.0", Include = CopyKinds.None });
        await CopyWorld.TagAsync(world.To, image.Digest, "sig", "two", "three");

        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync();
        Assert.Equal("Merged", results.Single(static r => r is { Kind: "Signature", Depth: 1 }).Status);
        Manifest merged = (await world.To.GetManifestAsync(SignatureTagName.Of(image.Digest, "sig"), default))!;
        Assert.Equal(
            ["two", "three", "one"], merged.Layers.Select(static l => l.Annotations[MediaTypes.SignatureAnnotation]));
        byte[] config = await world.To.ReadBlobAsync(merged.Config!, 10_000, default);
        Assert.Contains("\"diff_ids\"", Encoding.UTF8.GetString(config), StringComparison.Ordinal);
        Assert.NotNull(await world.To.ResolveAsync(theirs.Digest.ToString(), default));

        // Merged once, the destination has more than the source, and that is that.
        results = await world.CopyAsync();
        Assert.All(results, static r => Assert.Equal("Unchanged", r.Status));
    }

    [Fact]
    public async Task A_tag_with_some_of_the_signatures_gets_them_all_to_the_letter()
    {
        await using CopyWorld world = new();
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        Manifest theirs = await CopyWorld.TagAsync(world.From, image.Digest, "sig", "one", "two");
        await CopyWorld.TagAsync(world.To, image.Digest, "sig", "two");
        await world.CopyAsync();
        Assert.Equal(
            theirs.Digest, (await world.To.ResolveAsync(SignatureTagName.Of(image.Digest, "sig"), default))!.Digest);
    }

    [Fact]
    public async Task A_signature_is_not_replaced_by_one_with_more_beside_it()
    {
        await using CopyWorld world = new();
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        await CopyWorld.TagAsync(world.To, image.Digest, "sig", "one");
        Manifest theirs = await CopyWorld.TagAsync(world.From, image.Digest, "sig", "one");
        string spoilt = Encoding.UTF8.GetString(theirs.Content.Span).Replace(
            "\"annotations\":{", $"\"annotations\":{{\"{MediaTypes.CertificateAnnotation}\":\"not one\",",
            StringComparison.Ordinal);
        await world.From.PutManifestAsync(
            SignatureTagName.Of(image.Digest, "sig"), Encoding.UTF8.GetBytes(spoilt), theirs.MediaType, null, default);
        await world.CopyAsync();
        Manifest merged = (await world.To.GetManifestAsync(SignatureTagName.Of(image.Digest, "sig"), default))!;
        Assert.Equal([1, 2], merged.Layers.Select(static l => l.Annotations.Count));
        Assert.All(await world.CopyAsync(), static r => Assert.Equal("Unchanged", r.Status));
    }

    [Fact]
    public async Task Another_sbom_is_not_overwritten_unasked()
    {
        await using CopyWorld world = new();
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        Manifest theirs = await CopyWorld.TagAsync(world.From, image.Digest, "sbom", "one");
        await CopyWorld.TagAsync(world.To, image.Digest, "sbom", "two");
        SigstoreException e = await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        Assert.Contains("-Force", e.Message, StringComparison.Ordinal);
        await world.CopyAsync(new() { Tag = "1.0", Force = true });
        Assert.Equal(
            theirs.Digest, (await world.To.ResolveAsync(SignatureTagName.Of(image.Digest, "sbom"), default))!.Digest);
    }

    [Fact]
    public async Task Entries_of_others_in_the_fallback_index_stay()
    {
        await using CopyWorld world = new(destination: new() { Referrers = false });
        Descriptor image = await world.PushAsync();
        await world.CopyAsync(new() { Tag = "1.0", Include = CopyKinds.None });
        Manifest own = await CopyWorld.ReferAsync(world.To, image, "written here");
        await world.CopyAsync();
        Manifest index = (await world.To.GetManifestAsync(SignatureTagName.Fallback(image.Digest), default))!;
        Assert.Equal(3, index.Manifests.Count);
        Assert.Contains(index.Manifests, m => m.Digest == own.Digest);
    }

    [Fact]
    public async Task What_cosign_copy_leaves_at_a_fallback_tag_is_not_copied()
    {
        await using CopyWorld world = new(new() { Referrers = false }, new() { Referrers = false });
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        Manifest content = (await world.From.GetManifestAsync("1.0", default))!;
        string stray = SignatureTagName.Fallback(image.Digest);
        await world.From.PutManifestAsync(stray, content.Content, content.MediaType, null, default);
        await world.CopyAsync();
        Assert.Equal(["1.0"], world.Stored.Tags());

        // At the destination it is in the way, and only -Force removes it.
        await world.From.DeleteTagAsync(stray, default);
        await CopyWorld.ReferAsync(world.From, image, "a referrer");
        await world.To.PutManifestAsync(stray, content.Content, content.MediaType, null, default);
        await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        await world.CopyAsync(new() { Tag = "1.0", Force = true });
        Assert.Single((await world.To.GetManifestAsync(stray, default))!.Manifests);
    }

    [Fact]
    public async Task An_index_goes_with_its_children_and_what_hangs_on_them()
    {
        await using CopyWorld world = new();
        IReadOnlyList<Descriptor> images = await SmallImage.PushIndexAsync(world.From, "1.0", "x", default);
        await world.AttachAsync(images[0]);
        await world.AttachAsync(images[1]);
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync();
        Assert.Equal("Index", results[0].Kind);
        Assert.Equal(
            ["linux/amd64", "linux/arm64"],
            results.Where(static r => r.Kind == "Image").Select(static r => r.Platform).Order(StringComparer.Ordinal));
        Assert.Equal(
            await CopyWorld.InventoryAsync(world.From, "1.0"), await CopyWorld.InventoryAsync(world.To, "1.0"));
    }

    [Fact]
    public async Task One_platform_is_copied_and_named_alone()
    {
        await using CopyWorld world = new();
        IReadOnlyList<Descriptor> images = await SmallImage.PushIndexAsync(world.From, "1.0", "x", default);
        await world.AttachAsync(images[2]);
        IReadOnlyList<ImageCopyResult> results =
            await world.CopyAsync(new() { Tag = "1.0", Platform = Platform.Parse("linux/arm64") });
        Assert.Equal(9, results.Count);
        Assert.Equal(images[2].Digest, (await world.To.ResolveAsync("1.0", default))!.Digest);
        Assert.Null(await world.To.ResolveAsync(images[1].Digest.ToString(), default));
        await FailsAsync(
            SigstoreErrorCode.ImageNotFound,
            () => world.CopyAsync(new() { Tag = "1.0", Platform = Platform.Parse("linux/s390x") }));
    }

    [Fact]
    public async Task An_index_without_one_of_its_children_is_incomplete()
    {
        await using CopyWorld world = new();
        IReadOnlyList<Descriptor> images = await SmallImage.PushIndexAsync(world.From, "1.0", "x", default);
        await world.From.DeleteManifestAsync(images[2].Digest, default);
        SigstoreException e = await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        Assert.Contains(images[2].Digest.ToString(), e.Message, StringComparison.Ordinal);
        Assert.Null(await world.To.ResolveAsync(images[0].Digest.ToString(), default));
    }

    [Theory]
    [InlineData((int)CopyKinds.None, 1)]
    [InlineData((int)CopyKinds.Sbom, 2)]
    [InlineData((int)CopyKinds.Signature, 3)]
    [InlineData((int)(CopyKinds.Signature | CopyKinds.Attestation), 4)]
    [InlineData((int)CopyKinds.Referrer, 5)]
    [InlineData((int)CopyKinds.All, 9)]
    public async Task Only_what_is_asked_for_goes_along_with_what_hangs_on_it(int kinds, int manifests)
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        Assert.Equal(manifests, (await world.CopyAsync(new() { Tag = "1.0", Include = (CopyKinds)kinds })).Count);
    }

    [Fact]
    public async Task Lists_that_lead_in_circles_are_walked_once()
    {
        await using CopyWorld world = new(new() { Referrers = false });
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        Manifest a = await CopyWorld.ReferAsync(world.From, image, "a");
        Manifest b = await CopyWorld.ReferAsync(world.From, a.Descriptor, "b");
        await LieAsync(b.Digest, a);
        await LieAsync(a.Digest, (await world.From.GetManifestAsync("1.0", default))!);
        await world.From.PutManifestAsync(SignatureTagName.Of(b.Digest, "sig"), b.Content, b.MediaType, null, default);
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync();
        Assert.Equal(4, results.Count);
        Assert.Contains(world.Reports, r => r.Contains($"{a.Digest} is listed as a referrer of {b.Digest}", StringComparison.Ordinal));

        async Task LieAsync(Digest subject, Manifest referrer)
        {
            string tag = SignatureTagName.Fallback(subject);
            byte[] index = FallbackIndex.With(await world.From.GetManifestAsync(tag, default), referrer.Descriptor);
            await world.From.PutManifestAsync(tag, index, MediaTypes.OciIndex, null, default);
        }
    }

    /// <summary>No digest contains itself; a referrer of a child may list the child's index all the same.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_attached_to_a_child_may_list_the_index_of_the_child(bool referrer)
    {
        await using CopyWorld world = new();
        IReadOnlyList<Descriptor> images = await SmallImage.PushIndexAsync(world.From, "1.0", "x", default);
        JsonObject index = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciIndex,
            ["manifests"] = new JsonArray([.. images.Select(ReferrerManifest.Write)]),
        };
        if (referrer)
        {
            index["subject"] = ReferrerManifest.Write(images[1] with { Platform = null });
        }

        Manifest circle = Manifest.Parse(CompactJson.Bytes(index));
        await world.From.PutManifestAsync(
            referrer ? circle.Digest.ToString() : SignatureTagName.Of(images[1].Digest, "att"), circle.Content,
            MediaTypes.OciIndex, null, default);
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(4, results.Count);
        Assert.Contains(results, r => r.Digest == circle.Digest.ToString());
        Assert.NotNull(await world.To.ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task A_chain_without_end_is_reported_and_not_cut_silently()
    {
        await using CopyWorld world = new();
        Descriptor subject = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        for (int i = 0; i < Limits.IndexDepth + 2; i++)
        {
            subject = (await CopyWorld.ReferAsync(world.From, subject, $"{i}")).Descriptor;
        }

        SigstoreException e = await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
        Assert.Contains("nests deeper", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(10_001)]
    public async Task Ten_thousand_referrers_are_copied_and_one_more_is_too_many(int count)
    {
        await using CopyWorld world = new(
            new() { RecordRequests = false, PageSize = 1000 }, new() { RecordRequests = false });
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        world.Source.Server.PushBlob("acme/app", "{}"u8.ToArray());
        world.Source.Server.PushBlob("acme/app", "same"u8.ToArray());
        for (int i = 0; i < count; i++)
        {
            string referrer = Encoding.UTF8.GetString(CopyWorld.Referrer(image, "same"u8.ToArray()).Content.Span)
                .Replace("\"note\"", $"\"n{i}\"", StringComparison.Ordinal);
            world.Source.Server.PushManifest("acme/app", null, Encoding.UTF8.GetBytes(referrer), MediaTypes.OciManifest);
        }

        if (count > Limits.Referrers)
        {
            SigstoreException e = await FailsAsync(SigstoreErrorCode.CopyIncomplete, () => world.CopyAsync());
            Assert.Equal(SigstoreErrorCode.LimitExceeded, ((SigstoreException)e.InnerException!).Code);
            Assert.Null(await world.To.ResolveAsync("1.0", default));
            return;
        }

        Assert.Equal(count + 1, (await world.CopyAsync()).Count);
        Assert.Equal(count, world.Stored.Referrers(image.Digest.ToString()).Length);
    }

    [Fact]
    public async Task Many_referrers_fit_into_a_layout()
    {
        const int count = 2000;
        await using CopyWorld world = new(
            new() { RecordRequests = false, PageSize = 1000 }, new() { RecordRequests = false });
        Descriptor image = await SmallImage.PushAsync(world.From, "1.0", "x", default);
        world.Source.Server.PushBlob("acme/app", "{}"u8.ToArray());
        world.Source.Server.PushBlob("acme/app", "same"u8.ToArray());
        for (int i = 0; i < count; i++)
        {
            string referrer = Encoding.UTF8.GetString(CopyWorld.Referrer(image, "same"u8.ToArray()).Content.Span)
                .Replace("\"note\"", $"\"n{i}\"", StringComparison.Ordinal);
            world.Source.Server.PushManifest("acme/app", null, Encoding.UTF8.GetBytes(referrer), MediaTypes.OciManifest);
        }

        string directory = Path.Combine(Path.GetTempPath(), $"copy-{Guid.NewGuid():N}");
        try
        {
            Assert.Equal(count + 1, (await world.CopyAsync(to: new ImageLayout(directory))).Count);
            ImageLayout layout = new(directory);
            Assert.Equal(count, (await layout.ListReferrersAsync(image.Digest, default)).Referrers.Count);

            // Other tools find what index.json lists.
            byte[] index = await File.ReadAllBytesAsync(Path.Combine(directory, "index.json"));
            Assert.Equal(count + 1, LayoutIndex.Parse(index).Entries.Select(static e => e.Digest).Distinct().Count());
            Assert.Equal(count + 1, (await world.CopyAsync(from: layout)).Count);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    [Fact]
    public async Task Another_image_under_the_tag_is_overwritten_only_by_force()
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        Descriptor other = await SmallImage.PushAsync(world.To, "1.0", "other", default);
        world.Destination.Server.ClearRequests();
        await FailsAsync(SigstoreErrorCode.TagOccupied, () => world.CopyAsync());
        Assert.DoesNotContain(world.Destination.Server.Requests, static r => r.ChangesState);
        Assert.Equal(other.Digest, (await world.To.ResolveAsync("1.0", default))!.Digest);
        Assert.Equal("Copied", (await world.CopyAsync(new() { Tag = "1.0", Force = true }))[0].Status);

        IReadOnlyList<ImageCopyResult> again = await world.CopyAsync(new() { Tag = "2.0" });
        Assert.Equal("Tagged", again[0].Status);
    }

    [Theory]
    [InlineData("sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.sig")]
    public async Task An_image_never_gets_the_name_of_what_is_attached(string tag)
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        await FailsAsync(
            SigstoreErrorCode.InvalidImageReference, () => world.CopyAsync(new CopyRequest { Tag = tag }));
        Assert.Empty(world.Destination.Server.Requests);
    }

    [Fact]
    public async Task Without_a_name_it_is_there_by_digest()
    {
        await using CopyWorld world = new();
        Descriptor image = await world.PushAsync();
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync(new CopyRequest());
        Assert.EndsWith($"@{image.Digest}", results[0].Destination, StringComparison.Ordinal);
        Assert.DoesNotContain("1.0", world.Stored.Tags());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Within_one_registry_blobs_are_linked_where_it_does_that(bool refuses)
    {
        await using CopyWorld world = new(new() { Auth = LoopbackAuth.Token, NoMount = refuses });
        IImageStore from = world.Source.Open("acme/app", Account);
        IImageStore to = world.Source.Open("mirror/app", Account);
        await world.PushAsync(store: from);
        world.Source.Server.ClearRequests();
        IReadOnlyList<ImageCopyResult> results = await world.CopyAsync(to: to, from: from);
        Assert.Equal(refuses ? "Copied" : "Mounted", results[0].Status);
        Assert.InRange(world.Source.Count("POST", "mount="), 3, 30);
        Assert.Equal(refuses, world.Source.Server.Requests.Any(static r => r is { Method: "PUT" } && r.Path.Contains("/uploads/", StringComparison.Ordinal)));
        Assert.Equal(
            await CopyWorld.InventoryAsync(from, "1.0"), await CopyWorld.InventoryAsync(to, "1.0"));
    }

    [Fact]
    public async Task Blobs_that_images_share_are_sent_once()
    {
        await using CopyWorld world = new();
        ImageCopier copier = new(world.Source.Clock);
        for (int i = 0; i < 5; i++)
        {
            await SmallImage.PushAsync(world.From, $"{i}", $"image {i}", default);
        }

        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => world.CopyAsync(copier: copier, tag: $"{i}")));
        Assert.Equal(2, world.Source.Count("GET", "/blobs/"));
        Assert.Equal(2, world.Destination.Count("POST", "/blobs/uploads/"));
        await world.CopyAsync(copier: copier, tag: "1", to: world.Destination.Open("mirror/other"));
        Assert.Equal(2, world.Source.Count("GET", "/blobs/"));
        Assert.Equal(2, world.Destination.Count("POST", "mount="));
    }

    [Fact]
    public async Task Layers_that_are_not_to_be_passed_on_stay_where_they_are()
    {
        await using CopyWorld world = new();
        Descriptor image = await SmallImage.PushAsync(world.From, "x", "x", default);
        Manifest manifest = (await world.From.GetManifestAsync("x", default))!;
        string foreign = Encoding.UTF8.GetString(manifest.Content.Span).Replace(
            "\"layers\":[",
            "\"layers\":[{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\",\"size\":5,"
            + $"\"digest\":\"{Digest.Sha256("none"u8)}\",\"urls\":[\"https://example.com/x\"]}},", StringComparison.Ordinal);
        world.Source.Server.PushManifest("acme/app", "1.0", Encoding.UTF8.GetBytes(foreign), MediaTypes.OciManifest);
        ImageLayout layout = new(Directory.CreateTempSubdirectory().FullName);
        Assert.Single(await world.CopyAsync(to: layout));
        Assert.Contains(world.Reports, static r => r.Contains("not to be passed on", StringComparison.Ordinal));
        Assert.NotEqual(image.Digest, (await layout.ResolveAsync("1.0", default))!.Digest);
        Directory.Delete(layout.Repository, true);
    }

    [Fact]
    public async Task A_directory_is_not_made_by_the_name_of_an_archive()
    {
        await using CopyWorld world = new();
        await world.PushAsync();
        string path = Path.Combine(Path.GetTempPath(), $"copy-{Guid.NewGuid():N}.tar");
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.InvalidImageReference, () => world.CopyAsync(to: new ImageLayout(path)));
        Assert.Contains("Export-SignedImage", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public async Task From_a_registry_to_a_layout_and_on_to_a_registry()
    {
        await using CopyWorld world = new(new() { Referrers = false }, new() { Referrers = false });
        await world.PushAsync();
        string directory = Path.Combine(Path.GetTempPath(), $"copy-{Guid.NewGuid():N}");
        try
        {
            ImageLayout layout = new(directory);
            Assert.Equal(9, (await world.CopyAsync(to: layout)).Count);
            Assert.Equal(9, (await world.CopyAsync(from: new ImageLayout(directory))).Count);
            Assert.Equal(
                await CopyWorld.InventoryAsync(world.From, "1.0"), await CopyWorld.InventoryAsync(world.To, "1.0"));
            Assert.All(await world.CopyAsync(to: layout), static r => Assert.Equal("Unchanged", r.Status));
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    [Fact]
    public async Task A_large_layer_is_streamed_and_resumed()
    {
        await using CopyWorld world = new(new() { BlobsElsewhere = true }, new() { UploadsElsewhere = true });
        byte[] layer = new byte[3_000_000];
        new Random(3).NextBytes(layer);
        Descriptor image = await SmallImage.PushAsync(world.From, "x", "x", default);
        Manifest manifest = (await world.From.GetManifestAsync("x", default))!;
        Digest large = world.Source.Server.PushBlob("acme/app", layer);
        string text = Encoding.UTF8.GetString(manifest.Content.Span)
            .Replace(manifest.Layers[0].Digest.ToString(), large.ToString(), StringComparison.Ordinal)
            .Replace($"\"size\":{manifest.Layers[0].Size},\"digest\":\"{large}", $"\"size\":3000000,\"digest\":\"{large}", StringComparison.Ordinal);
        world.Source.Server.PushManifest("acme/app", "1.0", Encoding.UTF8.GetBytes(text), MediaTypes.OciManifest);
        world.Source.Server.AddFault($"{large}", LoopbackFault.Truncate, times: 2, method: "GET");
        ImageCopyResult copied = Assert.Single(await world.CopyAsync());
        Assert.InRange(copied.Sent, 3_000_000, 3_010_000);
        Assert.Equal(layer, world.Stored.Blobs[large.ToString()]);
    }
}
