using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Operations;

/// <summary>Images signed by the real cosign 2.5.0 and 3.1.1, good and damaged (tests/Fixtures/README.md).</summary>
public sealed class GoldenSignatureTests
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    [Theory]
    [InlineData("images/oci-layout/c2-key-old", "v1", "c2-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/oci-layout/c3-key-old", "v1", "c3-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/oci-layout/c3-key-new", "v1", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/oci-layout/c3-cert-old", "v1", "c3-p256", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/oci-layout/index-new", "v1", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/save/c2-key-old", "", "c2-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/save/c3-key-old", "", "c3-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/save/c3-key-new", "", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/save/c3-cert-old", "", "c3-p256", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("images/save/index-new", "", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("tampered/images/old-good", "", "c3-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("tampered/images/old-layer-mediatype", "", "c3-ecdsa", "Legacy", "ecdsa-sha2-256-nistp256")]
    [InlineData("tampered/images/new-good", "", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("tampered/images/new-manifest-artifacttype", "", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    [InlineData("tampered/images/new-predicate-annotation", "", "c3-ecdsa", "Bundle", "ecdsa-sha2-256-nistp256")]
    public async Task A_good_image_is_verified(string layout, string tag, string key, string format, string algorithm)
    {
        ImageVerification result = await VerifyAsync(layout, tag, Policy(key));

        Assert.True(result.Verified);
        Assert.Equal("Verified", result.Status);
        Assert.Equal(format, result.Format);
        Assert.Equal(Key(key).KeyId, result.KeyId);
        Assert.Contains(result.Candidates, c => c.Verified && c.Algorithm == algorithm);
        Assert.Contains(result.Checks, static c => c is { Name: "TransparencyLog", Outcome: "Skipped" });
    }

    [Theory]
    [InlineData("tampered/images/old-sig-flipped", SigstoreErrorCode.SignatureMismatch)]
    [InlineData("tampered/images/old-other-image", SigstoreErrorCode.ClaimMismatch)]
    [InlineData("tampered/images/old-payload-rewritten", SigstoreErrorCode.SignatureMismatch)]
    [InlineData("tampered/images/old-sig-missing", SigstoreErrorCode.MalformedSignature)]
    [InlineData("tampered/images/new-sig-flipped", SigstoreErrorCode.SignatureMismatch)]
    [InlineData("tampered/images/new-other-image", SigstoreErrorCode.ClaimMismatch)]
    [InlineData("tampered/images/new-layer-mediatype", SigstoreErrorCode.NoSignatureFound)]
    public async Task A_damaged_image_is_refused_for_the_right_reason(string layout, SigstoreErrorCode code)
    {
        SigstoreException e = await Refused(layout, string.Empty, Policy("c3-ecdsa"));
        Assert.Equal(code, e.Code);
        ImageVerification result = Assert.IsType<ImageVerification>(e.Result);
        Assert.False(result.Verified);
        Assert.Equal(code.ToString(), result.Status);
    }

    [Theory]
    [InlineData("images/oci-layout/c2-key-old", "c3-ecdsa")]
    [InlineData("images/oci-layout/c3-key-old", "c2-ecdsa")]
    [InlineData("images/oci-layout/index-new", "c2-ecdsa")]
    public async Task Another_key_does_not_verify(string layout, string key) =>
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, (await Refused(layout, "v1", Policy(key))).Code);

    [Fact]
    public async Task An_attestation_is_no_image_signature_unless_allowed()
    {
        const string Layout = "images/oci-layout/c2-att-bundle";
        Assert.Equal(
            SigstoreErrorCode.PredicateTypeMismatch, (await Refused(Layout, "v1", Policy("c2-ecdsa"))).Code);
        Assert.True((await VerifyAsync(Layout, "v1", Policy("c2-ecdsa") with { AllowAttestation = true })).Verified);
    }

    [Theory]
    [InlineData("images/oci-layout/c3-key-old")]
    [InlineData("images/oci-layout/c3-key-new")]
    public async Task Annotations_must_have_been_signed(string layout)
    {
        VerificationPolicy policy = Policy("c3-ecdsa");
        Dictionary<string, string> golden = new() { ["team"] = "golden" };
        Assert.Equal("golden", (await VerifyAsync(layout, "v1", policy with { Annotations = golden })).Annotations["team"]);
        foreach (Dictionary<string, string> wrong in new Dictionary<string, string>[]
            { new() { ["team"] = "Golden" }, new() { ["other"] = "golden" }, new() { ["team"] = "golden", ["x"] = "" } })
        {
            // The attestation beside the bundle fails for a reason of its own, so the code names several.
            SigstoreException e = await Refused(layout, "v1", policy with { Annotations = wrong });
            Assert.Contains(
                ((ImageVerification)e.Result!).Candidates, static c => c.Code == nameof(SigstoreErrorCode.AnnotationMismatch));
        }
    }

    [Fact]
    public async Task Without_a_log_nothing_verifies_unless_the_skip_is_said()
    {
        SigstoreException e = await Refused(
            "tampered/images/new-good", string.Empty, Policy("c3-ecdsa") with { SkipTransparencyLog = false });
        Assert.Equal(SigstoreErrorCode.LogEntryMissing, e.Code);
    }

    [Fact]
    public async Task A_threshold_counts_distinct_keys()
    {
        TrustedKey key = new("c3-ecdsa", Key("c3-ecdsa"));
        VerificationPolicy twice = Policy("c3-ecdsa") with
        {
            Signer = new SignerPolicy.ByKey([key, key with { Reference = "again" }]), Threshold = 2,
        };
        Assert.Equal(
            SigstoreErrorCode.ThresholdNotMet, (await Refused("tampered/images/new-good", string.Empty, twice)).Code);
    }

    [Fact]
    public async Task A_wrong_hash_is_refused() => Assert.Equal(
        SigstoreErrorCode.SignatureMismatch,
        (await Refused("tampered/images/old-good", string.Empty, Policy("c3-ecdsa") with
        {
            Signer = new SignerPolicy.ByKey([new TrustedKey("c3-ecdsa", Key("c3-ecdsa"))])
            {
                Hash = System.Security.Cryptography.HashAlgorithmName.SHA512,
            },
        })).Code);

    private static async Task<SigstoreException> Refused(string layout, string tag, VerificationPolicy policy) =>
        await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(layout, tag, policy));

    private static async Task<ImageVerification> VerifyAsync(string layout, string tag, VerificationPolicy policy)
    {
        string text = $"oci:{RepositoryRoot.Fixture(["golden", .. layout.Split('/')])}{(tag.Length > 0 ? ":" + tag : "")}";
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        ImageTarget target = Assert.Single(await engine.Resolver.ResolveAsync(
            text, ImageReference.Parse(text), new ImageQuery(), CancellationToken.None));
        return await ImageVerifier.VerifyAsync(target, policy, new ImageQuery(), Silent, CancellationToken.None);
    }

    private static VerificationPolicy Policy(string key) =>
        new() { Signer = new SignerPolicy.ByKey([new TrustedKey(key, Key(key))]), SkipTransparencyLog = true };

    private static PublicKey Key(string name) =>
        KeyOperations.PublicKeyOf(name, File.ReadAllText(RepositoryRoot.Fixture("golden", "keys", name + ".pub"))).Key;
}
