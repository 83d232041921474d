using Xunit;

namespace SigstorePS.Support;

/// <summary>
/// The real programs the interop tests talk to: unpacked by <c>tests/Support/fetch-peers.sh</c> to <c>.peers</c>, or
/// wherever the variable <c>PEERS</c> says. A missing one skips the test by name, and fails it where
/// <c>SIGSTOREPS_REQUIRE_PEERS=1</c> says that it could have been fetched.
/// </summary>
internal static class Peers
{
    private static readonly string Folder =
        Environment.GetEnvironmentVariable("PEERS") is { Length: > 0 } told ? told
        : Path.Combine(RepositoryRoot.Path, ".peers");

    /// <summary>cosign 2.5.0: the <c>.sig</c> tag only.</summary>
    public static Cosign RequireCosign2() => new(Require("cosign 2.5.0", "cosign-trixie", "cosign"));

    /// <summary>cosign 3.1.1: bundles as referrers by default.</summary>
    public static Cosign RequireCosign3() => new(Require("cosign 3.1.1", "cosign-sid", "cosign"));

    /// <summary>Both, oldest first.</summary>
    public static IReadOnlyList<Cosign> RequireBothCosigns() => [RequireCosign2(), RequireCosign3()];

    /// <summary>docker-registry 2.8.2: no referrers API, so clients use the fallback tag. Dispose to end it.</summary>
    public static Task<DockerRegistry> RequireRegistryAsync(CancellationToken cancel) =>
        DockerRegistry.StartAsync(
            Require("docker-registry 2.8.2", "docker-registry-bookworm", "docker-registry"), cancel);

    /// <summary>crane's registry, in memory: no referrers API either, and a fraction of docker-registry's work a request.</summary>
    public static Task<MemoryRegistry> RequireCraneRegistryAsync(CancellationToken cancel) =>
        MemoryRegistry.StartAsync(
            Require("crane", "crane-sid", "crane"), ["registry", "serve", "--address"], cancel);

    /// <summary>go-containerregistry's registry with the referrers API. Nothing packages it: only who built it has it.</summary>
    public static async Task<MemoryRegistry> RequireReferrersRegistryAsync(CancellationToken cancel)
    {
        string path = Path.Combine(Folder, "stack", "ggcr-registry");
        if (!File.Exists(path))
        {
            Assert.Skip("ggcr-registry is missing (a registry with the referrers API, built from source; not packaged)");
        }

        return await MemoryRegistry.StartAsync(path, [], cancel);
    }

    /// <summary>The servers of sigstore, started. Only who built them has them.</summary>
    public static SigstoreStack RequireStack() => SigstoreStack.Require(Folder);

    /// <summary>The system's openssl.</summary>
    public static string RequireOpenSsl()
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static folder => Path.Combine(folder, "openssl")).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Skip("openssl is missing (a package of the system)");
        }

        return path;
    }

    private static string Require(string name, string package, string program)
    {
        string path = Path.Combine(Folder, package, "usr", "bin", program);
        if (!File.Exists(path))
        {
            string message = $"{name} is missing: {path} does not exist (tests/Support/fetch-peers.sh fetches it)";
            if (Environment.GetEnvironmentVariable("SIGSTOREPS_REQUIRE_PEERS") == "1")
            {
                Assert.Fail(message);
            }

            Assert.Skip($"{name} is missing (tests/Support/fetch-peers.sh fetches it)");
        }

        return path;
    }
}
