using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Commands;

/// <summary>Makes a key pair: an encrypted private key and a public key, in the files cosign uses.</summary>
[Cmdlet(VerbsCommon.New, "SigstoreKeyPair", SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreKeyPair))]
public sealed class NewSigstoreKeyPairCommand : SigstoreCmdlet
{
    /// <summary>Path of the two files without <c>.key</c> and <c>.pub</c>.</summary>
    [Parameter(Position = 0)]
    [Alias("OutputKeyPrefix")]
    [ValidateNotNullOrEmpty]
    public string OutputPrefix { get; set; } = "cosign";

    /// <summary>Algorithm of the key; the default is the one every version of cosign verifies.</summary>
    [Parameter]
    [ValidateSet(
        "ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384", "ecdsa-sha2-512-nistp521",
        "rsa-sign-pkcs1-2048-sha256", "rsa-sign-pkcs1-3072-sha256", "rsa-sign-pkcs1-4096-sha256", "ed25519")]
    public string Algorithm { get; set; } = "ecdsa-sha2-256-nistp256";

    /// <summary>Password of the private key. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Overwrites files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        string prefix = new PathResolver(this).KeyPairPrefix(OutputPrefix, Force);
        if (!ShouldProcess($"{prefix}.key, {prefix}.pub", $"Create {Algorithm} key pair"))
        {
            return;
        }

        SigningAlgorithm algorithm = SigningAlgorithm.All.First(a => a.Name.Equals(
            Algorithm, StringComparison.OrdinalIgnoreCase));
        byte[] password = new PasswordSource(this, Password).New($"{prefix}.key");
        try
        {
            WriteObject(Await(cancel => Engine.Keys.GenerateAsync(prefix, algorithm, password, Force, cancel)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }
}
