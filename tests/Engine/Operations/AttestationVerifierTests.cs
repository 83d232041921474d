using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

/// <summary>Attestations of the real cosign, and made ones that no honest tool writes.</summary>
public sealed class AttestationVerifierTests
{
    private const string Slsa = PredicateType.SlsaProvenance1;
    private const string Vex = PredicateType.OpenVex;
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();
    private static readonly SignerPolicy Alice = BlobCase.Identity("alice@example.test", "http://127.0.0.1:15020/email");
    private static readonly AttestationStorage Keep = new();

    [Theory]
    [InlineData("oci-layout/c2-key-old", "v1", "c2-ecdsa", "custom", "Legacy", false)]
    [InlineData("oci-layout/c3-key-old", "v1", "c3-ecdsa", "custom", "Legacy", false)]
    [InlineData("oci-layout/c2-key-old-rekor1", "v1", "c2-ecdsa", "slsaprovenance1", "Legacy", true)]
    [InlineData("oci-layout/c2-att-bundle", "v1", "c2-ecdsa", "custom", "Bundle", false)]
    [InlineData("oci-layout/c3-key-new", "v1", "c3-ecdsa", "slsaprovenance1", "Bundle", false)]
    [InlineData("save/c2-key-old", "", "c2-ecdsa", "custom", "Legacy", false)]
    [InlineData("save/c3-key-old", "", "c3-ecdsa", "custom", "Legacy", false)]
    [InlineData("save/c2-key-old-rekor1", "", "c2-ecdsa", "slsaprovenance1", "Legacy", true)]
    [InlineData("save/c2-att-bundle", "", "c2-ecdsa", "custom", "Bundle", false)]
    [InlineData("save/c3-key-new", "", "c3-ecdsa", "slsaprovenance1", "Bundle", false)]
    public async Task An_attestation_by_a_key_verifies(
        string layout, string tag, string key, string type, string format, bool logged)
    {
        AttestationVerification result = Assert.Single(await VerifyAsync(
            layout, tag, Policy(Golden(key), type) with { SkipTransparencyLog = !logged }));
        Assert.True(result.Verified);
        Assert.Equal(("Verified", format, PredicateType.UriOf(type)), (result.Status, result.Format, result.PredicateType));
        Assert.Equal(logged, result.LogIndex is not null);
        Assert.Contains(result.Checks, static c => c is { Name: "PredicateType", Outcome: "Passed" });
        Assert.Contains(result.Checks, static c => c is { Name: "Claims", Outcome: "Passed" });
        Assert.Contains($"\"{PredicateType.UriOf(type)}\"", result.Statement, StringComparison.Ordinal);
        KeyValuePair<string, object?>[] predicate = Assert.IsType<KeyValuePair<string, object?>[]>(result.Predicate);
        Assert.Equal(type == "custom" ? ["Data", "Timestamp"] : ["buildDefinition", "runDetails"], predicate.Select(static p => p.Key));
        Assert.Equal(type == "custom", result.Created is not null);
    }

    [Theory]
    [InlineData("oci-layout/c2-keyless-old", "v1", 1)]
    [InlineData("oci-layout/c3-keyless-new", "v1", 2)]
    [InlineData("save/c2-keyless-old", "", 1)]
    [InlineData("save/c3-keyless-new", "", 2)]
    public async Task An_attestation_by_an_identity_verifies(string layout, string tag, int count)
    {
        IReadOnlyList<AttestationVerification> results = await VerifyAsync(layout, tag, Policy(Alice, "slsaprovenance1"));
        Assert.Equal(count, results.Count);
        Assert.All(results, static r =>
        {
            Assert.Equal(("alice@example.test", "http://127.0.0.1:15020/email"), (r.Signer, r.Issuer));
            Assert.NotNull(r.Certificate);
            Assert.NotNull(r.LogIndex);
            Assert.NotEmpty(r.Timestamps);
            Assert.All(r.Checks, static c => Assert.Equal("Passed", c.Outcome));
        });
    }

