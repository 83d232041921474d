using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Forgets how to reach a registry.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "ImageRegistry")]
[OutputType(typeof(void))]
public sealed class DisconnectImageRegistryCommand : SigstoreCmdlet
{
    /// <summary>Registries: <c>host[:port]</c>.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        HelpMessage = "host[:port] of the registry, such as ghcr.io")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string[] Registry { get; set; } = [];

    /// <summary>Erases the credentials from docker's configuration, too, as docker logout does.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    private protected override void Process()
    {
        foreach (string text in Registry)
        {
            Attempt(text, () => Disconnect(RegistryHost.Parse(text).Registry));
        }
    }

    private void Disconnect(string registry)
    {
        bool known = State.Sessions.TryRemove(registry, out _);
        Engine.Registries.Forget();
        if (Persist)
        {
            Await(cancel => new RegistryLogins(Engine.Registries, Engine.Credentials).EraseAsync(registry, cancel));
        }

        WriteVerbose(known ? $"Disconnected from {registry}." : $"There was no session with {registry}.");
    }
}
