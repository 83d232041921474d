using Xunit;

namespace SigstorePS.Support;

/// <summary>
/// The real programs the interop tests talk to: unpacked by <c>./build.sh peers</c> to <c>.peers</c>, or
/// wherever the variable <c>PEERS</c> says. A missing one skips the test by name, and fails it where
/// <c>SIGSTOREPS_REQUIRE_PEERS=1</c> says that it could have been fetched, and <c>SIGSTOREPS_REQUIRE_STACK=1</c> that it
/// could have been built.
/// </summary>
internal static class Peers
{
    private static readonly string Folder =
        Environment.GetEnvironmentVariable("PEERS") is { Length: > 0 } told ? told
        : Path.Combine(RepositoryRoot.Path, ".peers");

    // Servers that do not start are not tried again by each test.
    private static readonly Lazy<SigstoreStack> Stack =
        new(static () => SigstoreStack.Open(static () => Path.GetDirectoryName(RequireBuilt("fulcio"))!));

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

    /// <summary>go-containerregistry's registry with the referrers API, which nobody packages.</summary>
    public static Task<MemoryRegistry> RequireReferrersRegistryAsync(CancellationToken cancel) =>
        MemoryRegistry.StartAsync(RequireBuilt("ggcr-registry"), [], cancel);

    /// <summary>What evaluates CUE in cosign, as a program: <c>cue vet</c> and no more. Folder to search for it.</summary>
    public static string RequireCue() => Path.GetDirectoryName(RequireBuilt("cue"))!;

    /// <summary>The servers of sigstore, which nobody packages: started, for as long as this process runs.</summary>
    public static SigstoreStack RequireStack() => Stack.Value;

    /// <summary>AWS KMS, IAM and STS as moto plays them. Dispose to end it.</summary>
    public static Task<Keys.MotoKms> RequireMotoAsync()
    {
        Require("moto", Path.Combine(Folder, "moto", "usr", "bin", "python3.11"), "fetches it", "SIGSTOREPS_REQUIRE_PEERS");
        return Keys.MotoKms.StartAsync(Path.Combine(Folder, "moto"));
    }

    /// <summary>oras 1.3: artifacts and their referrers, in registries and OCI layouts.</summary>
    public static string RequireOras() => Require("oras 1.3.3", "oras-sid", "oras");

    /// <summary>skopeo 1.22: copies images, and knows nothing of what refers to them.</summary>
    public static string RequireSkopeo()
    {
        Require("skopeo 1.22.0", "skopeo-sid", "skopeo");
        return Require(
            "skopeo 1.22.0", Path.Combine(Folder, "skopeo", "skopeo"), "fetches it", "SIGSTOREPS_REQUIRE_PEERS");
    }
    /// <summary>Chromium without a window. Dispose to end it.</summary>
    public static Task<Chromium> RequireChromiumAsync() => Chromium.StartAsync(Require(
        "Chromium", Path.Combine(Folder, "chromium", "chromium"), "fetches it", "SIGSTOREPS_REQUIRE_PEERS"));

    /// <summary>A folder of the peers, whether it is there or not.</summary>
    public static string FolderOf(string name) => Path.Combine(Folder, name);

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

    /// <summary>SoftHSM 2.6.1: a PKCS #11 module, and the program that makes its tokens.</summary>
    public static (string Module, string Program) RequireSoftHsm() => (
        Require(
            "SoftHSM 2.6.1", Path.Combine(Folder, "libsofthsm2-bookworm", "usr", "lib", "softhsm", "libsofthsm2.so"),
            "fetches it", "SIGSTOREPS_REQUIRE_PEERS"),
        Require("softhsm2-util 2.6.1", "softhsm2-bookworm", "softhsm2-util"));

    /// <summary>OpenSC's pkcs11-tool, and the folder of the library it needs.</summary>
    public static (string Program, string Libraries) RequirePkcs11Tool() => (
        Require("pkcs11-tool of OpenSC", "opensc-bookworm", "pkcs11-tool"),
        Path.GetDirectoryName(Require(
            "OpenSC",
            Library("opensc-pkcs11-bookworm", "libopensc.so.8"),
            "fetches it", "SIGSTOREPS_REQUIRE_PEERS"))!);

    /// <summary>A library of a package; its folder has the name of the processor.</summary>
    private static string Library(string package, string file) =>
        (Directory.Exists(FolderOf(package))
            ? Directory.EnumerateFiles(FolderOf(package), file, SearchOption.AllDirectories).FirstOrDefault() : null)
        ?? Path.Combine(FolderOf(package), file);

    private static string Require(string name, string package, string program) => Require(
        name, Path.Combine(Folder, package, "usr", "bin", program), "fetches it", "SIGSTOREPS_REQUIRE_PEERS");

    /// <summary>Built by <c>tests/Peers/build-stack.sh</c>, which is not possible wherever fetching is.</summary>
    private static string RequireBuilt(string program) =>
        Require(program, Path.Combine(Folder, "stack", program), "builds it", "SIGSTOREPS_REQUIRE_STACK");

    private static string Require(string name, string path, string how, string requirement)
    {
        if (!File.Exists(path))
        {
            if (Environment.GetEnvironmentVariable(requirement) == "1")
            {
                Assert.Fail($"{name} is missing: {path} does not exist (./build.sh peers {how})");
            }

            Assert.Skip($"{name} is missing (./build.sh peers {how})");
        }

        return path;
    }
}
