using System.Management.Automation;
using System.Security;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>A session with the module, a registry in this process with images, and two key pairs.</summary>
public sealed class SignedImages : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cmdlets").FullName;

    public SignedImages()
        : this(new LoopbackRegistryOptions())
    {
    }

    internal SignedImages(LoopbackRegistryOptions options)
    {
        Session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        Registry = LoopbackRegistry.Start(options);
        Registry.PushImage("app", "1.0", "one");
        Registry.PushImage("app", "2.0", "two");
        foreach (string prefix in (string[])["cosign", "other"])
        {
            Run("New-SigstoreKeyPair", new() { ["OutputPrefix"] = prefix, ["Password"] = Password });
        }

        Registry.ClearRequests();
    }

    public Session Session { get; }

    internal LoopbackRegistry Registry { get; }

    public string Signed => $"{Registry.Host}/app:1.0";

    public string Other => $"{Registry.Host}/app:2.0";

    public static SecureString Password
    {
        get
        {
            SecureString secret = new();
            secret.AppendChar('p');
            return secret;
        }
    }

    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>Runs a command that must not end before its time.</summary>
    public RunResult Run(string command, Dictionary<string, object?> parameters, params object?[] input)
    {
        RunResult result = Session.Invoke(command, parameters, input);
        Assert.Null(result.Terminating);
        return result;
    }

    public RunResult Sign(string image) => Run("Set-ImageSignature", new()
    {
        ["Image"] = image, ["Key"] = "cosign.key", ["Password"] = Password, ["SkipTransparencyLog"] = true,
    });

    public static ErrorRecord Terminating(RunResult result)
    {
        Assert.NotNull(result.TerminatingError);
        return result.TerminatingError;
    }

    public async ValueTask DisposeAsync()
    {
        Session.Dispose();
        await Registry.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
