namespace SigstorePS;

/// <summary>
/// One value per way to fail. The name is the error id that scripts match on, so it is public contract: values are
/// added, never renamed. <c>about_SigstoreErrors</c> has a row for each.
/// </summary>
public enum SigstoreErrorCode
{
    /// <summary>A bug in SigstorePS: nothing a user does should cause it.</summary>
    UnexpectedFailure = 0,

    // What the user typed.

    /// <summary>The text is not an image reference (distribution reference grammar).</summary>
    InvalidImageReference,

    /// <summary>The text is not a key reference, or its scheme has no provider.</summary>
    InvalidKeyReference,

    /// <summary>A value outside what its format allows: annotation, platform, tag prefix.</summary>
    InvalidValue,

    /// <summary>Parameters that exclude each other, or a policy that can never pass.</summary>
    ContradictoryPolicy,

    /// <summary>Signing or verifying needs a transparency log, and none was configured or waived by name.</summary>
    TransparencyLogRequired,

    /// <summary>A path that does not exist, or that is not a file system path.</summary>
    PathNotFound,

    /// <summary>The file is there and <c>-Force</c> was not given.</summary>
    FileExists,

    /// <summary>A file could not be read or written.</summary>
    FileUnavailable,

    // What was not there.

    /// <summary>The registry or layout has no such image.</summary>
    ImageNotFound,

    /// <summary>Every place was listed and none held a signature.</summary>
    NoSignatureFound,

    /// <summary>No key at that reference.</summary>
    KeyNotFound,

    /// <summary>A blob that a manifest names is missing.</summary>
    BlobNotFound,

    // Registries.

    /// <summary>The registry refused the credentials, or wants some (HTTP 401, 403).</summary>
    RegistryUnauthorized,

    /// <summary>The token server of a registry refused.</summary>
    TokenRefused,

    /// <summary>A registry pointed its token realm where credentials must not go.</summary>
    RealmRefused,

    /// <summary>The registry could not be reached or failed (network, TLS, HTTP 5xx).</summary>
    RegistryUnavailable,

    /// <summary>The registry asked to slow down and retries ran out (HTTP 429).</summary>
    RegistryThrottled,

    /// <summary>The registry refused the request for another reason (HTTP 4xx).</summary>
    RegistryRejected,

    /// <summary>The registry answered with something the distribution specification does not allow.</summary>
    RegistryProtocolViolation,

    /// <summary>The tag cannot be overwritten in this repository.</summary>
    TagImmutable,

    /// <summary>A fallback tag holds something other than an index, and <c>-Force</c> was not given.</summary>
    TagOccupied,

    /// <summary>The registry does not delete.</summary>
    DeletionUnsupported,

    /// <summary>A docker credential helper failed.</summary>
    CredentialHelperFailed,

    /// <summary>The signature was written and overwritten by others until the tries ran out.</summary>
    SignatureLost,

    // Verification: never retried.

    /// <summary>The signature does not verify with the key.</summary>
    SignatureMismatch,

    /// <summary>Content does not have the digest it was asked for by.</summary>
    DigestMismatch,

    /// <summary>The signed payload speaks about another image.</summary>
    ClaimMismatch,

    /// <summary>A wanted annotation is missing from the signed payload or has another value.</summary>
    AnnotationMismatch,

    /// <summary>The statement is of another predicate type than wanted.</summary>
    PredicateTypeMismatch,

    /// <summary>The signature belongs to a certificate or another kind of signer than the policy names.</summary>
    SignerMismatch,

    /// <summary>Fewer distinct keys signed than <c>-Threshold</c> asks for.</summary>
    ThresholdNotMet,

    /// <summary>Several candidates, each refused for a reason of its own.</summary>
    NoMatchingSignature,

    // Transparency log entries.

    /// <summary>Fewer verified log entries than asked for: the signature carries none, or none that counts.</summary>
    LogEntryMissing,

    /// <summary>Every log entry is of a log that the trust root does not know at that time.</summary>
    LogUntrusted,

    /// <summary>The log entry describes another signature, key, certificate or artifact.</summary>
    LogEntryMismatch,

    /// <summary>The inclusion or consistency proof does not lead to the root hash (RFC 6962).</summary>
    LogProofInvalid,

    /// <summary>The checkpoint cannot be read, or no signature on it is by the log (C2SP tlog-checkpoint).</summary>
    CheckpointInvalid,

    /// <summary>The signed entry timestamp of a Rekor v1 log does not verify.</summary>
    LogPromiseInvalid,