    [Theory]
    [InlineData("oci-layout/c2-keyless-old", "slsaprovenance02", "PredicateTypeMismatch")]
    [InlineData("oci-layout/c3-keyless-new", "spdxjson", "PredicateTypeMismatch")]
    [InlineData("oci-layout/c3-keyless-new", "https://slsa.dev/provenance/V1", "PredicateTypeMismatch")]
    [InlineData("oci-layout/c3-keyless-old", "slsaprovenance1", "NoAttestationFound")]
    public async Task Another_type_does_not_pass(string layout, string type, string code)
    {
        SigstoreException e = await Refused(layout, "v1", Policy(Alice, type));
        Assert.Equal(code, e.Code.ToString());
        AttestationVerification failed = Assert.IsType<AttestationVerification>(e.Result);
        Assert.False(failed.Verified);
        Assert.Equal(code, failed.Status);
        Assert.Null(failed.Statement);
        Assert.All(failed.Candidates, static c => Assert.Equal("PredicateTypeMismatch", c.Code));
    }

    [Fact]
    public async Task A_signature_of_the_image_is_no_attestation()
    {
        // One of the two bundles says that the image is signed, the other has provenance.
        AttestationVerification found = Assert.Single(await VerifyAsync(
            "oci-layout/c3-key-new", "v1", Policy(Golden("c3-ecdsa"), "slsaprovenance1") with { SkipTransparencyLog = true }));
        Assert.Single(found.Candidates);
        Assert.Equal(
            SigstoreErrorCode.ContradictoryPolicy,
            Assert.Throws<SigstoreException>(() => AttestationVerifier.TypeOf(Statement.CosignSign)).Code);

        // Even where somebody asks the engine for that very type, what signs the image does not attest anything.
        SigstoreException e = await Refused(
            "oci-layout/index-new", "v1",
            Policy(Golden("c3-ecdsa"), Statement.CosignSign) with { SkipTransparencyLog = true });
        Assert.Equal(SigstoreErrorCode.NoAttestationFound, e.Code);
    }

    [Theory]
    [InlineData("c3-ecdsa", "SignatureMismatch")]
    public async Task Another_key_did_not_attest(string key, string code) => Assert.Equal(
        code,
        (await Refused("oci-layout/c2-key-old", "v1", Policy(Golden(key), "custom") with { SkipTransparencyLog = true }))
            .Code.ToString());

    [Theory]
    [InlineData("bob@example.test", "http://127.0.0.1:15020/email", "trusted_root.json", "IdentityMismatch")]
    [InlineData("alice@example.test", "https://accounts.google.com", "trusted_root.json", "IdentityMismatch")]
    [InlineData("alice@example.test", "http://127.0.0.1:15020/email", "trusted_root.no-logs.json", "LogUntrusted")]
    public async Task Nobody_else_attested(string identity, string issuer, string root, string code)
    {
        foreach (string layout in (string[])["oci-layout/c2-keyless-old", "oci-layout/c3-keyless-new"])
        {
            SigstoreException e = await Refused(
                layout, "v1", Policy(BlobCase.Identity(identity, issuer), "slsaprovenance1", root));
            Assert.Equal(code, e.Code.ToString());
        }
    }

