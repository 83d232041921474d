using System.Collections.Concurrent;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Registry;
using SigstorePS.Tests.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

/// <summary>Where attestations go, and what goes for them.</summary>
public sealed class AttestationWriterTests
{
    private const string Vex = PredicateType.OpenVex;
    private const string Bom = PredicateType.CycloneDx;
    private static readonly Dictionary<string, string> NoMaterial = [];
    private static readonly AttestationStorage Keep = new();
    private static readonly AttestationStorage Replace = new() { Replace = true };

    private readonly ConcurrentQueue<EngineReport> _reports = new();

    [Fact]
    public async Task A_legacy_attestation_is_the_layer_that_cosign_writes()
    {
        MemoryStore.Contents contents = new();
        ImageTarget target = await TargetAsync(new MemoryStore(contents, "a"));
        byte[] envelope = Envelope(target, Vex, 1);
        Dictionary<string, string> material = new() { [MediaTypes.CertificateAnnotation] = "PEM" };

        StoredAt stored = await Writer().WriteLegacyAsync(target, envelope, Vex, material, Keep, Reports, default);

        Assert.Equal($"memory.test/app:{AttTag(target)}", stored.Reference);
        Assert.Equal((SignatureStorage.SignatureTag, 1, 0), (stored.Storage, stored.Attempts, stored.Replaced));
        Descriptor layer = Assert.Single(contents.Manifests[AttTag(target)].Layers);
        Assert.Equal(new Descriptor(MediaTypes.DsseEnvelope, Digest.Sha256(envelope), envelope.Length), layer with
        {
            Annotations = Descriptor.NoAnnotations,
        });
        Assert.Equal(
            [
                new(MediaTypes.SignatureAnnotation, ""), new(MediaTypes.CertificateAnnotation, "PEM"),
                new("predicateType", Vex),
            ],
            layer.Annotations.ToArray());
        Assert.Equal(envelope, contents.Blobs[layer.Digest.ToString()]);
    }

    [Fact]
    public async Task Golden_and_our_manifests_are_alike()
    {
        string folder = RepositoryRoot.Fixture("golden", "images", "oci-layout", "c3-key-old", "blobs", "sha256");
        Manifest golden = Directory.EnumerateFiles(folder).Where(static f => new FileInfo(f).Length < 2000)
            .Select(File.ReadAllBytes).Where(static c => Encoding.UTF8.GetString(c).Contains("dsse.envelope", StringComparison.Ordinal))
            .Select(static c => Manifest.Parse(c)).Single();
        byte[] envelope = await File.ReadAllBytesAsync(Path.Combine(folder, golden.Layers[0].Digest.Hex));
        MemoryStore.Contents contents = new();
        ImageTarget target = await TargetAsync(new MemoryStore(contents, "a"));

        await Writer().WriteLegacyAsync(target, envelope, PredicateType.Custom, NoMaterial, Keep, Reports, default);

        Manifest made = contents.Manifests[AttTag(target)];
        Assert.Equal(golden.Layers[0].Annotations, made.Layers[0].Annotations);
        Assert.Equal(golden.Config!.MediaType, made.Config!.MediaType);
        Assert.Equal(
            Encoding.UTF8.GetString(golden.Content.Span).Replace(golden.Config.Digest.Hex, made.Config.Digest.Hex, StringComparison.Ordinal)
                .Replace($"\"size\":{golden.Config.Size}", $"\"size\":{made.Config.Size}", StringComparison.Ordinal),
            Encoding.UTF8.GetString(made.Content.Span));
    }

    [Fact]
    public async Task Replacing_drops_the_type_and_leaves_the_others_to_the_letter()
    {
        MemoryStore.Contents contents = new();
        ImageTarget target = await TargetAsync(new MemoryStore(contents, "a"));
        AttestationWriter writer = Writer();
        await LegacyAsync(writer, target, Vex, 1, Keep);
        await LegacyAsync(writer, target, Bom, 2, Keep);
        await LegacyAsync(writer, target, Vex, 3, Keep);
        Descriptor bom = contents.Manifests[AttTag(target)].Layers[1];

        StoredAt stored = await LegacyAsync(writer, target, Vex, 4, Replace);

        Assert.Equal(2, stored.Replaced);
        Assert.Equal(
            [bom.Digest, Digest.Sha256(Envelope(target, Vex, 4))],
            contents.Manifests[AttTag(target)].Layers.Select(static l => l.Digest));
        Assert.Equal(2, Diffs(contents, AttTag(target)));
    }

