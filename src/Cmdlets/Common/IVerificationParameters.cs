using System.Collections;
using System.Management.Automation;
using System.Security;

namespace SigstorePS.Commands;

/// <summary>
/// What every cmdlet that verifies can be told: whom to trust, what must prove the time, what to skip. Image and file
/// cmdlets have no common base that could hold these, so both declare them and <see cref="PolicyArguments"/> reads them.
/// </summary>
internal interface IVerificationParameters
{
    /// <summary>Keys to trust: paths, references, PEM text, or key objects. One good signature is enough.</summary>
    object[] Key { get; }

    /// <summary>Password, when a key to trust is given as an encrypted private key.</summary>
    SecureString? Password { get; }

    /// <summary>PIN of a token (pkcs11:) that shows its public keys to nobody else.</summary>
    SecureString? Pin { get; }

    /// <summary>Identities to trust, compared exactly with those in the certificate.</summary>
    string[] CertificateIdentity { get; }

    /// <summary>Identities to trust, as regular expressions that must match the whole identity.</summary>
    string[] CertificateIdentityRegex { get; }

    /// <summary>Who must have vouched for the identity: the issuer in the certificate, compared exactly.</summary>
    string[] CertificateIssuer { get; }

    /// <summary>The issuer as a regular expression that must match all of it.</summary>
    string[] CertificateIssuerRegex { get; }

    /// <summary>Extensions the certificate must carry, by name or object identifier, with their values.</summary>
    IDictionary? CertificateExtension { get; }

    /// <summary>
    /// Certificate authorities of your own, instead of those in the trust root: PEM files or text, certificate objects, or
    /// thumbprints of certificates in the stores Root and CA of this machine.
    /// </summary>
    object[] CertificateAuthority { get; }

    /// <summary>Files with certificate revocation lists. Without any, nobody is asked about revocation.</summary>
    string[] RevocationList { get; }

    /// <summary>The trust root: a file, or what Get-SigstoreTrustRoot returned. Default: the one of the TUF cache.</summary>
    object? TrustedRoot { get; }

    /// <summary>Name of a private deployment whose trust root it is, instead of -TrustedRoot.</summary>
    string? Instance { get; }

    /// <summary>Opens no socket. What is missing is named in the error.</summary>
    SwitchParameter Offline { get; }

    /// <summary>Wants a timestamp by a timestamp authority.</summary>
    SwitchParameter RequireTimestamp { get; }

    /// <summary>Timestamps of how many authorities there must be.</summary>
    int TimestampThreshold { get; }

    /// <summary>Entries of how many transparency logs there must be.</summary>
    int LogThreshold { get; }

    /// <summary>Certificate timestamps of how many certificate logs there must be.</summary>
    int SctThreshold { get; }

    /// <summary>How many logs and authorities together must have seen the signature when it was made.</summary>
    int ObserverThreshold { get; }

    /// <summary>Does not ask for an entry in a transparency log.</summary>
    SwitchParameter SkipTransparencyLog { get; }

    /// <summary>Does not ask that the certificate was published in a certificate log.</summary>
    SwitchParameter SkipSct { get; }

    /// <summary>Does not look at timestamps that the signature carries.</summary>
    SwitchParameter SkipTimestamp { get; }

    /// <summary>Does not check that what was signed speaks about this image or file.</summary>
    SwitchParameter SkipClaimCheck { get; }

    /// <summary>The type the signed statement must have.</summary>
    string? PredicateType { get; }

    /// <summary>Hash of the signatures when it is neither the key's own nor SHA-256.</summary>
    string? HashAlgorithm { get; }
}
