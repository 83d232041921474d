using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Operations;

/// <summary>Images that cosign 2.5.0 and 3.1.1 signed with certificates, logs and timestamps.</summary>
public sealed class GoldenKeylessImageTests
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();
    private static readonly SignerPolicy Alice = BlobCase.Identity("alice@example.test", "http://127.0.0.1:15020/email");

    [Theory]
    [InlineData("images/oci-layout/c2-keyless-old", "v1", "Legacy")]
    [InlineData("images/oci-layout/c3-keyless-old", "v1", "Legacy")]
    [InlineData("images/oci-layout/c3-keyless-new", "v1", "Bundle")]
    [InlineData("images/save/c2-keyless-old", "", "Legacy")]
    [InlineData("images/save/c3-keyless-old", "", "Legacy")]
    [InlineData("images/save/c3-keyless-new", "", "Bundle")]
    public async Task An_image_signed_without_a_key_verifies(string layout, string tag, string format)
    {
        ImageVerification result = await VerifyAsync(layout, tag, Policy(Alice));
        Assert.Equal("alice@example.test", result.Signer);
        Assert.Equal("http://127.0.0.1:15020/email", result.Issuer);
        Assert.Equal(format, result.Format);
        Assert.NotNull(result.Certificate);
        Assert.NotNull(result.LogIndex);
        Assert.NotEmpty(result.Timestamps);
        Assert.All(result.Checks, static c => Assert.Equal("Passed", c.Outcome));
    }

    [Theory]
    [InlineData("images/oci-layout/c2-keyless-old")]
    [InlineData("images/oci-layout/c3-keyless-new")]
    public async Task Nobody_else_signed_it(string layout)
    {
        Assert.Contains(nameof(SigstoreErrorCode.IdentityMismatch), await CodesAsync(layout, BlobCase.Identity(
            "bob@example.test", "http://127.0.0.1:15020/email")));
        Assert.Contains(nameof(SigstoreErrorCode.IdentityMismatch), await CodesAsync(layout, BlobCase.Identity(
            "alice@example.test", "https://accounts.google.com")));
        Assert.Contains(nameof(SigstoreErrorCode.LogUntrusted), await CodesAsync(layout, Alice, "trusted_root.no-logs.json"));
    }

    [Fact]
    public async Task A_key_and_its_entry_in_the_log_verify()
    {
        ImageVerification result = await VerifyAsync(
            "images/oci-layout/c2-key-old-rekor1", "v1",
            Policy(BlobCase.Key(RepositoryRoot.Fixture("golden", "keys", "c2-ecdsa.pub"))));
        Assert.NotNull(result.LogIndex);
        Assert.Contains(result.Checks, static c => c is { Name: "TransparencyLog", Outcome: "Passed" });
    }

    [Fact]
    public async Task A_certificate_of_an_own_authority_verifies()
    {
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByIdentity(
            [
                new CertificateIdentity(
                    TextMatch.Exactly("carol@example.test"), TextMatch.Pattern(".*"), new Dictionary<string, string>()),
            ]),
            Root = TrustedRoot.Empty with
            {
                CertificateAuthorities = OwnAuthorities.Of([.. CertificateContent.Read(
                    await File.ReadAllBytesAsync(RepositoryRoot.Fixture("golden", "certs", "chain.pem")), "chain.pem")
                    .Select(static der => new GivenCertificate("chain.pem", der))]),
            },
            SkipSct = true,
            SkipTransparencyLog = true,
        };
        ImageVerification result = await VerifyAsync("images/oci-layout/c3-cert-old", "v1", policy);
        Assert.Contains(result.Checks, static c => c is { Name: "Sct", Outcome: "Skipped" });
        Assert.Equal("CurrentTime", Assert.Single(result.Timestamps).Type);
    }

    private static async Task<IEnumerable<string?>> CodesAsync(
        string layout, SignerPolicy signer, string root = "trusted_root.json")
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(layout, "v1", Policy(signer, root)));
        return ((ImageVerification)e.Result!).Candidates.Select(static c => c.Code);
    }

    private static VerificationPolicy Policy(SignerPolicy signer, string root = "trusted_root.json") => new()
    {
        Signer = signer, Root = BlobCase.Root(RepositoryRoot.Fixture("golden", "trust", root)),
    };

    private static async Task<ImageVerification> VerifyAsync(string layout, string tag, VerificationPolicy policy)
    {
        string text = $"oci:{RepositoryRoot.Fixture(["golden", .. layout.Split('/')])}{(tag.Length > 0 ? ":" + tag : "")}";
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        ImageTarget target = Assert.Single(await engine.Resolver.ResolveAsync(
            text, ImageReference.Parse(text), new ImageQuery(), CancellationToken.None));
        return await ImageVerifier.VerifyAsync(target, policy, new ImageQuery(), Silent, CancellationToken.None);
    }
}
