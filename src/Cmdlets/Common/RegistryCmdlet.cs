using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that talk to a registry: how to reach it, for this call only.</summary>
public abstract class RegistryCmdlet : SigstoreCmdlet
{
    private X509Certificate2Collection? _roots;
    private X509Certificate2? _client;

    private protected RegistryCmdlet() => Paths = new PathResolver(this);

    /// <summary>Allows plain HTTP to a registry that is neither on this machine nor in a private network.</summary>
    [Parameter]
    public SwitchParameter AllowHttp { get; set; }

    /// <summary>Does not check the registry's TLS certificate.</summary>
    [Parameter]
    [Alias("AllowInsecureRegistry")]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>User name and password for the registry.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>A ready-made bearer token for the registry.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? RegistryToken { get; set; }

    /// <summary>PEM file with certificates to trust for the registry's TLS besides the system's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("RegistryCaCert")]
    public string? RegistryCaCertificate { get; set; }

    /// <summary>PEM file with the client certificate for mutual TLS; may hold the key as well.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("RegistryClientCert")]
    public string? RegistryClientCertificate { get; set; }

    /// <summary>PEM file with the private key of the client certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RegistryClientKey { get; set; }

    /// <summary>Host name to expect in the registry's TLS certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RegistryServerName { get; set; }

    /// <summary>Seconds allowed for each input; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int TimeoutSec { get; set; } = 180;

    private protected PathResolver Paths { get; }

    private protected sealed override TimeSpan Allowed => TimeSpan.FromSeconds(TimeoutSec);

    private protected override void Begin()
    {
        if (RegistryClientKey is not null && RegistryClientCertificate is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-RegistryClientKey needs -RegistryClientCertificate.");
        }

        if (Credential is not null && RegistryToken is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "Give -Credential or -RegistryToken, not both.");
        }

        if (RegistryCaCertificate is not null)
        {
            _roots = [];
            _roots.ImportFromPem(Text(RegistryCaCertificate));
            if (_roots.Count == 0)
            {
                throw NoCertificate(RegistryCaCertificate, inner: null);
            }
        }

        if (RegistryClientCertificate is not null)
        {
            string certificate = Text(RegistryClientCertificate);
            string key = RegistryClientKey is null ? certificate : Text(RegistryClientKey);
            _client = ReadClient(certificate, key, RegistryClientCertificate);
        }
    }

    private protected override void Cleanup() => _client?.Dispose();

    /// <summary>
    /// How to reach the registry of a reference: this call's parameters over Connect-ImageRegistry's.
    /// </summary>
    private protected virtual RegistryAccess AccessTo(ImageReference reference) =>
        Over(State.Sessions.GetValueOrDefault(reference.Registry, RegistryAccess.Default));

    /// <summary>This call's parameters over what was known.</summary>
    /// <param name="access">What was known.</param>
    /// <param name="whole">False: without what is for one registry alone, credentials above all.</param>
    private protected RegistryAccess Over(RegistryAccess access, bool whole = true)
    {
        if (!whole)
        {
            return access with
            {
                AllowHttp = access.AllowHttp || AllowHttp,
                SkipCertificateCheck = access.SkipCertificateCheck || SkipCertificateCheck,
                CaCertificates = _roots ?? access.CaCertificates,
            };
        }

        if (Credential is not null || RegistryToken is not null)
        {
            access = access with
            {
                Credential = Credential?.GetNetworkCredential(),
                Token = RegistryToken is null ? null : PlainToken(RegistryToken),
            };
        }

        return access with
        {
            AllowHttp = access.AllowHttp || AllowHttp,
            SkipCertificateCheck = access.SkipCertificateCheck || SkipCertificateCheck,
            CaCertificates = _roots ?? access.CaCertificates,
            ClientCertificate = _client ?? access.ClientCertificate,
            ServerName = RegistryServerName ?? access.ServerName,
        };
    }

    private string Text(string path) => Encoding.UTF8.GetString(Paths.Read(path, Limits.KeyFile));

    private static X509Certificate2 ReadClient(string certificate, string key, string path)
    {
        try
        {
            return CertificateContent.Client(certificate, key);
        }
        catch (CryptographicException e)
        {
            throw NoCertificate(path, e);
        }
    }

    private static SigstoreException NoCertificate(string path, Exception? inner) => new(
        SigstoreErrorCode.InvalidValue, $"'{path}' does not hold the PEM certificate or key that is needed.", inner);

    private static string PlainToken(SecureString token) => new NetworkCredential(string.Empty, token).Password;
}
