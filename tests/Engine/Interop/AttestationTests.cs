using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.InToto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>Attestations by keys, without a log: ours before cosign, and the same statements by both.</summary>
public sealed class AttestationTests(InteropSession session) : IClassFixture<InteropSession>
{
    private const string Slsa02 =
        """{"builder":{"id":"https://example.test/b"},"buildType":"https://example.test/t","invocation":{"configSource":{"uri":"u","digest":{"sha1":"ab"}},"parameters":{"n":1}},"materials":[{"uri":"m","digest":{"sha256":"cd"}}]}""";

    private const string Slsa1 =
        """{"buildDefinition":{"buildType":"https://example.test/t","externalParameters":{"a":1,"b":"x < y"}},"runDetails":{"builder":{"id":"https://example.test/b"},"metadata":{"invocationId":"1","startedOn":"2026-11-21T07:00:00Z"}}}""";

    private const string Link =
        """{"_type":"link","name":"build","materials":{},"products":{"f":{"sha256":"ab"}},"byproducts":{},"command":["make"],"environment":{}}""";

    private const string Vulnerabilities =
        """{"invocation":{"parameters":null,"uri":"u","event_id":"e","builder.id":"b"},"scanner":{"uri":"s","version":"1","db":{"uri":"d","version":"2"},"result":{"n":[1,2]}},"metadata":{"scanStartedOn":"2026-11-21T07:00:00Z","scanFinishedOn":"2026-11-21T07:01:00Z"}}""";

    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    /// <summary>Type as cosign's --type and ours say it, and a predicate of it that Go's types hold whole.</summary>
    private static readonly Dictionary<string, string> Predicates = new(StringComparer.Ordinal)
    {
        ["custom"] = "any text,\nof \"two\" lines: é < ü\n",
        ["slsaprovenance"] = Slsa02,
        ["slsaprovenance1"] = Slsa1,
        ["link"] = Link,
        ["spdx"] = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n",
        ["spdxjson"] = """{ "spdxVersion": "SPDX-2.3", "packages": [ { "name": "a" } ] }""",
        ["cyclonedx"] = """{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}""",
        ["vuln"] = Vulnerabilities,
        ["openvex"] = """{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}""",
        ["https://example.test/p/v1"] = """{"any":{"thing":[true,null,1.5]}}""",
    };

    public static TheoryData<Peer> All() => [.. Enum.GetValues<Peer>()];

    public static MatrixTheoryData<Peer, string> Types() => new(Enum.GetValues<Peer>(), Predicates.Keys);

    [Theory]
    [MemberData(nameof(Types))]
    public async Task What_we_attest_cosign_verifies(Peer peer, string type)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string image = await session.PushAsync();

        ImageAttestation made = Assert.Single(await AttestAsync(image, pair, peer, type));

        Assert.Equal(PredicateType.UriOf(type), made.PredicateType);
        PeerResult verified = await VerifyAsync(peer, image, pair.PublicKeyPath!, type);
        if (type == "spdx" && peer != Peer.Cosign2Legacy)
        {
            // cosign 3.1.1 takes every predicate for an object and does not read what it writes for SPDX text itself.
            string theirs = await session.PushAsync();
            InteropSession.Passed(await CosignAttestAsync(peer, theirs, pair, type));
            Assert.False((await VerifyAsync(peer, theirs, pair.PublicKeyPath!, type)).Succeeded);
            Assert.False(verified.Succeeded);
            return;
        }