    [Fact]
    public async Task The_statement_says_the_type_and_not_the_annotation()
    {
        MemoryStore.Contents contents = new();
        ImageTarget target = await TargetAsync(new MemoryStore(contents, "a"));
        AttestationWriter writer = Writer();
        await writer.WriteLegacyAsync(target, Envelope(target, Bom, 1), Vex, NoMaterial, Keep, Reports, default);
        await writer.WriteLegacyAsync(target, Envelope(target, Vex, 2), Bom, NoMaterial, Keep, Reports, default);
        await writer.WriteLegacyAsync(target, "no envelope"u8.ToArray(), Vex, NoMaterial, Keep, Reports, default);

        StoredAt stored = await LegacyAsync(writer, target, Vex, 3, Replace);

        Assert.Equal(1, stored.Replaced);
        Assert.Equal(
            [Digest.Sha256(Envelope(target, Bom, 1)), Digest.Sha256("no envelope"u8), Digest.Sha256(Envelope(target, Vex, 3))],
            contents.Manifests[AttTag(target)].Layers.Select(static l => l.Digest));
        Assert.Contains(_reports, static r => r.Level == ReportLevel.Verbose && r.Text.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_envelope_with_another_log_entry_takes_its_place_only_when_told()
    {
        MemoryStore.Contents contents = new();
        ImageTarget target = await TargetAsync(new MemoryStore(contents, "a"));
        AttestationWriter writer = Writer();
        Dictionary<string, string> logged = new() { [MediaTypes.RekorBundleAnnotation] = "{}" };
        await LegacyAsync(writer, target, Vex, 1, Keep);
        Assert.Equal(0, (await LegacyAsync(writer, target, Vex, 1, Keep)).Attempts);

        await writer.WriteLegacyAsync(target, Envelope(target, Vex, 1), Vex, logged, Keep, Reports, default);
        Assert.Equal(2, contents.Manifests[AttTag(target)].Layers.Count);

        await writer.WriteLegacyAsync(target, Envelope(target, Vex, 1), Vex, logged, Replace, Reports, default);
        Assert.Equal("{}", Assert.Single(contents.Manifests[AttTag(target)].Layers).Annotations[MediaTypes.RekorBundleAnnotation]);
    }

    [Fact]
    public async Task Many_that_attest_at_once_under_one_tag_are_all_there()
    {
        MemoryStore.Contents contents = new() { Latency = TimeSpan.FromMilliseconds(8) };
        MemoryStore[] machines = [.. Enumerable.Range(0, 6).Select(m => new MemoryStore(contents, $"machine {m}"))];
        ImageTarget target = await TargetAsync(machines[0]);
        AttestationWriter writer = new(TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, 18).Select(i =>
            LegacyAsync(writer, target with { SignatureStore = machines[i % machines.Length] }, Vex, i, Keep)));

        Assert.Equal(
            Enumerable.Range(0, 18).Select(i => Digest.Sha256(Envelope(target, Vex, i)).Hex).Order(),
            contents.Manifests[AttTag(target)].Layers.Select(static l => l.Digest.Hex).Order());
    }

    [Fact]
    public async Task Who_replaces_while_others_add_drops_only_what_was_there_before()
    {
        MemoryStore.Contents contents = new() { Latency = TimeSpan.FromMilliseconds(8) };
        MemoryStore[] machines = [.. Enumerable.Range(0, 4).Select(m => new MemoryStore(contents, $"machine {m}"))];
        ImageTarget target = await TargetAsync(machines[0]);
        AttestationWriter writer = new(TimeProvider.System);
        await LegacyAsync(writer, target, Vex, 100, Keep);
        await LegacyAsync(writer, target, Bom, 101, Keep);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => LegacyAsync(
            writer, target with { SignatureStore = machines[i % machines.Length] }, i % 2 == 0 ? Vex : Bom, i, Keep))
            .Append(LegacyAsync(writer, target, Vex, 50, Replace)));

