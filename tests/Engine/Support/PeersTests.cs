using SigstorePS.Support;

namespace SigstorePS.Tests.Support;

/// <summary>The peers are what their names say, so that "cosign 2 verified it" is true where a test says so.</summary>
public sealed class PeersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sigstoreps-peers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Cosign_of_trixie_is_version_2_and_runs() => await ExpectVersionAsync(Peers.RequireCosign2(), 2);

    [Fact]
    public async Task Cosign_of_sid_is_version_3_and_runs() => await ExpectVersionAsync(Peers.RequireCosign3(), 3);

    [Fact]
    public async Task Registry_answers_and_has_no_referrers_api()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using DockerRegistry registry = await Peers.RequireRegistryAsync(cancel);
        using HttpClient client = new();
        using HttpResponseMessage ping = await client.GetAsync($"http://{registry.Host}/v2/", cancel);
        using HttpResponseMessage referrers = await client.GetAsync(
            $"http://{registry.Host}/v2/app/referrers/sha256:{new string('0', 64)}", cancel);

        Assert.Equal(200, (int)ping.StatusCode);
        Assert.Equal(404, (int)referrers.StatusCode);
    }

    private async Task ExpectVersionAsync(Cosign cosign, int major)
    {
        PeerResult result = await cosign.RunAsync(_folder, "", ["version"], TestContext.Current.CancellationToken);

        Assert.True(result.Succeeded, result.ToString());
        Assert.Equal(major, cosign.Version.Major);
    }
}
