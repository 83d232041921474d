using System.Management.Automation;
using System.Security;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Gets the public half of any key, and writes it to a file if asked.</summary>
[Cmdlet(VerbsCommon.Get, "SigstorePublicKey")]
[OutputType(typeof(SigstorePublicKey))]
public sealed class GetSigstorePublicKeyCommand : SigstoreCmdlet
{
    /// <summary>Keys: paths, references, PEM text, or key objects.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true,
        HelpMessage = "path or reference of a key, such as ./cosign.key or https://example.com/cosign.pub")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Password of encrypted private keys. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>PIN of a token (pkcs11:). Default: COSIGN_PKCS11_PIN, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>File to write the PEM text to as well.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private KeyArguments? _keys;

    private protected override void Process()
    {
        PathResolver paths = new(this);

        // One for the whole pipeline: a PIN is for one token of it. Public keys are read, and none is opened.
        KeyArguments keys = _keys ??= new(this, paths, Password, Pin);
        foreach (object key in Key)
        {
            Attempt(KeyArguments.Shown(key), () => Emit(keys.ReadPublic(key).Key, paths));
        }
    }

    private protected override void Cleanup()
    {
        _keys?.Dispose();
        base.Cleanup();
    }

    private void Emit(SigstorePublicKey key, PathResolver paths)
    {
        if (OutFile is not null)
        {
            string file = paths.Unresolved(OutFile);
            byte[] text = Encoding.ASCII.GetBytes(key.Pem);
            Await(cancel => OutputFile.WriteAsync(file, text, Force, cancel));
        }

        WriteObject(key);
    }
}