    /// <summary>A log entry cannot be read, or lacks a part its version demands.</summary>
    MalformedLogEntry,

    /// <summary>Two heads of one log contradict each other; both are kept as evidence.</summary>
    LogForked,

    // Certificates.

    /// <summary>The certificate does not chain to a trusted authority at every time the signature was observed.</summary>
    CertificateUntrusted,

    /// <summary>The certificate, or one above it, was not valid at a time the signature was observed.</summary>
    CertificateExpired,

    /// <summary>A certificate cannot be read, or is not of the profile asked for.</summary>
    MalformedCertificate,

    /// <summary>The certificate was revoked.</summary>
    CertificateRevoked,

    /// <summary>The identity or an extension in the certificate is not the one asked for.</summary>
    IdentityMismatch,

    /// <summary>Fewer signed certificate timestamps of trusted logs than asked for (RFC 6962).</summary>
    SctMissing,

    /// <summary>A signed certificate timestamp does not verify or cannot be read.</summary>
    SctInvalid,

    // Timestamps.

    /// <summary>Nothing trusted says when the signature was made.</summary>
    TimestampMissing,

    /// <summary>A timestamp token does not verify (RFC 3161).</summary>
    TimestampInvalid,

    /// <summary>The timestamp is by an authority the trust root does not know at that time.</summary>
    TimestampUntrusted,

    // Trust roots (TUF specification 1.0).

    /// <summary>No trust root where one is needed: not given, not cached, not in the repository.</summary>
    TrustRootUnavailable,

    /// <summary>A trusted root or client trust configuration cannot be read.</summary>
    MalformedTrustRoot,

    /// <summary>A signing configuration cannot be read.</summary>
    MalformedSigningConfig,

    /// <summary>The TUF repository could not be reached or failed.</summary>
    TufUnavailable,

    /// <summary>The TUF repository answered with something its protocol does not allow.</summary>
    TufProtocolViolation,

    /// <summary>TUF metadata cannot be read.</summary>
    MalformedMetadata,

    /// <summary>TUF metadata lacks signatures of enough of the role's keys.</summary>
    MetadataUntrusted,

    /// <summary>TUF metadata is older than what was seen before.</summary>
    MetadataRollback,

    /// <summary>TUF metadata has expired: a mirror may be holding news back.</summary>
    MetadataExpired,

    /// <summary>A TUF file is not the one its metadata names (length, hash or version).</summary>
    MetadataMismatch,

    /// <summary>The TUF repository has no such target.</summary>
    TargetNotFound,

    // Transparency log servers.

    /// <summary>The log could not be reached or failed.</summary>
    RekorUnavailable,

    /// <summary>The log refused the request (HTTP 4xx).</summary>
    RekorRejected,

    /// <summary>The log answered with something its protocol does not allow.</summary>
    RekorProtocolViolation,

    /// <summary>The log has no such entry.</summary>
    LogEntryNotFound,

    // Identities.

    /// <summary>No identity token: none given, no provider of this environment has one, and nobody was asked.</summary>
    IdentityTokenUnavailable,

    /// <summary>The text is not an OpenID Connect identity token (RFC 7519, OpenID Connect Core section 2).</summary>
    MalformedIdentityToken,

    /// <summary>The identity token has expired, or is not valid yet.</summary>
    IdentityTokenExpired,

    /// <summary>
    /// The identity token is not for us or not of this login: audience, issuer, nonce or state are not those asked for.
    /// </summary>
    IdentityTokenRefused,

    /// <summary>An identity provider could not be reached or failed.</summary>
    OidcUnavailable,

    /// <summary>An identity provider refused: access denied, unknown client, code expired.</summary>
    OidcRejected,

    /// <summary>An identity provider answered with something its protocol does not allow.</summary>
    OidcProtocolViolation,

    // Certificates and timestamps, asked for.

    /// <summary>The certificate authority (Fulcio) could not be reached or failed.</summary>
    FulcioUnavailable,

    /// <summary>The certificate authority refused the request (HTTP 4xx).</summary>
    FulcioRejected,

    /// <summary>The certificate authority answered with something its protocol does not allow.</summary>
    FulcioProtocolViolation,

    /// <summary>The timestamp authority could not be reached or failed.</summary>
    TimestampUnavailable,

    /// <summary>The timestamp authority refused the request (HTTP 4xx, or a PKIStatus other than granted).</summary>
    TimestampRejected,

    /// <summary>The timestamp authority answered with something its protocol does not allow (RFC 3161).</summary>
    TimestampProtocolViolation,

