using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using SigstorePS.Keys;

namespace SigstorePS.Commands;

/// <summary>Brings an RSA, ECDSA or Ed25519 private key (PEM) into cosign's encrypted form.</summary>
[Cmdlet(VerbsData.Import, "SigstoreKeyPair", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(SigstoreKeyPair))]
public sealed class ImportSigstoreKeyPairCommand : SigstoreCmdlet
{
    /// <summary>PEM file with the private key; wildcards allowed.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path",
        HelpMessage = "PEM file with the private key to import")]
    [Alias("Key")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>PEM file with the private key, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath",
        HelpMessage = "PEM file with the private key to import")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Path of the two new files without <c>.key</c> and <c>.pub</c>.</summary>
    [Parameter(Position = 1)]
    [Alias("OutputKeyPrefix")]
    [ValidateNotNullOrEmpty]
    public string OutputPrefix { get; set; } = "import-cosign";

    /// <summary>Password of the key to import, if it is encrypted. Default: a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? KeyPassword { get; set; }

    /// <summary>Password of the new private key. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Overwrites files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        PathResolver paths = new(this);
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string pattern in literal ? LiteralPath : Path)
        {
            Attempt(pattern, () =>
            {
                foreach (string source in paths.Existing(pattern, literal))
                {
                    Import(source, paths.KeyPairPrefix(OutputPrefix, Force));
                }
            });
        }
    }

    private void Import(string source, string prefix)
    {
        if (!ShouldProcess($"{prefix}.key, {prefix}.pub", $"Import key {source}"))
        {
            return;
        }

        PasswordSource old = new(this, KeyPassword, SecretKind.KeyPassword);
        KeyAccess access = new((reference, cancel) =>
            AskAsync<byte[]?>(() => old.Existing(reference.ToString()), cancel));
        byte[] password = new PasswordSource(this, Password).New($"{prefix}.key");
        try
        {
            WriteObject(Await(cancel => Engine.Keys.ImportAsync(source, access, prefix, password, Force, cancel)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }
}
