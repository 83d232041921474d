using System.Text;
using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;
using SigstorePS.Tests.Registry;
using SigstorePS.Trust;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Operations;

/// <summary>Private deployments under names.</summary>
public sealed class TrustInstanceTests : IDisposable
{
    private const string Empty = """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""";

    private readonly TemporaryFolder _home = new();
    private readonly TemporaryFolder _mirror = new();
    private readonly Dictionary<string, string?> _variables = [];
    private readonly HttpTransport _transport = new(new HttpOptions());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri MirrorUri =>
        new("file://" + (OperatingSystem.IsWindows() ? "/" : "") + _mirror.Path.Replace('\\', '/'));

    private string Folder => Path.Combine(_home.Path, "config", "sigstoreps", "instances");

    private static SigstoreTrustRoot Root => TrustFiles.ReadTrustRoot(
        File.ReadAllBytes(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json")), "given", default);

    private static SigstoreSigningConfig Config => TrustFiles.Describe(
        SigningConfig.Empty with
        {
            Tsa =
            [
                new ServiceEndpoint
                {
                    Url = "https://tsa.corp.test", MajorApiVersion = 1, ValidFor = new(DateTimeOffset.UnixEpoch, null),
                },
            ],
        },
        "given", default);

    public TrustInstanceTests() => _variables["XDG_CONFIG_HOME"] = Path.Combine(_home.Path, "config");

    public void Dispose()
    {
        _transport.Dispose();
        _home.Dispose();
        _mirror.Dispose();
    }

    [Fact]
    public async Task Files_are_kept_and_used_by_name()
    {
        TrustOperations trust = Trust();
        SigstoreTrustRoot kept = await trust.InitializeAsync(Files("corp"), Cancel);
        Assert.Equal(Root.Json, kept.Json);
        Assert.Equal(Path.Combine(Folder, "corp", "trusted_root.json"), kept.Source);
        TrustRequest request = new() { Instance = "corp", Offline = true };
        Assert.Equal(Root.Json, (await Trust().GetAsync(request, Cancel)).Json);
        Assert.Equal(Config.Json, (await Trust().GetSigningConfigAsync(request, false, Cancel)).Json);
        Assert.Equal(Config.Json, (await Trust().GetSigningConfigAsync(request, true, Cancel)).Json);
        Assert.Equal(["corp"], trust.Instances.Names());
        Assert.Equal(
            ["instance.json", "signing_config.json", "trusted_root.json"],
            Directory.GetFileSystemEntries(Path.Combine(Folder, "corp")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Folder, "corp")))
            {
                Assert.Equal(
                    UnixFileMode.None, File.GetUnixFileMode(file) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
            }
        }

        await FailsAsync(Code.InvalidValue, () => trust.UpdateAsync(request, Cancel));
        await FailsAsync(Code.ContradictoryPolicy, () => trust.GetAsync(request with { Mirror = MirrorUri }, Cancel));
    }

    [Fact]
    public async Task An_instance_is_replaced_as_a_whole()
    {
        TrustOperations trust = Trust();
        await trust.InitializeAsync(Files("corp"), Cancel);
        SigstoreTrustRoot other = TrustFiles.ReadTrustRoot(Encoding.UTF8.GetBytes(Empty), "other", default);
        await trust.InitializeAsync(new TrustInitialization { Instance = "corp", TrustedRoot = other }, Cancel);
        TrustRequest request = new() { Instance = "corp" };
        Assert.Equal(other.Json, (await trust.GetAsync(request, Cancel)).Json);
        SigstoreException e = await FailsAsync(
            Code.TargetNotFound, () => trust.GetSigningConfigAsync(request, false, Cancel));
        Assert.Contains("corp", e.Message, StringComparison.Ordinal);
        Assert.Equal(["corp"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task One_that_is_not_there_is_an_error_that_says_what_is()
    {
        TrustOperations trust = Trust();
        TrustRequest request = new() { Instance = "corp" };
        SigstoreException e = await FailsAsync(Code.InstanceNotFound, () => trust.GetAsync(request, Cancel));
        Assert.Contains("None", e.Message, StringComparison.Ordinal);
        await trust.InitializeAsync(Files("staging"), Cancel);
        await trust.InitializeAsync(Files("a-team"), Cancel);
        e = await FailsAsync(Code.InstanceNotFound, () => trust.GetSigningConfigAsync(request, false, Cancel));
        Assert.Contains("a-team, staging", e.Message, StringComparison.Ordinal);
        Assert.Contains("Initialize-SigstoreTrustRoot -Instance corp", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a..b")]
    [InlineData("../corp")]
    [InlineData("/etc")]
    [InlineData("a\\b")]
    [InlineData("Corp")]
    [InlineData("corp\n")]
    [InlineData("corp.")]
    [InlineData("-x")]
    [InlineData("nul")]
    [InlineData("com1.txt")]
    [InlineData("a:b")]
    [InlineData("\u001b[31m")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_that_could_leave_the_folder_is_no_name(string name)
    {
        TrustOperations trust = Trust();
        await FailsAsync(Code.InvalidValue, () => trust.GetAsync(new TrustRequest { Instance = name }, Cancel));
        SigstoreException e = await FailsAsync(
            Code.InvalidValue, () => trust.InitializeAsync(Files(name), Cancel));
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("corp.eu-west_1")]
    [InlineData("console")]
    public async Task Other_names_are(string name)
    {
        TrustOperations trust = Trust();
        await trust.InitializeAsync(Files(name), Cancel);
        Assert.Equal([name], trust.Instances.Names());
    }

    [Theory]
    [InlineData("instance.json", null)]
    [InlineData("instance.json", "{}")]
    [InlineData("instance.json", "junk")]
    [InlineData("instance.json", """{"version":"1"}""")]
    [InlineData("instance.json", """{"version":1,"mirror":"ftp://a.test"}""")]
    [InlineData("instance.json", """{"version":1,"mirror":5}""")]
    [InlineData("trusted_root.json", null)]
    public async Task A_damaged_one_is_an_error_and_not_the_public_one(string file, string? content)
    {
        TrustOperations trust = Trust();
        await trust.InitializeAsync(Files("corp"), Cancel);
        string path = Path.Combine(Folder, "corp", file);
        File.Delete(path);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, Cancel);
        }

        await FailsAsync(
            Code.TrustRootUnavailable, () => trust.GetAsync(new TrustRequest { Instance = "corp" }, Cancel));
    }

    [Fact]
    public async Task A_later_version_and_a_bad_root_have_errors_of_their_own()
    {
        TrustOperations trust = Trust();
        await trust.InitializeAsync(Files("corp"), Cancel);
        TrustRequest request = new() { Instance = "corp" };
        await File.WriteAllTextAsync(Path.Combine(Folder, "corp", "trusted_root.json"), "{}", Cancel);
        await FailsAsync(Code.MalformedTrustRoot, () => trust.GetAsync(request, Cancel));
        await File.WriteAllTextAsync(Path.Combine(Folder, "corp", "instance.json"), """{"version":2}""", Cancel);
        await FailsAsync(Code.Unsupported, () => trust.GetAsync(request, Cancel));
    }

    [Fact]
    public async Task A_mirror_is_kept_with_its_root_in_a_cache_of_its_own()
    {
        TufTestRepository repository = new();
        repository.AddTarget("trusted_root.json", Empty);
        repository.Publish();
        repository.Save(_mirror.Path);
        string root = _home.Write("first.json", Encoding.UTF8.GetString(repository.First));
        TrustOperations trust = Trust();
        TrustInitialization wanted = new() { Mirror = MirrorUri, Root = root, Instance = "corp" };
        await FailsAsync(Code.TrustRootUnavailable, () => trust.InitializeAsync(wanted with { Root = null }, Cancel));
        Assert.Empty(trust.Instances.Names());
        Assert.Equal(2, (await trust.InitializeAsync(wanted, Cancel)).Versions!["targets"]);

        // The mirror without a name stays the public one, and cosign is told nothing.
        string cache = Path.Combine(_home.Path, ".sigstore", "root");
        Assert.False(File.Exists(Path.Combine(cache, "remote.json")));
        Assert.True((await trust.MirrorAsync(null, Cancel)).IsPublic);
        await FailsAsync(
            Code.TrustRootUnavailable, () => trust.GetAsync(new TrustRequest { Mirror = MirrorUri }, Cancel));

        TrustRequest request = new() { Instance = "corp" };
        repository.Publish();
        repository.Save(_mirror.Path);
        Assert.Equal(2, (await Trust().GetAsync(request, Cancel)).Versions!["targets"]);
        Assert.Equal(3, (await Trust().UpdateAsync(
            request with { MaxAge = TimeSpan.Zero }, Cancel)).Versions!["targets"]);
        Assert.Equal(
            3, (await Trust().GetAsync(request with { Offline = true }, Cancel)).Versions!["targets"]);
        await FailsAsync(Code.TargetNotFound, () => trust.GetSigningConfigAsync(request, false, Cancel));

        // An emptied cache is filled from the root that was kept; without the network there is nothing.
        Directory.Delete(cache, recursive: true);
        await FailsAsync(
            Code.OfflineUnavailable, () => Trust().GetAsync(request with { Offline = true }, Cancel));
        Assert.Equal(3, (await Trust().GetAsync(request, Cancel)).Versions!["targets"]);

        // Somebody else's repository at that address is not what was trusted.
        TufTestRepository other = new();
        other.AddTarget("trusted_root.json", Empty);
        other.Publish();
        Directory.Delete(_mirror.Path, recursive: true);
        other.Save(_mirror.Path);
        Directory.Delete(cache, recursive: true);
        Assert.Equal(
            Code.MetadataUntrusted,
            (await Assert.ThrowsAsync<SigstoreException>(() => Trust().GetAsync(request, Cancel))).Code);
        _variables["TUF_ROOT_JSON"] = _home.Write("other.json", Encoding.UTF8.GetString(other.First));
        Assert.Equal(
            Code.MetadataUntrusted,
            (await Assert.ThrowsAsync<SigstoreException>(() => Trust().GetAsync(request, Cancel))).Code);
    }

    [Fact]
    public async Task A_signing_configuration_of_its_own_stands_beside_a_mirror()
    {
        TufTestRepository repository = new();
        repository.AddTarget("trusted_root.json", Empty);
        repository.Publish();
        repository.Save(_mirror.Path);
        TrustInitialization wanted = new()
        {
            Mirror = MirrorUri, Instance = "corp", SigningConfig = Config,
            Root = _home.Write("first.json", Encoding.UTF8.GetString(repository.First)),
        };
        await Trust().InitializeAsync(wanted, Cancel);
        Assert.Equal(
            Config.Json,
            (await Trust().GetSigningConfigAsync(new TrustRequest { Instance = "corp" }, false, Cancel)).Json);
    }

    [Fact]
    public async Task Without_a_folder_there_are_no_instances()
    {
        TrustInstances none = new(null);
        Assert.Empty(none.Names());
        await FailsAsync(Code.InstanceNotFound, () => none.GetAsync("corp", Cancel));
        Assert.Equal(Code.FileUnavailable, Assert.Throws<SigstoreException>(() => none.FolderOf("corp")).Code);
        if (!OperatingSystem.IsWindows() && !OperatingSystem.IsMacOS())
        {
            Assert.Equal(
                Path.Combine(_home.Path, ".config", "sigstoreps", "instances", "corp"),
                TrustInstances.Of(static _ => "relative", _home.Path).FolderOf("corp"));
        }
    }

    private static TrustInitialization Files(string name) =>
        new() { Instance = name, TrustedRoot = Root, SigningConfig = Config };

    private static async Task<SigstoreException> FailsAsync(Code code, Func<Task> work)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.Equal(code, e.Code);
        return e;
    }

    private TrustOperations Trust() => new(
        name => _variables.GetValueOrDefault(name), _home.Path,
        _transport.Open(TlsSettings.Default, new HttpErrors(Code.TufUnavailable, Code.TufProtocolViolation)),
        new ManualClock(TufTestRepository.Now));
}
