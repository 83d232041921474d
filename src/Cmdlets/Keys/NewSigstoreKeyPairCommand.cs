using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Makes a key pair: an encrypted private key and a public key in the files cosign uses, or a key that never leaves the
/// service or token it is made in.
/// </summary>
[Cmdlet(VerbsCommon.New, "SigstoreKeyPair", SupportsShouldProcess = true, DefaultParameterSetName = FileSet)]
[OutputType(typeof(SigstoreKeyPair))]
public sealed class NewSigstoreKeyPairCommand : SigstoreCmdlet
{
    private const string FileSet = "File";
    private const string ReferenceSet = "Reference";

    /// <summary>References to make keys at, such as <c>awskms:///alias/release</c> or <c>k8s://namespace/secret</c>.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = ReferenceSet,
        HelpMessage = "where to make the key, such as awskms:///alias/release or pkcs11:token=release;object=signing")]
    [Alias("KmsUri")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>
    /// Path of the two files without <c>.key</c> and <c>.pub</c>. With -Key only the public key is written, and only if
    /// this is given.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ReferenceSet)]
    [Alias("OutputKeyPrefix")]
    [ValidateNotNullOrEmpty]
    public string OutputPrefix { get; set; } = "cosign";

    /// <summary>Algorithm of the key; the default is the one every version of cosign verifies.</summary>
    [Parameter]
    [ValidateSet(
        "ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384", "ecdsa-sha2-512-nistp521",
        "rsa-sign-pkcs1-2048-sha256", "rsa-sign-pkcs1-3072-sha256", "rsa-sign-pkcs1-4096-sha256", "ed25519")]
    public string Algorithm { get; set; } = "ecdsa-sha2-256-nistp256";

    /// <summary>Password of a private key that is stored encrypted. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>PIN of a token (pkcs11:). Default: COSIGN_PKCS11_PIN, else a prompt.</summary>
    [Parameter(ParameterSetName = ReferenceSet)]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>Overwrites files that exist, and key pairs that are kept as secrets; never a key of a service or token.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private SigningAlgorithm Chosen => SigningAlgorithm.All.First(a => a.Name.Equals(
        Algorithm, StringComparison.OrdinalIgnoreCase));

    private protected override void Begin()
    {
        if (ParameterSetName == FileSet)
        {
            InFiles();
            return;
        }

        foreach (object key in Key)
        {
            Attempt(KeyArguments.Shown(key), () => InPlace(KeyArguments.Unwrap(key) as string ?? throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "-Key takes references as text: where the key is to be made.")));
        }
    }

    private void InFiles()
    {
        if (KeyReference.Parse(OutputPrefix).Scheme != "file")
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                $"'{KeyReference.Parse(OutputPrefix)}' is no path; to make a key there, give it as -Key.");
        }

        string prefix = new PathResolver(this).KeyPairPrefix(OutputPrefix, Force);
        if (!ShouldProcess($"{prefix}.key, {prefix}.pub", $"Create {Algorithm} key pair"))
        {
            return;
        }

        byte[] password = new PasswordSource(this, Password).New($"{prefix}.key");
        try
        {
            WriteObject(Await(cancel => Engine.Keys.GenerateAsync(prefix, Chosen, password, Force, cancel)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private void InPlace(string text)
    {
        KeyReference reference = KeyReference.Parse(text);
        string? file = MyInvocation.BoundParameters.ContainsKey(nameof(OutputPrefix))
            ? new PathResolver(this).PublicKeyPath(OutputPrefix, Force) : null;
        if (!ShouldProcess(reference.ToString(), $"Create {Algorithm} key"))
        {
            return;
        }

        PasswordSource passwords = new(this, Password);
        KeyAccess access = new TokenPins(this, Pin).For(
            new((key, cancel) => AskAsync<byte[]?>(() => passwords.New(key.ToString()), cancel)));
        SigstoreKeyPair made = Await(cancel => Engine.Keys.CreateAsync(reference, Chosen, access, Force, file, cancel));

        // Before the file: of a key whose place shows it to nobody, this is the only copy of the public half.
        WriteObject(made);
        if (file is not null)
        {
            Await(cancel => OutputFile.WriteAsync(file, Encoding.ASCII.GetBytes(made.PublicKey), Force, cancel));
        }
    }
}
