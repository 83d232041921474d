using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>
/// Logs in to a registry and remembers, for this session, how to reach it. The login is tried before it is remembered.
/// </summary>
[Cmdlet(VerbsCommunications.Connect, "ImageRegistry")]
[OutputType(typeof(ImageRegistrySession))]
public sealed class ConnectImageRegistryCommand : RegistryCmdlet
{
    /// <summary>Registries: <c>host[:port]</c>.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        HelpMessage = "host[:port] of the registry, such as ghcr.io")]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <summary>Writes the credentials to docker's configuration, too, as docker login does.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>Emits what is remembered.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private RegistryLogins Logins => new(Engine.Registries, Engine.Credentials);

    private protected override void Begin()
    {
        base.Begin();
        if (Persist && Credential is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Persist stores user name and password: give -Credential.");
        }
    }

    private protected override void Process()
    {
        foreach (string text in Registry)
        {
            Attempt(text, () => Connect(text, RegistryHost.Parse(text)));
        }
    }

    private void Connect(string text, ImageReference host)
    {
        // Nothing of an earlier login: what is not said now is not wanted.
        RegistryAccess access = Over(RegistryAccess.Default);
        Run(
            text,
            async cancel =>
            {
                await Logins.CheckAsync(host.Registry, access, cancel).ConfigureAwait(false);
                if (Persist)
                {
                    await Logins.StoreAsync(host.Registry, access.Credential!, cancel).ConfigureAwait(false);
                }

                return access;
            },
            Remember(host.Registry));
    }

    private Action<RegistryAccess> Remember(string registry) => access =>
    {
        State.Sessions[registry] = access;
        WriteVerbose($"Connected to {registry}.");
        if (PassThru)
        {
            WriteObject(new ImageRegistrySession
            {
                Registry = registry,
                Authentication = access.Token is not null ? "Token"
                    : access.Credential is not null ? "Credential" : "Configuration",
                UserName = access.Credential?.UserName,
                AllowHttp = access.AllowHttp,
                SkipCertificateCheck = access.SkipCertificateCheck,
                Persisted = Persist,
            });
        }
    };
}
