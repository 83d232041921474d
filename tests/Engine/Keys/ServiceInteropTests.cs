using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys;

/// <summary>
/// Images signed by keys of services are verified by real cosigns with the exported public key; and real cosigns speak
/// with the same imitations as we do.
/// </summary>
public sealed class ServiceInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    private const string Password = "correct-horse";
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Peer.Cosign2Legacy, "ecdsa-p256", null)]
    [InlineData(Peer.Cosign3Legacy, "ecdsa-p256", null)]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-p256", null)]
    [InlineData(Peer.Cosign2Legacy, "ecdsa-p384", "ecdsa-sha2-256-nistp384")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-p384", "ecdsa-sha2-256-nistp384")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-p521", "ecdsa-sha2-256-nistp521")]
    [InlineData(Peer.Cosign2Legacy, "rsa-2048", null)]
    [InlineData(Peer.Cosign3Bundle, "rsa-2048", null)]
    [InlineData(Peer.Cosign2Legacy, "rsa-3072", null)]
    [InlineData(Peer.Cosign3Bundle, "rsa-3072", null)]
    [InlineData(Peer.Cosign2Legacy, "rsa-4096", null)]
    [InlineData(Peer.Cosign3Bundle, "rsa-4096", null)]
    [InlineData(Peer.Cosign2Legacy, "ed25519", null)]
    [InlineData(Peer.Cosign3Legacy, "ed25519", null)]
    [InlineData(Peer.Cosign3Bundle, "ed25519", null)]
    public async Task What_a_key_in_vault_signs_cosign_verifies(Peer peer, string type, string? algorithm)
    {
        await using VirtualVault vault = new();
        vault.Make("app", type);
        using ServiceWorld world = World(vault);
        string image = await session.PushAsync();
        using SigstoreKey key = await world.OpenAsync(
            "hashivault://app", algorithm is null ? null : SigningAlgorithm.All.Single(a => a.Name == algorithm));
        await SignAsync(peer, image, key);
        string half = await ExportAsync(await world.ReadAsync("hashivault://app"));
        Assert.True((await session.WeVerifyAsync(image, half)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, half));
    }

    /// <summary>cosign 2.5.0 and 3.1.1 as clients of the imitation: what it answers is what they understand.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Cosign_signs_with_a_key_in_vault_and_we_verify(Peer peer)
    {
        await using VirtualVault vault = new();
        using ServiceWorld world = World(vault);
        Cosign cosign = InteropSession.Cosign(peer)
            .With("VAULT_ADDR", vault.Address).With("VAULT_TOKEN", VirtualVault.Token);
        PeerResult made = await session.RunAsync(cosign, ["generate-key-pair", "--kms", "hashivault://theirs"]);
        Assert.SkipWhen(
            made.Error.Contains("no kms provider found", StringComparison.Ordinal),
            $"this build of {cosign} knows no hashivault:// (Debian's are without)");
        InteropSession.Passed(made);
        string image = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(
            peer, cosign, image, Named("hashivault://theirs")));
        string half = await ExportAsync(await world.ReadAsync("hashivault://theirs"));
        Assert.Equal(
            await File.ReadAllTextAsync(half, Cancel),
            await File.ReadAllTextAsync(Path.Combine(session.Folder, "cosign.pub"), Cancel));
        Assert.True((await session.WeVerifyAsync(image, half)).Verified);
        Assert.Contains(
            vault.Requests, static r => r.EndsWith(" /v1/transit/sign/theirs/sha2-256 +", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task A_pair_in_gitlab_signs_on_both_sides(Peer peer)
    {
        await using VirtualGitLab gitlab = new();
        using ServiceWorld world = new(gitlab);
        world.Variables["GITLAB_HOST"] = gitlab.Address;
        world.Variables["GITLAB_TOKEN"] = VirtualGitLab.Token;
        string ours = await session.PushAsync(), theirs = await session.PushAsync();
        await world.CreateAsync("gitlab://group/app", password: Password);
        using (SigstoreKey key = await world.OpenAsync("gitlab://group/app"))
        {
            await SignAsync(peer, ours, key);
        }

        string half = await ExportAsync(await world.ReadAsync("gitlab://group/app"));
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, half));

        Cosign cosign = InteropSession.Cosign(peer)
            .With("GITLAB_HOST", gitlab.Address).With("GITLAB_TOKEN", VirtualGitLab.Token);
        InteropSession.Passed(await session.CosignSignAsync(
            peer, cosign, theirs, Named("gitlab://group/app")));
        Assert.True((await session.WeVerifyAsync(theirs, half)).Verified);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task A_pair_in_github_signs_in_a_workflow(Peer peer)
    {
        await using VirtualGitHub github = new();
        using ServiceWorld world = new(github);
        world.Variables["GITHUB_HOST"] = github.Address;
        world.Variables["GITHUB_TOKEN"] = VirtualGitHub.Token;
        SigstoreKeyPair made = await world.CreateAsync("github://acme/app", password: Password);
        string image = await session.PushAsync();
        Cosign workflow = InteropSession.Cosign(peer)
            .With("COSIGN_PRIVATE_KEY", github["repos/acme/app/COSIGN_PRIVATE_KEY"]!)
            .With("COSIGN_PASSWORD", github["repos/acme/app/COSIGN_PASSWORD"]!);
        InteropSession.Passed(await session.CosignSignAsync(
            peer, workflow, image, Named("env://COSIGN_PRIVATE_KEY"), Password));
        string half = await ExportAsync(KeyOperations.PublicKeyOf("github", made.PublicKey));
        Assert.True((await session.WeVerifyAsync(image, half)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, half));
    }

    /// <summary>Sealed by Go's nacl/box, opened by the pack.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task What_cosign_seals_for_github_opens(Peer peer)
    {
        await using VirtualGitHub github = new();
        Cosign cosign = InteropSession.Cosign(peer)
            .With("GITHUB_HOST", github.Address).With("GITHUB_TOKEN", VirtualGitHub.Token);
        InteropSession.Passed(await session.RunAsync(cosign, ["generate-key-pair", "github://acme/app"], Password));
        Assert.Equal(Password, github["repos/acme/app/COSIGN_PASSWORD"]);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(session.Folder, "cosign.pub"), Cancel),
            github["repos/acme/app/COSIGN_PUBLIC_KEY"]);
    }

    /// <summary>What stands after cosign's --key.</summary>
    private static SigstoreKeyPair Named(string reference) => new()
    {
        Reference = reference, PrivateKeyPath = reference, Algorithm = string.Empty, KeyId = string.Empty,
        PublicKey = string.Empty,
    };

    private static ServiceWorld World(VirtualVault vault)
    {
        ServiceWorld world = new(vault);
        world.Variables["VAULT_ADDR"] = vault.Address;
        world.Variables["VAULT_TOKEN"] = VirtualVault.Token;
        return world;
    }

    private async Task SignAsync(Peer peer, string image, SigstoreKey key) =>
        await session.Engine.Signer.SignAsync(
            await session.ResolveAsync(image),
            new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(peer), key.Reference, key.Signer) },
            new ImageQuery(), Silent, Cancel);

    private async Task<string> ExportAsync(SigstorePublicKey key)
    {
        string path = Path.Combine(session.Folder, session.NewName("half") + ".pub");
        await File.WriteAllTextAsync(path, key.Pem, Cancel);
        return path;
    }
}