        HashSet<Digest> left = [.. contents.Manifests[AttTag(target)].Layers.Select(static l => l.Digest)];
        Assert.DoesNotContain(Digest.Sha256(Envelope(target, Vex, 100)), left);
        Assert.Contains(Digest.Sha256(Envelope(target, Bom, 101)), left);
        Assert.Contains(Digest.Sha256(Envelope(target, Vex, 50)), left);
        Assert.All([1, 3, 5, 7], i => Assert.Contains(Digest.Sha256(Envelope(target, Bom, i)), left));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bundle_replaces_bundles_of_its_type_after_it_is_there(bool referrers)
    {
        await using RegistrySession session = new(new() { Referrers = referrers });
        ImageTarget target = await TargetAsync(session);
        AttestationWriter writer = new(session.Clock);
        await BundleAsync(writer, target, Vex, 1, Keep);
        await BundleAsync(writer, target, Bom, 2, Keep);
        await BundleAsync(writer, target, Statement.CosignSign, 3, Keep);
        session.Server.ClearRequests();

        StoredAt stored = await BundleAsync(writer, target, Vex, 4, Replace);

        Assert.Equal(referrers ? SignatureStorage.Referrer : SignatureStorage.FallbackTag, stored.Storage);
        Assert.Equal(1, stored.Replaced);
        Assert.Equal([Statement.CosignSign, Bom, Vex], await TypesAsync(target));
        Assert.Equal(1, session.Count("DELETE", "/manifests/"));

        // The fallback index is put under its digest as well, to see that the registry is done with its writes.
        string made = $"/manifests/{stored.Reference.Split('@')[1]}";
        string[] changes = [.. session.Server.Requests.Where(r => r.Method == "DELETE"
            || (r.Method == "PUT" && r.Path.EndsWith(made, StringComparison.Ordinal))).Select(static r => r.Method)];
        Assert.Equal(["PUT", "DELETE"], changes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_registry_does_not_delete_is_named(bool referrers)
    {
        await using RegistrySession session = new(new() { Referrers = referrers, DeleteDisabled = true });
        ImageTarget target = await TargetAsync(session);
        AttestationWriter writer = new(session.Clock);
        StoredAt older = await BundleAsync(writer, target, Vex, 1, Keep);

        StoredAt stored = await BundleAsync(writer, target, Vex, 2, Replace);

        if (referrers)
        {
            Assert.Equal(0, stored.Replaced);
            Assert.Contains(
                older.Reference, Assert.Single(_reports, static r => r.Level == ReportLevel.Warning).Text, StringComparison.Ordinal);
            Assert.Equal([Vex, Vex], await TypesAsync(target));
        }
        else
        {
            // The index lets go of it all the same.
            Assert.Equal(1, stored.Replaced);
            Assert.DoesNotContain(_reports, static r => r.Level == ReportLevel.Warning);
            Assert.Equal([Vex], await TypesAsync(target));
        }
    }

    [Fact]
    public async Task Two_that_replace_at_once_both_stay()
    {
        await using RegistrySession session = new();
        ImageTarget target = await TargetAsync(session);
        AttestationWriter writer = new(session.Clock);
        await BundleAsync(writer, target, Vex, 1, Keep);

        await Task.WhenAll(BundleAsync(writer, target, Vex, 2, Replace), BundleAsync(writer, target, Vex, 3, Replace));

        // One after the other would leave one; at once two. Never none, and never the old one.
        Digest[] left = [.. (await ReferrersAsync(target)).Select(static a => a.BundleLayer!.Digest)];
        Assert.InRange(left.Length, 1, 2);
        Assert.DoesNotContain(Digest.Sha256(Bundle(target, Vex, 1)), left);
    }

    [Fact]
    public async Task The_same_bundle_again_does_not_delete_itself()
    {
        await using RegistrySession session = new();
        ImageTarget target = await TargetAsync(session);
        AttestationWriter writer = new(session.Clock);
        AttestationStorage fixedTime = Replace with { BundleCreated = DateTimeOffset.UnixEpoch };
        await BundleAsync(writer, target, Vex, 1, fixedTime);

        Assert.Equal(0, (await BundleAsync(writer, target, Vex, 1, fixedTime)).Replaced);
        Assert.Equal([Vex], await TypesAsync(target));
    }

    [Fact]
    public async Task Nothing_is_written_when_what_is_there_cannot_be_listed()
    {
        await using RegistrySession session = new();
        ImageTarget target = await TargetAsync(session);
        session.Server.AddFault($"/referrers/{target.Digest}", LoopbackFault.Status(403));
        session.Server.ClearRequests();

        await FailsAsync(
            SigstoreErrorCode.RegistryUnauthorized, () => BundleAsync(new AttestationWriter(session.Clock), target, Vex, 1, Replace));
        Assert.DoesNotContain(session.Server.Requests, static r => r.ChangesState);
    }

    [Fact]
    public async Task What_only_an_index_calls_a_referrer_is_not_deleted()
    {
        // Whoever may push, but not delete, would have any bundle of the repository deleted by the next -Replace.
        await using RegistrySession session = new(new() { Referrers = false });
        ImageTarget target = await TargetAsync(session);
        ImageTarget other = await TargetAsync(session, "2");
        AttestationWriter writer = new(session.Clock);
        StoredAt elsewhere = await BundleAsync(writer, other, Vex, 1, Keep);
        Manifest planted = (await target.Store.GetManifestAsync(elsewhere.Reference.Split('@')[1], default))!;
        session.Server.PushManifest(
            "app", SignatureTagName.Fallback(target.Digest), FallbackIndex.With(null, planted.Descriptor), MediaTypes.OciIndex);

        Assert.Equal(0, (await BundleAsync(writer, target, Vex, 2, Replace)).Replaced);
        Assert.NotNull(await target.Store.GetManifestAsync(planted.Digest.ToString(), default));
    }

    [Fact]
    public async Task A_layout_is_written_like_a_registry()
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-attest-").FullName;
        try
        {
            ImageLayout layout = new(folder);
            Descriptor image = await SmallImage.PushAsync(layout, "v1", "x", default);
            ImageTarget target = new($"oci:{folder}:v1", ImageReference.Parse($"oci:{folder}:v1"), layout, layout, image);
            AttestationWriter writer = new(TimeProvider.System);
            await LegacyAsync(writer, target, Vex, 1, Keep);
            await LegacyAsync(writer, target, Bom, 2, Keep);
            Assert.Equal(1, (await LegacyAsync(writer, target, Vex, 3, Replace)).Replaced);
            await BundleAsync(writer, target, Vex, 4, Keep);
            Assert.Equal(1, (await BundleAsync(writer, target, Vex, 5, Replace)).Replaced);

            Assert.Equal(2, (await layout.GetManifestAsync(AttTag(target), default))!.Layers.Count);
            Assert.Equal([Vex], await TypesAsync(target));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private IProgress<EngineReport> Reports => new Sink(_reports);

    private static AttestationWriter Writer() => new(new JumpingClock());

    private Task<StoredAt> LegacyAsync(
        AttestationWriter writer, ImageTarget target, string type, int number, AttestationStorage how) =>
        writer.WriteLegacyAsync(target, Envelope(target, type, number), type, NoMaterial, how, Reports, default);

    private Task<StoredAt> BundleAsync(
        AttestationWriter writer, ImageTarget target, string type, int number, AttestationStorage how) =>
        writer.WriteBundleAsync(target, Bundle(target, type, number), type, how, Reports, default);

    private static async Task<IReadOnlyList<Manifest>> ReferrersAsync(ImageTarget target) =>
        [.. (await AttachedManifest.ReferrersAsync(target, default)).Select(static a => a.Manifest)];

    private static async Task<IReadOnlyList<string>> TypesAsync(ImageTarget target) =>
        [.. (await ReferrersAsync(target)).Select(static m => m.Annotations[MediaTypes.BundlePredicateAnnotation])
            .OrderBy(static t => t is Vex ? 2 : t is Bom ? 1 : 0)];

    private static string AttTag(ImageTarget target) =>
        SignatureTagName.Of(target.Digest, SignatureTagName.Attestation);

    private static int Diffs(MemoryStore.Contents contents, string tag) => Encoding.UTF8.GetString(
        contents.Blobs[contents.Manifests[tag].Config!.Digest.ToString()]).Split("sha256:").Length - 1;

    private static Envelope Signed(ImageTarget target, string type, int number) => new(
        MediaTypes.InToto,
        StatementBuilder.Build(
            Statement.TypeV01, PredicateContent.Of(type, Encoding.UTF8.GetBytes($"{{\"n\":{number}}}"), default),
            [new StatementSubject("app", target.Digest)]),
        new byte[] { 1 });

    private static byte[] Bundle(ImageTarget target, string type, int number) =>
        BundleWriter.WithKey("hint", Signed(target, type, number));

    private static byte[] Envelope(ImageTarget target, string type, int number)
    {
        Envelope envelope = Signed(target, type, number);
        return Encoding.UTF8.GetBytes(
            $$"""{"payloadType":"{{envelope.PayloadType}}","payload":"{{Convert.ToBase64String(envelope.Payload.Span)}}","signatures":[{"keyid":"","sig":"AQ=="}]}""");
    }

    private static async Task<ImageTarget> TargetAsync(MemoryStore store)
    {
        await store.PutManifestAsync(
            "1", Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}"}"""),
            MediaTypes.OciManifest, null, default);
        return new ImageTarget(
            "memory.test/app:1", ImageReference.Parse("memory.test/app:1"), store, store,
            (await store.ResolveAsync("1", default))!);
    }

    private static async Task<ImageTarget> TargetAsync(RegistrySession session, string tag = "1")
    {
        session.Server.PushImage("app", tag, tag);
        IImageStore store = session.Open();
        return new ImageTarget(
            $"app:{tag}", ImageReference.Parse($"{session.Server.Host}/app:{tag}"), store, store,
            (await store.ResolveAsync(tag, default))!);
    }

    private sealed class Sink(ConcurrentQueue<EngineReport> reports) : IProgress<EngineReport>
    {
        public void Report(EngineReport value) => reports.Enqueue(value);
    }
}