    /// <summary>What was just signed does not pass verification: nothing was stored.</summary>
    SelfVerificationFailed,

    /// <summary>No private deployment of that name was set up.</summary>
    InstanceNotFound,

    // Attestations.

    /// <summary>A predicate or statement cannot be read, or is not of the shape its type demands.</summary>
    MalformedStatement,

    /// <summary>Every place was listed and none held an attestation.</summary>
    NoAttestationFound,

    /// <summary>The attestation is good, and what it says does not satisfy the policy.</summary>
    PolicyViolation,

    /// <summary>A policy cannot be read or evaluated: neither yes nor no.</summary>
    PolicyFailed,

    /// <summary>The program that evaluates this kind of policy is not installed.</summary>
    PolicyProgramMissing,

    // Git.

    /// <summary>There is no git, or no repository, or git failed.</summary>
    GitUnavailable,

    /// <summary>The repository has no such commit or tag.</summary>
    GitObjectNotFound,

    // Network.

    /// <summary>The network would be needed, and <c>-Offline</c> was given; the message names what is missing.</summary>
    OfflineUnavailable,

    // Malformed or too much.

    /// <summary>A key file or key text cannot be read.</summary>
    MalformedKey,

    /// <summary>A manifest or index cannot be read.</summary>
    MalformedManifest,

    /// <summary>A stored signature lacks or garbles one of its parts.</summary>
    MalformedSignature,

    /// <summary>A sigstore bundle cannot be read.</summary>
    MalformedBundle,

    /// <summary>A timestamp token cannot be read (RFC 3161).</summary>
    MalformedTimestamp,

    /// <summary>An OCI layout directory cannot be read.</summary>
    MalformedLayout,

    /// <summary>A version or algorithm this build does not speak.</summary>
    Unsupported,

    /// <summary>Input larger or more numerous than <see cref="Limits"/> allows.</summary>
    LimitExceeded,

    // Keys.

    /// <summary>The key is encrypted and no password was given.</summary>
    PasswordRequired,

    /// <summary>The password does not open the key.</summary>
    WrongPassword,

    // Time.

    /// <summary>The time allowed ran out.</summary>
    Timeout,

    // Keys that live elsewhere.

    /// <summary>A key of that name exists already.</summary>
    KeyExists,

    /// <summary>Several keys fit a reference.</summary>
    KeyAmbiguous,

    /// <summary>A key service could not be reached or failed.</summary>
    KeyServiceUnavailable,

    /// <summary>A key service knows no caller.</summary>
    KeyServiceUnauthorized,

    /// <summary>A key service denies the caller.</summary>
    KeyAccessDenied,

    /// <summary>A key service is asked too often.</summary>
    KeyServiceThrottled,

    /// <summary>A key service refused a request.</summary>
    KeyServiceRejected,

    /// <summary>A key service answered with what it must not.</summary>
    KeyServiceProtocolViolation,

    /// <summary>A provider pack is not installed.</summary>
    ProviderPackMissing,

    /// <summary>A key plug-in failed.</summary>
    KeyPluginFailed,

    /// <summary>A PKCS #11 module cannot be used.</summary>
    Pkcs11ModuleUnavailable,

    /// <summary>No token fits.</summary>
    Pkcs11TokenNotFound,

    /// <summary>A token failed.</summary>
    Pkcs11Failed,

    /// <summary>A PIN is needed.</summary>
    PinRequired,

    /// <summary>The PIN is wrong.</summary>
    WrongPin,

    /// <summary>The PIN is locked.</summary>
    PinLocked,

    /// <summary>Certificate and key do not belong together.</summary>
    CertificateKeyMismatch,

    // Moving, sources, policies, base images.

    /// <summary>A Dockerfile, manifest or compose file cannot be read.</summary>
    MalformedDocument,

    /// <summary>A reference in a document cannot be told from the document alone.</summary>
    DocumentUnresolved,

    /// <summary>A policy is not what its schema allows.</summary>
    MalformedPolicy,

    /// <summary>A policy names something that is not there.</summary>
    PolicyUnresolved,

    /// <summary>No policy covers the image.</summary>
    NoPolicyMatched,

    /// <summary>The image has no SBOM of the kind sought.</summary>
    NoSbomFound,

    /// <summary>A tar or zip is damaged, or holds what it must not.</summary>
    MalformedArchive,

    /// <summary>Not everything arrived.</summary>
    CopyIncomplete,

    /// <summary>The layers do not begin with those of an authorized base.</summary>
    BaseImageMismatch,
}