    [Fact]
    public async Task A_log_is_asked_for()
    {
        Assert.Equal(
            SigstoreErrorCode.LogEntryMissing,
            (await Refused("oci-layout/c2-key-old", "v1", Policy(Golden("c2-ecdsa"), "custom"))).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attestation_about_another_image_does_not_pass(bool legacy)
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, made, MadeAttestation.Statement(Digest.Sha256("other"u8), Vex, "{}"), legacy);

        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.ClaimMismatch, () => VerifyAsync(target, ByKeys(Vex, made.Key)));
        Assert.Equal("ClaimMismatch", Assert.Single(((AttestationVerification)e.Result!).Candidates).Code);
        AttestationVerification skipped = Assert.Single(
            await VerifyAsync(target, ByKeys(Vex, made.Key) with { SkipClaimCheck = true }));
        Assert.Contains(skipped.Checks, static c => c is { Name: "Claims", Outcome: "Skipped" });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_envelope_that_holds_no_statement_does_not_pass(bool legacy)
    {
        // Signed by the right key for another purpose: the same bytes under another type are another thing.
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        string statement = MadeAttestation.Statement(target.Digest, Vex, "{}");
        await StoreAsync(target, made, statement, legacy, "application/x-draft");
        SigstoreException e = await FailsAsync(
            legacy ? SigstoreErrorCode.PredicateTypeMismatch : SigstoreErrorCode.MalformedBundle,
            () => VerifyAsync(target, ByKeys(Vex, made.Key)));
        Assert.False(((AttestationVerification)e.Result!).Verified);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"_type\":\"https://in-toto.io/Statement/v2\"}")]
    [InlineData("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"https://openvex.dev/ns\",\"subject\":[]}")]
    [InlineData("{\"_type\":\"https://in-toto.io/Statement/v1\",\"_type\":\"https://in-toto.io/Statement/v1\"}")]
    [InlineData("not json")]
    public async Task A_statement_that_cannot_be_read_is_refused_and_does_not_hide_a_good_one(string statement)
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, made, statement, legacy: true);
        await FailsAsync(SigstoreErrorCode.MalformedBundle, () => VerifyAsync(target, ByKeys(Vex, made.Key)));

        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Vex, "{}"), legacy: true);
        AttestationVerification result = Assert.Single(await VerifyAsync(target, ByKeys(Vex, made.Key)));
        Assert.Equal(2, result.Candidates.Length);
    }

    [Fact]
    public async Task Of_two_only_the_one_that_satisfies_the_policy_is_emitted()
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Vex, """{"good":false}"""), legacy: true);
        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Vex, """{"good":true}"""), legacy: false);

        AttestationVerification result = Assert.Single(
            await VerifyAsync(target, ByKeys(Vex, made.Key), Wants("\"good\":true")));
        Assert.Contains("\"good\":true", result.Statement, StringComparison.Ordinal);
        Assert.Equal("Bundle", result.Format);
        Assert.Equal(
            ["PolicyViolation", null],
            result.Candidates.OrderBy(static c => c.Verified).Select(static c => c.Code));
        Assert.Contains(result.Checks, static c => c is { Name: "Policy", Outcome: "Passed", Evidence: "\"good\":true" });

        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.PolicyViolation,
            () => VerifyAsync(target, ByKeys(Vex, made.Key), Wants("\"good\":true"), Wants("\"good\":false")));
        Assert.Equal("PolicyViolation", ((AttestationVerification)e.Result!).Status);
    }

    [Fact]
    public async Task Who_does_not_satisfy_the_policy_does_not_count()
    {
        using MadeAttestation one = new();
        using MadeAttestation two = new();
        using MadeAttestation three = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, one, MadeAttestation.Statement(target.Digest, Vex, """{"good":true}"""), legacy: false);
        await StoreAsync(target, two, MadeAttestation.Statement(target.Digest, Vex, """{"good":false}"""), legacy: false);
        await StoreAsync(target, one, MadeAttestation.Statement(target.Digest, Vex, """{"good":true,"again":1}"""), legacy: false);
        VerificationPolicy both = ByKeys(Vex, one.Key, two.Key, three.Key) with { Threshold = 2 };

        Assert.Equal(3, (await VerifyAsync(target, both)).Count);
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.ThresholdNotMet, () => VerifyAsync(target, both, Wants("\"good\":true")));
        Assert.Contains("by 1 of the 2", e.Message, StringComparison.Ordinal);

        await StoreAsync(target, three, MadeAttestation.Statement(target.Digest, Vex, """{"good":true}"""), legacy: true);
        IReadOnlyList<AttestationVerification> passed = await VerifyAsync(target, both, Wants("\"good\":true"));
        Assert.Equal(3, passed.Count);
        Assert.Contains(passed[0].Checks, static c => c is { Name: "Threshold", Evidence: "2 of 2" });
    }

    [Fact]
    public async Task A_policy_without_an_answer_is_no_verdict()
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Vex, """{"n":1}"""), legacy: false);
        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Vex, """{"n":2}"""), legacy: false);
        StubPolicy broken = new("broken", static text => throw new SigstoreException(
            text.Contains("\"n\":1", StringComparison.Ordinal)
                ? SigstoreErrorCode.PolicyFailed : SigstoreErrorCode.PolicyViolation, "no"));
        await FailsAsync(SigstoreErrorCode.PolicyFailed, () => VerifyAsync(target, ByKeys(Vex, made.Key), broken));
    }

    [Fact]
    public async Task No_policy_sees_what_was_not_verified()
    {
        using MadeAttestation stranger = new();
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        await StoreAsync(target, stranger, MadeAttestation.Statement(target.Digest, Vex, "{}"), legacy: false);
        await StoreAsync(target, made, MadeAttestation.Statement(Digest.Sha256([]), Vex, "{}"), legacy: true);
        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Slsa, "{}"), legacy: true);
        await FailsAsync(
            SigstoreErrorCode.NoMatchingSignature,
            () => VerifyAsync(target, ByKeys(Vex, made.Key), new StubPolicy("never", static _ => Assert.Fail("asked"))));
    }

    [Fact]
    public async Task Several_subjects_are_fine_and_any_may_be_the_image()
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        string statement = $$$"""
            {"_type":"https://in-toto.io/Statement/v1","predicateType":"{{{Vex}}}","subject":[
            {"name":"a","digest":{"sha512":"00"}},{"name":"b","digest":{"sha256":"{{{target.Digest.Hex}}}"}}]}
            """;
        await StoreAsync(target, made, statement, legacy: false);
        AttestationVerification result = Assert.Single(await VerifyAsync(target, ByKeys(Vex, made.Key)));
        Assert.Null(result.Predicate);
        Assert.Equal(statement, result.Statement);
    }

    [Fact]
    public async Task A_file_may_have_several_attestations_and_only_those_of_the_type_count()
    {
        using MadeAttestation made = new();
        Digest digest = Digest.Sha256("file"u8);
        byte[] vex = await made.BundleAsync(MadeAttestation.Statement(digest, Vex, "{}"));
        byte[] slsa = await made.BundleAsync(MadeAttestation.Statement(digest, Slsa, "{}"));
        byte[] other = await made.BundleAsync(MadeAttestation.Statement(Digest.Sha256([]), Vex, "{}"));
        byte[] lines = [.. vex, (byte)'\n', .. slsa, (byte)'\n', .. other, (byte)'\n'];
        BlobTarget target = new(null, digest, BlobSignatures.Read(lines, "x.sigstore.jsonl"));

        AttestationVerification result = Assert.Single(await AttestationVerifier.VerifyBlobAsync(
            target, ByKeys(Vex, made.Key), [], default));
        Assert.Equal([null, "PredicateTypeMismatch", "ClaimMismatch"], result.Candidates.Select(static c => c.Code));
        Assert.Equal("File", result.Storage);
    }

    [Theory]
    [InlineData("bundles/c2-attest-key-old.json", "custom", "Verified")]
    [InlineData("bundles/c3-attest-key-new.json", "slsaprovenance1", "Verified")]
    [InlineData("bundles/c3-attest-keyless-v1-tsa.json", "slsaprovenance1", "Verified")]
    [InlineData("bundles/c3-attest-keyless-v2.json", "slsaprovenance1", "Verified")]
    [InlineData("bundles/c3-attest-statement-key.json", "https://example.test/p/v1", "Verified")]
    [InlineData("bundles/js-attest-keyless-v03.json", "https://example.test/p/v1", "Verified")]
    [InlineData("bundles/c3-attest-keyless-v2.json", "slsaprovenance", "PredicateTypeMismatch")]
    [InlineData("bundles/c3-keyless-v2.json", "slsaprovenance1", "PredicateTypeMismatch")]
    [InlineData("bundles/c2-key-old.json", "custom", "PredicateTypeMismatch")]
    [InlineData("tampered/c3-attest-key-new.no-sig.json", "slsaprovenance1", "MalformedBundle")]
    [InlineData("tampered/c3-attest-key-new.payload-digest.json", "slsaprovenance1", "SignatureMismatch")]
    [InlineData("tampered/c3-attest-key-new.payload-predicate.json", "slsaprovenance1", "PredicateTypeMismatch")]
    [InlineData("tampered/c3-attest-key-new.sig-flipped.json", "slsaprovenance1", "SignatureMismatch")]
    [InlineData("tampered/c3-attest-keyless-v2.no-sig.json", "slsaprovenance1", "MalformedBundle")]
    [InlineData("tampered/c3-attest-keyless-v2.payload-digest.json", "slsaprovenance1", "LogEntryMismatch")]
    [InlineData("tampered/c3-attest-keyless-v2.payload-type.json", "slsaprovenance1", "LogEntryMismatch")]
    [InlineData("tampered/c3-attest-keyless-v2.sig-flipped.json", "slsaprovenance1", "LogEntryMismatch")]
    public async Task Golden_files_get_their_verdict(string bundle, string type, string verdict)
    {
        BlobCase golden = GoldenBundles.Case(bundle, "trusted_root.json");
        BlobTarget target = new(
            golden.Artifact, null, await BlobSignatures.ReadAsync(golden.Bundle, CancellationToken.None));
        VerificationPolicy policy = golden.Policy with { PredicateType = PredicateType.UriOf(type) };
        try
        {
            AttestationVerification result = Assert.Single(
                await AttestationVerifier.VerifyBlobAsync(target, policy, [], default));
            Assert.Equal(golden.Artifact, result.Path);
            Assert.Equal(verdict, result.Status);
        }
        catch (SigstoreException e)
        {
            Assert.Equal(verdict, e.Code.ToString());
        }

        // About another file it never is.
        BlobTarget other = target with { Path = RepositoryRoot.Fixture("golden", "blobs", "other.txt") };
        await Assert.ThrowsAsync<SigstoreException>(() => AttestationVerifier.VerifyBlobAsync(other, policy, [], default));
    }

    [Fact]
    public async Task The_list_has_the_oldest_first_and_says_who_is_named()
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        foreach (string time in (string[])["2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"])
        {
            await StoreAsync(
                target, made, MadeAttestation.Statement(target.Digest, Vex, $$"""{"timestamp":"{{time}}"}"""), legacy: true);
        }

        await StoreAsync(target, made, MadeAttestation.Statement(target.Digest, Slsa, "7"), legacy: false);
        ListedAttestations listed = await AttestationRecords.ListAsync(target, new ImageQuery(), Vex, Silent, default);
        Assert.Equal([1, 2, 3], listed.Attestations.Select(static a => a.Created!.Value.Month));
        Assert.Empty(listed.Failures);
        Assert.Equal(
            4, (await AttestationRecords.ListAsync(target, new ImageQuery(), null, Silent, default)).Attestations.Count);

        ImageAttestation golden = (await AttestationRecords.ListAsync(
            await GoldenAsync("oci-layout/c2-keyless-old", "v1"), new ImageQuery(), null, Silent, default)).Attestations[0];
        Assert.Equal("alice@example.test", golden.Signer);
        Assert.NotNull(golden.LogIndex);
        Assert.NotNull(golden.RekorBundle);
        Assert.Null(golden.Bundle);
        Assert.StartsWith("{\"payloadType\":\"application/vnd.in-toto+json\"", golden.Envelope, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_made_elsewhere_is_stored_when_it_speaks_about_the_image()
    {
        using MadeAttestation made = new();
        ImageTarget target = await TargetAsync();
        AttestationAttacher attacher = new(TimeProvider.System);
        byte[] envelope = await made.EnvelopeAsync(MadeAttestation.Statement(target.Digest, Vex, "{}"));
        byte[] bundle = await made.BundleAsync(MadeAttestation.Statement(target.Digest, Slsa, "{}"));
        byte[] lines = [.. envelope, (byte)'\n', .. bundle];
        IReadOnlyList<ImageAttestation> stored = await attacher.AttachAsync(
            target, AttestationAttacher.Read(lines), new AttachedMaterial(), Keep, Silent, default);
        Assert.Equal(["SignatureTag", "FallbackTag"], stored.Select(static s => s.Storage));
        Assert.Single(await VerifyAsync(target, ByKeys(Vex, made.Key)));
        Assert.Single(await VerifyAsync(target, ByKeys(Slsa, made.Key)));

        byte[] other = await made.EnvelopeAsync(MadeAttestation.Statement(Digest.Sha256([]), Vex, "{}"));
        byte[] signature = await made.BundleAsync(MadeAttestation.Statement(target.Digest, Statement.CosignSign, "{}"));
        await Fails(other, SigstoreErrorCode.ClaimMismatch);
        await Fails(signature, SigstoreErrorCode.PredicateTypeMismatch);
        await Fails([.. bundle, (byte)'\n', .. other], SigstoreErrorCode.ClaimMismatch);
        Assert.Single(await VerifyAsync(target, ByKeys(Slsa, made.Key)));
        await FailsAsync(
            SigstoreErrorCode.ContradictoryPolicy,
            () => attacher.AttachAsync(
                target, AttestationAttacher.Read(bundle), new AttachedMaterial { ChainPem = "x" }, Keep, Silent, default));
        await FailsAsync(
            SigstoreErrorCode.MalformedSignature,
            () => attacher.AttachAsync(
                target, AttestationAttacher.Read(envelope), new AttachedMaterial { RekorBundleJson = "{}" }, Keep, Silent,
                default));

        Task Fails(byte[] content, SigstoreErrorCode code) => FailsAsync(code, () => attacher.AttachAsync(
            target, AttestationAttacher.Read(content), new AttachedMaterial(), Keep, Silent, default));
    }

    private static StubPolicy Wants(string part) => new(part, text =>
    {
        if (!text.Contains(part, StringComparison.Ordinal))
        {
            throw new SigstoreException(SigstoreErrorCode.PolicyViolation, $"not {part}");
        }
    });

    private static async Task StoreAsync(
        ImageTarget target, MadeAttestation made, string statement, bool legacy, string payloadType = MediaTypes.InToto)
    {
        AttestationWriter writer = new(TimeProvider.System);
        if (legacy)
        {
            await writer.WriteLegacyAsync(
                target, await made.EnvelopeAsync(statement, payloadType), "x", new Dictionary<string, string>(), Keep, Silent,
                default);
        }
        else
        {
            await writer.WriteBundleAsync(
                target, await made.BundleAsync(statement, payloadType), "x", Keep, Silent, default);
        }
    }

    private static SignerPolicy Golden(string key) =>
        BlobCase.Key(RepositoryRoot.Fixture("golden", "keys", $"{key}.pub"));

    private static VerificationPolicy Policy(SignerPolicy signer, string type, string root = "trusted_root.json") => new()
    {
        Signer = signer,
        Root = BlobCase.Root(RepositoryRoot.Fixture("golden", "trust", root)),
        PredicateType = PredicateType.UriOf(type),
    };

    private static VerificationPolicy ByKeys(string type, params TrustedKey[] keys) => new()
    {
        Signer = new SignerPolicy.ByKey(keys), PredicateType = type, SkipTransparencyLog = true,
    };

    private static Task<IReadOnlyList<AttestationVerification>> VerifyAsync(
        ImageTarget target, VerificationPolicy policy, params IStatementPolicy[] policies) =>
        AttestationVerifier.VerifyImageAsync(target, policy, policies, new ImageQuery(), Silent, default);

    private static async Task<SigstoreException> Refused(string layout, string tag, VerificationPolicy policy) =>
        await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(layout, tag, policy));

    private static async Task<IReadOnlyList<AttestationVerification>> VerifyAsync(
        string layout, string tag, VerificationPolicy policy) =>
        await VerifyAsync(await GoldenAsync(layout, tag), policy);

    private static async Task<ImageTarget> GoldenAsync(string layout, string tag)
    {
        string path = RepositoryRoot.Fixture(["golden", "images", .. layout.Split('/')]);
        string text = $"oci:{path}{(tag.Length > 0 ? ":" + tag : "")}";
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        return Assert.Single(await engine.Resolver.ResolveAsync(
            text, ImageReference.Parse(text), new ImageQuery(), CancellationToken.None));
    }

    private static async Task<ImageTarget> TargetAsync()
    {
        MemoryStore store = new(new MemoryStore.Contents(), "a");
        await store.PutManifestAsync(
            "1", System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}"}"""),
            MediaTypes.OciManifest, null, default);
        return new ImageTarget(
            "memory.test/app:1", ImageReference.Parse("memory.test/app:1"), store, store,
            (await store.ResolveAsync("1", default))!);
    }

    private sealed class StubPolicy(string name, Action<string> judge) : IStatementPolicy
    {
        public string Name => name;

        public Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel)
        {
            judge(System.Text.Encoding.UTF8.GetString(statement.Span));
            return Task.CompletedTask;
        }
    }
}
