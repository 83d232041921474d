using System.Management.Automation;
using System.Security;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that sign: with what, and whether it is logged.</summary>
public abstract class SigningCmdlet : SignedImageCmdlet
{
    private KeyArguments? _keys;

    /// <summary>Private keys: paths, references such as <c>env://NAME</c>, or what Get-SigstoreKey returned.</summary>
    [Parameter(
        Mandatory = true,
        HelpMessage = "path or reference of a private key, such as ./cosign.key or env://NAME")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Password of encrypted keys. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Makes no entry in a transparency log.</summary>
    [Parameter]
    public SwitchParameter SkipTransparencyLog { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        if (!SkipTransparencyLog)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "Signing makes an entry in a transparency log unless -SkipTransparencyLog is given, and this version "
                + "cannot make one yet. Add -SkipTransparencyLog.");
        }
    }

    /// <summary>Opens the keys, once for all input; they are closed with the command.</summary>
    private protected IReadOnlyList<SigningKey> OpenKeys()
    {
        _keys = new KeyArguments(this, Paths, new PasswordSource(this, Password));
        return _keys.ForSigning(Key);
    }

    private protected override void Cleanup()
    {
        _keys?.Dispose();
        base.Cleanup();
    }
}
