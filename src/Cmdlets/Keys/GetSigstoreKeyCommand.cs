using System.Management.Automation;
using System.Security;

namespace SigstorePS.Commands;

/// <summary>Opens a private key once, for any number of signatures; dispose it when done.</summary>
[Cmdlet(VerbsCommon.Get, "SigstoreKey")]
[OutputType(typeof(SigstoreKey))]
public sealed class GetSigstoreKeyCommand : SigstoreCmdlet
{
    /// <summary>Private keys: paths, references such as <c>env://NAME</c>, or key pairs.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true,
        HelpMessage = "path or reference of a private key, such as ./cosign.key or env://NAME")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Password of encrypted keys. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>PIN of a token (pkcs11:). Default: COSIGN_PKCS11_PIN, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    private KeyArguments? _keys;

    private protected override void Process()
    {
        // One for the whole pipeline: a PIN is for one token of it.
        KeyArguments keys = _keys ??= new(this, new PathResolver(this), Password, Pin);
        foreach (object key in Key)
        {
            Attempt(KeyArguments.Shown(key), () => WriteObject(keys.Open(key)));
        }
    }

    private protected override void Cleanup()
    {
        _keys?.Dispose();
        base.Cleanup();
    }
}