        InteropSession.Passed(verified);
        Assert.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(made.Statement)), verified.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_we_attest_cosign_verifies_for_that_type_image_and_key_alone(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        SigstoreKeyPair other = await session.OurKeyAsync(purpose: "other");
        string image = await session.PushAsync();
        await AttestAsync(image, pair, peer, "slsaprovenance1");

        Assert.False((await VerifyAsync(peer, image, pair.PublicKeyPath!, "cyclonedx")).Succeeded);
        Assert.False((await VerifyAsync(peer, image, other.PublicKeyPath!, "slsaprovenance1")).Succeeded);
        Assert.False((await VerifyAsync(peer, await session.PushAsync(), pair.PublicKeyPath!, "slsaprovenance1")).Succeeded);
    }

    [Fact]
    public async Task Statements_of_version_1_are_read_by_cosign_3()
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        foreach (Peer peer in (Peer[])[Peer.Cosign3Legacy, Peer.Cosign3Bundle])
        {
            string image = await session.PushAsync();
            ImageAttestation made = Assert.Single(
                await AttestAsync(image, pair, peer, "openvex", r => r with { StatementType = Statement.TypeV1 }));
            Assert.StartsWith("{\"_type\":\"https://in-toto.io/Statement/v1\"", made.Statement, StringComparison.Ordinal);
            InteropSession.Passed(await VerifyAsync(peer, image, pair.PublicKeyPath!, "openvex"));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task The_statement_is_the_one_cosign_makes(Peer peer, string type)
    {
        if (peer == Peer.Cosign2Legacy && type == "openvex")
        {
            Assert.Skip("cosign 2.5.0 writes the short name 'openvex' where the URI of the type belongs");
        }

        SigstoreKeyPair pair = await session.OurKeyAsync();
        string image = await session.PushAsync();
        ImageAttestation ours = Assert.Single(await AttestAsync(image, pair, peer, type));
        string theirs = await session.PushAsync();
        InteropSession.Passed(await CosignAttestAsync(peer, theirs, pair, type));
        ImageTarget target = await session.ResolveAsync(theirs);
        ListedAttestations found =
            await AttestationRecords.ListAsync(target, new ImageQuery(), null, Silent, default);
        Assert.Empty(found.Failures);
        ImageAttestation made = Assert.Single(found.Attestations);

        // cosign 2.5.0 misspells one member of SLSA 1; what is given is signed as it is.
        JsonNode expected = JsonNode.Parse(made.Statement.Replace("\"invocationID\"", "\"invocationId\"", StringComparison.Ordinal))!;
        JsonNode actual = JsonNode.Parse(ours.Statement)!;
        foreach (JsonNode statement in (JsonNode[])[expected, actual])
        {
            // Each is about an image of its own, and custom predicates have the time.
            statement["subject"]![0]!["name"] = "x";
            statement["subject"]![0]!["digest"]!["sha256"] = "x";
            if (type == "custom")
            {
                Assert.Matches(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z", (string?)statement["predicate"]!["Timestamp"]);
                statement["predicate"]!["Timestamp"] = "x";
            }
        }

        Assert.True(JsonNode.DeepEquals(expected, actual), $"cosign: {made.Statement}\nours: {ours.Statement}");
        Assert.Equal(Repository(theirs), (string?)JsonNode.Parse(made.Statement)!["subject"]![0]!["name"]);
        Assert.Equal(Repository(image), (string?)JsonNode.Parse(ours.Statement)!["subject"]![0]!["name"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Replacing_leaves_ours_and_the_other_types_of_cosign(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string image = await session.PushAsync();
        InteropSession.Passed(await CosignAttestAsync(peer, image, pair, "slsaprovenance1"));
        InteropSession.Passed(await CosignAttestAsync(peer, image, pair, "cyclonedx"));

        ImageAttestation made = Assert.Single(await AttestAsync(
            image, pair, peer, "slsaprovenance1", static r => r with { Storage = new AttestationStorage { Replace = true } }));

        Assert.Equal(1, made.Replaced);
        ListedAttestations left = await AttestationRecords.ListAsync(
            await session.ResolveAsync(image), new ImageQuery(), null, Silent, default);
        Assert.Equal(
            [PredicateType.CycloneDx, PredicateType.SlsaProvenance1],
            left.Attestations.Select(static a => a.PredicateType).Order());
        foreach (string type in (string[])["slsaprovenance1", "cyclonedx"])
        {
            InteropSession.Passed(await VerifyAsync(peer, image, pair.PublicKeyPath!, type));
        }
    }

    [Fact]
    public async Task A_file_is_attested_for_both_cosigns()
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string file = Path.Combine(session.Folder, session.NewName("file"));
        await File.WriteAllTextAsync(file, "content");
        foreach (string type in (string[])["slsaprovenance1", "custom"])
        {
            AttestRequest request = await RequestAsync(pair, SignatureFormats.Bundle | SignatureFormats.Legacy, type);
            BlobOutputs outputs = new()
            {
                Bundle = $"{file}.bundle.json", LegacyBundle = $"{file}.old.json", Signature = $"{file}.sig", Force = true,
            };
            IReadOnlyList<BlobAttestation> made = await session.Engine.BlobAttester
                .AttestAsync(new BlobSource { Path = file }, request, outputs, default);
            Assert.Equal([outputs.Bundle, outputs.LegacyBundle], made.Select(static m => m.BundlePath!));

            string root = await EmptyRootAsync();
            string[] common = ["verify-blob-attestation", "--key", pair.PublicKeyPath!, "--type", type, "--insecure-ignore-tlog"];
            InteropSession.Passed(await session.RunAsync(
                Peers.RequireCosign3(), [.. common, "--bundle", outputs.Bundle, file]));
            InteropSession.Passed(await session.RunAsync(
                Peers.RequireCosign2(),
                [.. common, "--new-bundle-format", "--trusted-root", root, "--bundle", outputs.Bundle, file]));
            InteropSession.Passed(await session.RunAsync(
                Peers.RequireCosign2(), [.. common, "--bundle", outputs.LegacyBundle, file]));
            InteropSession.Passed(await session.RunAsync(
                Peers.RequireCosign2(), [.. common, "--signature", outputs.Signature, file]));
            Assert.False((await session.RunAsync(
                Peers.RequireCosign3(), [.. common, "--bundle", outputs.Bundle, pair.PublicKeyPath!])).Succeeded);
        }
    }

    private async Task<IReadOnlyList<ImageAttestation>> AttestAsync(
        string image, SigstoreKeyPair pair, Peer peer, string type, Func<AttestRequest, AttestRequest>? with = null)
    {
        AttestRequest request = await RequestAsync(pair, InteropSession.FormatOf(peer), type);
        return await session.Engine.Attester.AttestAsync(
            await session.ResolveAsync(image), with is null ? request : with(request), string.Empty, Silent, default);
    }

    private async Task<AttestRequest> RequestAsync(SigstoreKeyPair pair, SignatureFormats formats, string type)
    {
        KeyAccess access = new((_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(InteropSession.Password)));
        SigstoreKey key = await session.Engine.Keys.OpenAsync(pair.PrivateKeyPath!, access, default);
        return new AttestRequest
        {
            Means = KeyMeans.Of(formats, key.Reference, key.Signer),
            Sources =
            [
                StatementSource.OfPredicate(
                    type, type, Encoding.UTF8.GetBytes(Predicates[type]), TimeProvider.System.GetUtcNow()),
            ],
        };
    }

    private async Task<PeerResult> CosignAttestAsync(Peer peer, string image, SigstoreKeyPair pair, string type)
    {
        string file = Path.Combine(session.Folder, session.NewName("predicate"));
        await File.WriteAllTextAsync(file, Predicates[type]);
        string[] flags = peer switch
        {
            Peer.Cosign2Legacy => ["--tlog-upload=false"],
            Peer.Cosign3Legacy => ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"],
            _ => ["--tlog-upload=false", "--use-signing-config=false"],
        };
        return await session.RunAsync(
            InteropSession.Cosign(peer),
            ["attest", "--yes", "--key", pair.PrivateKeyPath!, .. flags, "--predicate", file, "--type", type, image]);
    }

    private Task<PeerResult> VerifyAsync(Peer peer, string image, string publicKey, string type) => session.RunAsync(
        InteropSession.Cosign(peer),
        ["verify-attestation", "--key", publicKey, "--insecure-ignore-tlog", "--type", type, image]);

    private async Task<string> EmptyRootAsync()
    {
        string root = Path.Combine(session.Folder, "empty-root.json");
        await File.WriteAllTextAsync(
            root, """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""");
        return root;
    }

    private static string Repository(string image) => image[..image.LastIndexOf(':')];
}
