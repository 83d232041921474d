using System.Management.Automation;
using System.Security;
using System.Text;
using SigstorePS.Operations;
using SigstorePS.Oidc;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>
/// Asks a certificate authority for a certificate that says whose a key is, for as long as such a certificate lives.
/// The identity becomes public: certificates are published in a log.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SigstoreCertificate", SupportsShouldProcess = true, DefaultParameterSetName = KeySet)]
[OutputType(typeof(SigstoreCertificate))]
public sealed class GetSigstoreCertificateCommand : IdentityCmdlet
{
    private const string KeySet = "Key";
    private const string RequestSet = "Request";

    private readonly PathResolver _paths;
    private KeyArguments? _keys;

    /// <summary>Creates the cmdlet.</summary>
    public GetSigstoreCertificateCommand() => _paths = new PathResolver(this);

    /// <summary>Private keys to certify: paths, references, or what Get-SigstoreKey returned.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KeySet,
        HelpMessage = "path or reference of a private key, such as ./cosign.key or env://NAME")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Password of encrypted keys. Default: COSIGN_PASSWORD, else a prompt.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>PIN of a token (pkcs11:). Default: COSIGN_PKCS11_PIN, else a prompt.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>File with a certificate signing request (PKCS#10, PEM), in place of a key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RequestSet,
        HelpMessage = "PEM file with a certificate signing request")]
    [Alias("Csr")]
    [ValidateNotNullOrEmpty]
    public string CertificateSigningRequest { get; set; } = string.Empty;

    /// <summary>Address of the certificate authority. Default: that of the signing configuration.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? FulcioUri { get; set; }

    /// <summary>Names the services to use. Default: that of the TUF repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    /// <summary>What the certificate is verified against. Default: the trust root of the TUF repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Name of a private deployment set up with Initialize-SigstoreTrustRoot.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Does not ask that the certificate was published in a certificate log.</summary>
    [Parameter]
    public SwitchParameter SkipSct { get; set; }

    /// <summary>Does not verify the certificate against a trust root.</summary>
    [Parameter]
    public SwitchParameter SkipSelfVerification { get; set; }

    /// <summary>File to write the certificate and those above it to as well, as PEM text.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        string subject = ParameterSetName == RequestSet
            ? CertificateSigningRequest : string.Join(", ", Key.Select(static k => KeyArguments.Unwrap(k).ToString()));
        string authority = FulcioUri ?? "the certificate authority of the signing configuration";
        if (ShouldProcess(subject, $"Get a certificate of {authority}, identity becomes public"))
        {
            Attempt(subject, Request);
        }
    }

    private protected override void Cleanup()
    {
        _keys?.Dispose();
        base.Cleanup();
    }

    private void Request()
    {
        string? file = OutFile is null ? null : FreeFile(OutFile);
        byte[]? pkcs10 = ParameterSetName == RequestSet ? _paths.Read(CertificateSigningRequest, Limits.KeyFile) : null;
        _keys = new KeyArguments(this, _paths, Password, Pin);
        IReadOnlyList<SigningKey> keys = _keys.ForSigning(Key);
        if (file is not null && keys.Count > 1)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-OutFile holds the certificate of one key; give one -Key.");
        }

        (CertificateWish wish, SigstoreSigningConfig? config) = Wish();
        IdentityArguments arguments = new(this, _paths);
        IdentityRequest request = arguments.Request(this, config);
        IdentityPrompts prompts = arguments.Prompts();
        IdentityToken token = Await(cancel => Engine.Identity.GetAsync(request, prompts, cancel));
        if (pkcs10 is not null)
        {
            Get(CertificateSigningRequest, file, cancel => Engine.Certificates.RequestAsync(wish, token, pkcs10, cancel));
        }

        foreach (SigningKey key in keys)
        {
            Get(key.Reference, file, cancel => Engine.Certificates.RequestAsync(wish, token, key.Signer, cancel));
        }
    }

    private void Get(string subject, string? file, Func<CancellationToken, Task<SigstoreCertificate>> work) => Run(
        subject,
        async cancel =>
        {
            SigstoreCertificate certificate = await work(cancel).ConfigureAwait(false);
            if (file is not null)
            {
                byte[] text = Encoding.ASCII.GetBytes(certificate.ChainPem);
                await OutputFile.WriteAsync(file, text, Force, cancel).ConfigureAwait(false);
            }

            return certificate;
        },
        WriteObject);

    /// <summary>Told before anything becomes public.</summary>
    private string FreeFile(string path)
    {
        string file = _paths.Unresolved(path);
        return Force || !File.Exists(file) ? file : throw new SigstoreException(
            SigstoreErrorCode.FileExists, $"'{file}' exists; give -Force to overwrite it.");
    }

    /// <summary>A certificate authority given by its address is not mixed with the public configuration.</summary>
    private (CertificateWish Wish, SigstoreSigningConfig? Config) Wish()
    {
        TrustArguments trust = new(this, _paths);
        SigstoreSigningConfig? config = SigningConfig is null && Instance is null && FulcioUri is not null
            ? null : trust.SigningConfig(SigningConfig, offline: false, Instance);
        TrustedRoot? root = SkipSelfVerification ? null : trust.TrustRoot(TrustedRoot, offline: false, Instance).Root;
        Uri fulcio = FulcioUri is not null ? CertificateOperations.ParseAddress(FulcioUri)
            : CertificateOperations.AddressOf(config!.Config, Engine.Options.Clock.GetUtcNow());
        return (new CertificateWish { Fulcio = fulcio, Root = root, SkipSct = SkipSct }, config);
    }
}
