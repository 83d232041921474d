using Xunit;

namespace SigstorePS.Support;

/// <summary>
/// sigstore-js as one more judge: its verifier in node. <c>tests/Support/fetch-peers.sh</c> installs it where there is
/// npm; elsewhere whoever asks it is a named skip.
/// </summary>
internal static class SigstoreJs
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Fails unless the bundle is verified for this identity.</summary>
    public static async Task VerifyAsync(
        string folder, string trustedRoot, string bundle, string? artifact, string identity, string issuer,
        CancellationToken cancel)
    {
        string modules = Peers.FolderOf("npm");
        string? node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static directory => Path.Combine(directory, "node")).FirstOrDefault(File.Exists);
        if (node is null || !Directory.Exists(Path.Combine(modules, "node_modules", "@sigstore", "verify")))
        {
            Assert.Skip("sigstore-js is missing (npm installs it to the folder npm of the peers)");
        }

        string script = Path.Combine(RepositoryRoot.Path, "tests", "Support", "sigstore-js-verify.cjs");
        PeerResult result = await PeerProcess.RunAsync(
            node, [script, modules, trustedRoot, bundle, artifact ?? "-", identity, issuer], folder,
            new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" }, Limit, cancel);
        Assert.True(result.Succeeded, result.ToString());
    }
}
