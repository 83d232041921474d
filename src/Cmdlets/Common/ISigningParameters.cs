using System.Management.Automation;
using System.Security;

namespace SigstorePS.Commands;

/// <summary>
/// What every cmdlet that signs can be told: with what, and who is asked to witness it. Image and file cmdlets have no
/// common base that could hold these, so both declare them and <see cref="SigningArguments"/> reads them.
/// </summary>
internal interface ISigningParameters : IIdentityParameters
{
    /// <summary>
    /// Private keys: paths, references such as <c>env://NAME</c>, or what Get-SigstoreKey returned. None: keyless, with
    /// a certificate for an identity.
    /// </summary>
    object[] Key { get; }

    /// <summary>Password of encrypted keys. Default: COSIGN_PASSWORD, else a prompt.</summary>
    SecureString? Password { get; }

    /// <summary>PIN of a token (pkcs11:). Default: COSIGN_PKCS11_PIN, else a prompt.</summary>
    SecureString? Pin { get; }

    /// <summary>Asks for a certificate for -Key instead of a key made for the occasion.</summary>
    SwitchParameter IssueCertificate { get; }

    /// <summary>The key's certificate, of a PKI of one's own: a path, PEM text, or a certificate object.</summary>
    object? Certificate { get; }

    /// <summary>Certificates above it, its issuer first: paths, PEM text, or certificate objects.</summary>
    object[] CertificateChain { get; }

    /// <summary>Takes the certificates that lie beside the key, on its token or in its store.</summary>
    SwitchParameter UseKeyCertificate { get; }

    /// <summary>Which services to sign with. Default: those of the instance, or of the TUF repository.</summary>
    object? SigningConfig { get; }

    /// <summary>What is signed is verified against, before it is stored. Default: the trust root of the TUF repository.</summary>
    object? TrustedRoot { get; }

    /// <summary>Name of a private deployment set up with Initialize-SigstoreTrustRoot.</summary>
    string? Instance { get; }

    /// <summary>Address of the certificate authority, instead of a signing configuration.</summary>
    string? FulcioUri { get; }

    /// <summary>Address of the transparency log, instead of a signing configuration.</summary>
    string? RekorUri { get; }

    /// <summary>Addresses of timestamp authorities, instead of a signing configuration.</summary>
    string[] TimestampUri { get; }

    /// <summary>Makes no entry in a transparency log.</summary>
    SwitchParameter SkipTransparencyLog { get; }

    /// <summary>Asks no timestamp authority.</summary>
    SwitchParameter SkipTimestamp { get; }

    /// <summary>Does not ask that the certificate was published in a certificate log.</summary>
    SwitchParameter SkipSct { get; }

    /// <summary>Stores what was signed without verifying it before.</summary>
    SwitchParameter SkipSelfVerification { get; }

    /// <summary>Algorithm of the key that is made for the occasion.</summary>
    string Algorithm { get; }

    /// <summary>
    /// How long one certificate is used: for the command, for the session, or for one signature (<c>None</c>).
    /// </summary>
    string CertificateReuse { get; }

    /// <summary>Overwrites what is in the way, and leaves out the notice that identities become public.</summary>
    SwitchParameter Force { get; }
}
