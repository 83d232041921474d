using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace SigstorePS.Commands;

/// <summary>Tells versions and the environment variables that matter, with secrets masked.</summary>
[Cmdlet(VerbsCommon.Get, "SigstoreEnvironment")]
[OutputType(typeof(SigstoreSetting))]
public sealed class GetSigstoreEnvironmentCommand : SigstoreCmdlet
{
    private const string Mask = "********";

    /// <summary>Names to tell; wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Shows passwords and tokens.</summary>
    [Parameter]
    [Alias("ShowSensitiveValues")]
    public SwitchParameter ShowSecret { get; set; }

    private protected override void Begin()
    {
        WildcardPattern[] wanted = [.. Name.Select(static n => new WildcardPattern(n, WildcardOptions.IgnoreCase))];
        foreach (SigstoreSetting setting in Versions().Concat(SettingCatalog.Variables.Select(Read)))
        {
            if (wanted.Any(pattern => pattern.IsMatch(setting.Name)))
            {
                WriteObject(setting);
            }
        }
    }

    private static IEnumerable<SigstoreSetting> Versions()
    {
        Assembly module = typeof(GetSigstoreEnvironmentCommand).Assembly;
        Assembly engine = typeof(SigstoreEngine).Assembly;
        yield return Version("Sigstore", VersionOf(module), "This module");
        yield return Version("SigstorePS.Engine", VersionOf(engine), "Its engine");
        yield return Version("PowerShell", VersionOf(typeof(PSCmdlet).Assembly), "The shell it runs in");
        yield return Version(".NET", RuntimeInformation.FrameworkDescription, "The runtime");
        yield return Version("OS", RuntimeInformation.OSDescription, "The operating system");
        string packs = Path.Combine(Path.GetDirectoryName(engine.Location)!, "providers");
        foreach (string pack in Directory.Exists(packs) ? Directory.GetDirectories(packs) : [])
        {
            string name = Path.GetFileName(pack);
            string assembly = Path.Combine(pack, $"SigstorePS.{name}.dll");
            if (File.Exists(assembly))
            {
                yield return Version(
                    $"Provider {name}", AssemblyName.GetAssemblyName(assembly).Version?.ToString(3), assembly);
            }
        }
    }

    private SigstoreSetting Read(KnownVariable variable)
    {
        string? value = Variable(variable.Name);
        return new SigstoreSetting
        {
            Name = variable.Name,
            Kind = "Variable",
            Value = variable.Secret && !ShowSecret && !string.IsNullOrEmpty(value) ? Mask : value,
            IsSet = value is not null,
            IsSecret = variable.Secret,
            IsUsed = variable.Used,
            Description = variable.Description,
        };
    }

    private static SigstoreSetting Version(string name, string? value, string description) => new()
    {
        Name = name,
        Kind = "Version",
        Value = value,
        IsSet = true,
        IsUsed = true,
        Description = description,
    };

    private static string? VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
}
