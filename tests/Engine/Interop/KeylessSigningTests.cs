using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Interop;

/// <summary>
/// What we sign for an identity, with real servers, is verified by cosign 2.5.0, cosign 3.1.1 and sigstore-js.
/// </summary>
public sealed class KeylessSigningTests(InteropSession images, KeylessSession session)
    : IClassFixture<InteropSession>, IClassFixture<KeylessSession>
{
    private const string PredicateType = "https://predicates.example/v1";
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1")]
    [InlineData("v1-tsa")]
    [InlineData("v2")]
    public async Task A_file_in_a_bundle(string config)
    {
        string bundle = NewFile("sigstore.json");
        using FulcioCredentials alice = Alice();
        BlobSignature made = Assert.Single(await images.Engine.BlobSigner.SignAsync(
            new BlobSource { Path = session.Artifact }, Means(config, alice),
            new BlobOutputs { Bundle = bundle }, Cancel));
        Assert.Equal("Passed", made.SelfVerification);
        Assert.Equal(KeylessSession.Alice, made.Signer);
        Assert.Equal(bundle, made.BundlePath);

        InteropSession.Passed(await Cosign3(["verify-blob", "--bundle", bundle, "--trusted-root", session.Stack.TrustedRoot, .. Identity, session.Artifact]));
        Assert.Equal(
            KeylessSession.Alice, (await session.VerifyAsync(bundle, session.Policy() with
            {
                TimestampThreshold = config == "v1" ? 0 : 1,
            })).Signer);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1-tsa")]
    [InlineData("v2")]
    public async Task What_we_sign_and_attest_is_verified_by_sigstore_js(string config)
    {
        string bundle = NewFile("sigstore.json"), attested = NewFile("att.sigstore.json");
        using FulcioCredentials alice = Alice();
        await images.Engine.BlobSigner.SignAsync(
            new BlobSource { Path = session.Artifact }, Means(config, alice), new BlobOutputs { Bundle = bundle }, Cancel);
        await images.Engine.BlobAttester.AttestAsync(
            new BlobSource { Path = session.Artifact }, Request(Means(config, alice)),
            new BlobOutputs { Bundle = attested }, Cancel);
        await SigstoreJs.VerifyAsync(
            session.Folder, session.Stack.TrustedRoot, bundle, session.Artifact, KeylessSession.Alice, session.EmailIssuer,
            Cancel);
        if (config == "v2")
        {
            // sigstore-js 4.1 compares the entry of an envelope with its payload; cosign's own it refuses as well.
            return;
        }

        await SigstoreJs.VerifyAsync(
            session.Folder, session.Stack.TrustedRoot, attested, null, KeylessSession.Alice, session.EmailIssuer, Cancel);
    }

    [Fact]
    public async Task A_file_in_the_older_format()
    {
        BlobOutputs files = new()
        {
            LegacyBundle = NewFile("bundle"), Signature = NewFile("sig"), Certificate = NewFile("pem"),
        };
        using FulcioCredentials alice = Alice();
        await images.Engine.BlobSigner.SignAsync(
            new BlobSource { Path = session.Artifact }, Means("v1", alice, SignatureFormats.Legacy), files, Cancel);
        InteropSession.Passed(await Cosign2(["verify-blob", "--bundle", files.LegacyBundle!, .. Identity, session.Artifact]));
        InteropSession.Passed(await session.Stack.WithParts(Peers.RequireCosign3()).RunAsync(
            session.Folder, string.Empty,
            ["verify-blob", "--new-bundle-format=false", "--bundle", files.LegacyBundle!, .. Identity, session.Artifact],
            Cancel));
        Assert.Equal(KeylessSession.Alice, (await session.VerifyAsync(files.LegacyBundle!, session.Policy())).Signer);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", await File.ReadAllTextAsync(files.Certificate!, Cancel),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1-tsa")]
    [InlineData("v2")]
    public async Task An_image_in_a_bundle(string config)
    {
        string image = await images.PushAsync();
        using FulcioCredentials alice = Alice();
        ImageSignature made = Assert.Single(await SignAsync(image, Means(config, alice)));
        Assert.NotNull(made.LogIndex);
        InteropSession.Passed(await Cosign3(["verify", "--trusted-root", session.Stack.TrustedRoot, .. Identity, image]));
        Assert.True((await VerifyAsync(image)).Verified);
    }

    [Fact]
    public async Task An_image_in_the_older_format()
    {
        string image = await images.PushAsync();
        using FulcioCredentials alice = Alice();
        await SignAsync(image, Means("v1-tsa", alice, SignatureFormats.Legacy));
        InteropSession.Passed(await Cosign2(["verify", .. Identity, image]));
        InteropSession.Passed(await session.Stack.WithParts(Peers.RequireCosign3()).RunAsync(
            session.Folder, string.Empty, ["verify", "--new-bundle-format=false", .. Identity, image], Cancel));
        Assert.True((await VerifyAsync(image)).Verified);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task An_attestation_in_a_bundle(string config)
    {
        string image = await images.PushAsync();
        using FulcioCredentials alice = Alice();
        await AttestAsync(image, Means(config, alice));
        InteropSession.Passed(await Cosign3(["verify-attestation", "--type", PredicateType, "--trusted-root", session.Stack.TrustedRoot, .. Identity, image]));
        InteropSession.Refused(await Cosign3(["verify-attestation", "--type", "slsaprovenance1", "--trusted-root", session.Stack.TrustedRoot, .. Identity,
            image]));
    }

    [Theory]
    [InlineData("dsse")]
    [InlineData("intoto")]
    public async Task An_attestation_in_the_older_format(string kind)
    {
        string image = await images.PushAsync();
        using FulcioCredentials alice = Alice();
        await AttestAsync(image, Means("v1", alice, SignatureFormats.Legacy) with { EnvelopeKind = kind });
        InteropSession.Passed(await Cosign2(["verify-attestation", "--type", PredicateType, .. Identity, image]));
        InteropSession.Passed(await session.Stack.WithParts(Peers.RequireCosign3()).RunAsync(
            session.Folder, string.Empty,
            ["verify-attestation", "--new-bundle-format=false", "--type", PredicateType, .. Identity, image], Cancel));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task An_attestation_about_a_file(string config)
    {
        string bundle = NewFile("att.sigstore.json");
        using FulcioCredentials alice = Alice();
        await images.Engine.BlobAttester.AttestAsync(
            new BlobSource { Path = session.Artifact }, Request(Means(config, alice)), new BlobOutputs { Bundle = bundle },
            Cancel);
        InteropSession.Passed(await Cosign3(["verify-blob-attestation", "--bundle", bundle, "--type", PredicateType, "--trusted-root",
            session.Stack.TrustedRoot, .. Identity, session.Artifact]));
    }

    /// <summary>A key with a log and timestamps, whatever its kind.</summary>
    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256", "v1-tsa")]
    [InlineData("ecdsa-sha2-256-nistp256", "v2")]
    [InlineData("rsa-sign-pkcs1-2048-sha256", "v2")]
    public async Task A_file_by_a_key_in_a_log(string algorithm, string config)
    {
        SigstoreKeyPair pair = await images.OurKeyAsync(SigningAlgorithm.All.Single(a => a.Name == algorithm));
        KeyAccess access = new((_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(InteropSession.Password)));
        using SigstoreKey key = await images.Engine.Keys.OpenAsync(pair.PrivateKeyPath!, access, Cancel);
        string bundle = NewFile("key.sigstore.json");
        await images.Engine.BlobSigner.SignAsync(
            new BlobSource { Path = session.Artifact }, Means(config, new KeyCredentials("key", key.Signer)),
            new BlobOutputs { Bundle = bundle }, Cancel);
        InteropSession.Passed(await Cosign3(
            "verify-blob", "--bundle", bundle, "--trusted-root", session.Stack.TrustedRoot, "--key", pair.PublicKeyPath!,
            session.Artifact));
    }

    private string[] Identity =>
        ["--certificate-identity", KeylessSession.Alice, "--certificate-oidc-issuer", session.EmailIssuer];

    private FulcioCredentials Alice() => images.Engine.Certificates.Open(
        new Uri(session.Stack.Fulcio), new CertificateOrder { Root = session.Root },
        async _ => IdentityToken.Parse(await session.TokenAsync(), "test"));

    private SigningMeans Means(string config, ISigningCredentials who, SignatureFormats formats = SignatureFormats.Bundle)
    {
        SigningConfig services = TrustFiles.ReadSigningConfig(
            File.ReadAllBytes(session.Stack.SigningConfig(config)), config, TimeProvider.System.GetUtcNow()).Config;
        return new SigningMeans
        {
            Credentials = [who],
            Formats = formats,
            Services = SigningServices.Choose(
                new ServiceWishes { Config = services, Keyless = who is FulcioCredentials, Formats = formats },
                TimeProvider.System.GetUtcNow()),
            Root = session.Root,
        };
    }

    private async Task<IReadOnlyList<ImageSignature>> SignAsync(string image, SigningMeans means) =>
        await images.Engine.Signer.SignAsync(
            await images.ResolveAsync(image), new SigningRequest { Means = means }, new ImageQuery(), Silent, Cancel);

    private async Task AttestAsync(string image, SigningMeans means) => await images.Engine.Attester.AttestAsync(
        await images.ResolveAsync(image), Request(means), string.Empty, Silent, Cancel);

    private static AttestRequest Request(SigningMeans means) => new()
    {
        Means = means,
        Sources = [StatementSource.OfPredicate(
            "predicate", PredicateType, Encoding.UTF8.GetBytes("""{"tested":true}"""), TimeProvider.System.GetUtcNow())],
    };

    private async Task<ImageVerification> VerifyAsync(string image) => await ImageVerifier.VerifyAsync(
        await images.ResolveAsync(image), session.Policy(), new ImageQuery(), Silent, Cancel);

    private Task<PeerResult> Cosign3(params string[] arguments) =>
        Peers.RequireCosign3().RunAsync(session.Folder, string.Empty, arguments, Cancel);

    private Task<PeerResult> Cosign2(params string[] arguments) => session.Stack
        .WithParts(Peers.RequireCosign2()).RunAsync(session.Folder, string.Empty, arguments, Cancel);

    private string NewFile(string ending) => Path.Combine(session.Folder, $"{images.NewName("ours")}.{ending}");
}
