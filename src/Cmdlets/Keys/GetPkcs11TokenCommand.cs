using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Lists the tokens that a PKCS #11 module sees.</summary>
[Cmdlet(VerbsCommon.Get, "Pkcs11Token")]
[OutputType(typeof(Pkcs11Token))]
public sealed class GetPkcs11TokenCommand : SigstoreCmdlet
{
    /// <summary>Labels to list; wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Label { get; set; } = ["*"];

    /// <summary>The module: a library. Default: COSIGN_PKCS11_MODULE_PATH.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModulePathCompleter))]
    public string? ModulePath { get; set; }

    private protected override void Begin()
    {
        Pkcs11Query query = new()
        {
            ModulePath = ModulePath is null ? null : new PathResolver(this).Unresolved(ModulePath),
        };
        WildcardPattern[] wanted = [.. Label.Select(static l => new WildcardPattern(l, WildcardOptions.IgnoreCase))];
        foreach (Pkcs11Token token in Await(cancel => Engine.Tokens.TokensAsync(query, cancel)))
        {
            if (wanted.Any(pattern => pattern.IsMatch(token.Label)))
            {
                WriteObject(token);
            }
        }
    }
}
