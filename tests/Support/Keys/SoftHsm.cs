using System.Runtime.InteropServices;
using Xunit;

namespace SigstorePS.Support.Keys;

/// <summary>
/// SoftHSM with tokens of this test process. The module reads SOFTHSM2_CONF with getenv when it is initialized, once a
/// process, and knows the tokens there were then: so all of them are made beforehand, one for each matter, and the
/// variable is set where getenv looks, which .NET's own SetEnvironmentVariable does not do.
/// </summary>
internal sealed class SoftHsm
{
    public const string Pin = "135790";
    private const string OfficerPin = "24681012";

    private static readonly string[] Tokens =
        ["keys", "made", "wrong", "gone", "certified", "twins", "busy", "interop", "shown", "cmdlet", "own", "same", "same"];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<SoftHsm> Started = new(static () => new SoftHsm());

    private readonly string _program;

    private SoftHsm()
    {
        (Module, _program) = Peers.RequireSoftHsm();
        Folder = Directory.CreateTempSubdirectory("sigstoreps-softhsm-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Store);
        File.WriteAllText(
            Configuration,
            $"directories.tokendir = {Store}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        foreach (string token in Tokens)
        {
            Run("--init-token", "--free", "--label", token, "--pin", Pin, "--so-pin", OfficerPin);
        }

        Assert.Equal(0, SetVariable("SOFTHSM2_CONF", Configuration, 1));
    }

    /// <summary>Full path of the module.</summary>
    public string Module { get; }

    public string Folder { get; }

    /// <summary>One folder a token.</summary>
    public string Store => Path.Combine(Folder, "tokens");

    public string Configuration => Path.Combine(Folder, "softhsm2.conf");

    /// <summary>Skips the test by name where there is none.</summary>
    public static SoftHsm Require()
    {
        Peers.RequireSoftHsm();
        return Started.Value;
    }

    /// <summary>A reference to a key on one of the tokens.</summary>
    public string Reference(string token, string key, string query = "") =>
        $"pkcs11:token={token};{key}?module-path={Module}{query}";

    /// <summary>softhsm2-util.</summary>
    public void Run(params string[] arguments) => Finish(_program, ["--module", Module, .. arguments], []);

    /// <summary>OpenSC's pkcs11-tool, logged in to a token.</summary>
    public void RunTool(string token, params string[] arguments)
    {
        (string program, string libraries) = Peers.RequirePkcs11Tool();
        Finish(
            program, ["--module", Module, "--token-label", token, "--login", "--pin", Pin, .. arguments],
            new() { ["LD_LIBRARY_PATH"] = libraries });
    }

    /// <summary>The folder of a token: its name ends with the serial number.</summary>
    public string FolderOf(string serial) => Directory.GetDirectories(Store).Single(folder =>
        Path.GetFileName(folder).Replace("-", "", StringComparison.Ordinal).EndsWith(serial, StringComparison.Ordinal));

    private void Finish(string program, string[] arguments, Dictionary<string, string> variables)
    {
        variables["SOFTHSM2_CONF"] = Configuration;
        PeerResult result = PeerProcess.RunAsync(program, arguments, Folder, variables, Limit, default)
            .GetAwaiter().GetResult();
        Assert.True(result.Succeeded, result.ToString());
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int SetVariable(string name, string value, int overwrite);
}
