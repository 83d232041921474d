using System.Collections.Frozen;
using System.Management.Automation;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Commands;

/// <summary>The only place that makes error records. The code is the error id; each has its category here.</summary>
internal static class ErrorRecords
{
    /// <summary>A row for every code: tests compare it with the enum and with about_SigstoreErrors.</summary>
    public static readonly FrozenDictionary<Code, ErrorCategory> Categories = new Dictionary<Code, ErrorCategory>
    {
        [Code.UnexpectedFailure] = ErrorCategory.NotSpecified,
        [Code.InvalidImageReference] = ErrorCategory.InvalidArgument,
        [Code.InvalidKeyReference] = ErrorCategory.InvalidArgument,
        [Code.InvalidValue] = ErrorCategory.InvalidArgument,
        [Code.ContradictoryPolicy] = ErrorCategory.InvalidArgument,
        [Code.TransparencyLogRequired] = ErrorCategory.InvalidArgument,
        [Code.PathNotFound] = ErrorCategory.ObjectNotFound,
        [Code.FileExists] = ErrorCategory.ResourceExists,
        [Code.FileUnavailable] = ErrorCategory.ResourceUnavailable,
        [Code.ImageNotFound] = ErrorCategory.ObjectNotFound,
        [Code.NoSignatureFound] = ErrorCategory.ObjectNotFound,
        [Code.KeyNotFound] = ErrorCategory.ObjectNotFound,
        [Code.BlobNotFound] = ErrorCategory.ObjectNotFound,
        [Code.RegistryUnauthorized] = ErrorCategory.PermissionDenied,
        [Code.TokenRefused] = ErrorCategory.AuthenticationError,
        [Code.RealmRefused] = ErrorCategory.SecurityError,
        [Code.RegistryUnavailable] = ErrorCategory.ConnectionError,
        [Code.RegistryThrottled] = ErrorCategory.LimitsExceeded,
        [Code.RegistryRejected] = ErrorCategory.InvalidOperation,
        [Code.RegistryProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.TagImmutable] = ErrorCategory.WriteError,
        [Code.TagOccupied] = ErrorCategory.ResourceExists,
        [Code.DeletionUnsupported] = ErrorCategory.NotImplemented,
        [Code.CredentialHelperFailed] = ErrorCategory.AuthenticationError,
        [Code.SignatureLost] = ErrorCategory.WriteError,
        [Code.SignatureMismatch] = ErrorCategory.SecurityError,
        [Code.DigestMismatch] = ErrorCategory.SecurityError,
        [Code.ClaimMismatch] = ErrorCategory.SecurityError,
        [Code.AnnotationMismatch] = ErrorCategory.SecurityError,
        [Code.PredicateTypeMismatch] = ErrorCategory.SecurityError,
        [Code.SignerMismatch] = ErrorCategory.SecurityError,
        [Code.ThresholdNotMet] = ErrorCategory.SecurityError,
        [Code.NoMatchingSignature] = ErrorCategory.SecurityError,
        [Code.LogEntryMissing] = ErrorCategory.SecurityError,
        [Code.LogUntrusted] = ErrorCategory.SecurityError,
        [Code.LogEntryMismatch] = ErrorCategory.SecurityError,
        [Code.LogProofInvalid] = ErrorCategory.SecurityError,
        [Code.CheckpointInvalid] = ErrorCategory.SecurityError,
        [Code.LogPromiseInvalid] = ErrorCategory.SecurityError,
        [Code.MalformedLogEntry] = ErrorCategory.InvalidData,
        [Code.LogForked] = ErrorCategory.SecurityError,
        [Code.CertificateUntrusted] = ErrorCategory.SecurityError,
        [Code.CertificateExpired] = ErrorCategory.SecurityError,
        [Code.MalformedCertificate] = ErrorCategory.InvalidData,
        [Code.CertificateRevoked] = ErrorCategory.SecurityError,
        [Code.IdentityMismatch] = ErrorCategory.SecurityError,
        [Code.SctMissing] = ErrorCategory.SecurityError,
        [Code.SctInvalid] = ErrorCategory.SecurityError,
        [Code.TimestampMissing] = ErrorCategory.SecurityError,
        [Code.TimestampInvalid] = ErrorCategory.SecurityError,
        [Code.TimestampUntrusted] = ErrorCategory.SecurityError,
        [Code.TrustRootUnavailable] = ErrorCategory.ObjectNotFound,
        [Code.MalformedTrustRoot] = ErrorCategory.InvalidData,
        [Code.MalformedSigningConfig] = ErrorCategory.InvalidData,
        [Code.TufUnavailable] = ErrorCategory.ConnectionError,
        [Code.TufProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.MalformedMetadata] = ErrorCategory.InvalidData,
        [Code.MetadataUntrusted] = ErrorCategory.SecurityError,
        [Code.MetadataRollback] = ErrorCategory.SecurityError,
        [Code.MetadataExpired] = ErrorCategory.SecurityError,
        [Code.MetadataMismatch] = ErrorCategory.SecurityError,
        [Code.TargetNotFound] = ErrorCategory.ObjectNotFound,
        [Code.RekorUnavailable] = ErrorCategory.ConnectionError,
        [Code.RekorRejected] = ErrorCategory.InvalidOperation,
        [Code.RekorProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.LogEntryNotFound] = ErrorCategory.ObjectNotFound,
        [Code.IdentityTokenUnavailable] = ErrorCategory.ObjectNotFound,
        [Code.MalformedIdentityToken] = ErrorCategory.InvalidData,
        [Code.IdentityTokenExpired] = ErrorCategory.AuthenticationError,
        [Code.IdentityTokenRefused] = ErrorCategory.SecurityError,
        [Code.OidcUnavailable] = ErrorCategory.ConnectionError,
        [Code.OidcRejected] = ErrorCategory.AuthenticationError,
        [Code.OidcProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.FulcioUnavailable] = ErrorCategory.ConnectionError,
        [Code.FulcioRejected] = ErrorCategory.PermissionDenied,
        [Code.FulcioProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.TimestampUnavailable] = ErrorCategory.ConnectionError,
        [Code.TimestampRejected] = ErrorCategory.InvalidOperation,
        [Code.TimestampProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.SelfVerificationFailed] = ErrorCategory.SecurityError,
        [Code.InstanceNotFound] = ErrorCategory.ObjectNotFound,
        [Code.MalformedStatement] = ErrorCategory.InvalidData,
        [Code.NoAttestationFound] = ErrorCategory.ObjectNotFound,
        [Code.PolicyViolation] = ErrorCategory.SecurityError,
        [Code.PolicyFailed] = ErrorCategory.InvalidResult,
        [Code.PolicyProgramMissing] = ErrorCategory.NotInstalled,
        [Code.GitUnavailable] = ErrorCategory.ResourceUnavailable,
        [Code.GitObjectNotFound] = ErrorCategory.ObjectNotFound,
        [Code.OfflineUnavailable] = ErrorCategory.ResourceUnavailable,
        [Code.MalformedTimestamp] = ErrorCategory.InvalidData,
        [Code.MalformedKey] = ErrorCategory.InvalidData,
        [Code.MalformedManifest] = ErrorCategory.InvalidData,
        [Code.MalformedSignature] = ErrorCategory.InvalidData,
        [Code.MalformedBundle] = ErrorCategory.InvalidData,
        [Code.MalformedLayout] = ErrorCategory.InvalidData,
        [Code.Unsupported] = ErrorCategory.NotImplemented,
        [Code.LimitExceeded] = ErrorCategory.InvalidData,
        [Code.PasswordRequired] = ErrorCategory.AuthenticationError,
        [Code.WrongPassword] = ErrorCategory.AuthenticationError,
        [Code.KeyExists] = ErrorCategory.ResourceExists,
        [Code.KeyAmbiguous] = ErrorCategory.InvalidArgument,
        [Code.KeyServiceUnavailable] = ErrorCategory.ConnectionError,
        [Code.KeyServiceUnauthorized] = ErrorCategory.AuthenticationError,
        [Code.KeyAccessDenied] = ErrorCategory.PermissionDenied,
        [Code.KeyServiceThrottled] = ErrorCategory.LimitsExceeded,
        [Code.KeyServiceRejected] = ErrorCategory.InvalidOperation,
        [Code.KeyServiceProtocolViolation] = ErrorCategory.ProtocolError,
        [Code.ProviderPackMissing] = ErrorCategory.NotInstalled,
        [Code.KeyPluginFailed] = ErrorCategory.InvalidResult,
        [Code.Pkcs11ModuleUnavailable] = ErrorCategory.ResourceUnavailable,
        [Code.Pkcs11TokenNotFound] = ErrorCategory.ObjectNotFound,
        [Code.Pkcs11Failed] = ErrorCategory.DeviceError,
        [Code.PinRequired] = ErrorCategory.AuthenticationError,
        [Code.WrongPin] = ErrorCategory.AuthenticationError,
        [Code.PinLocked] = ErrorCategory.SecurityError,
        [Code.CertificateKeyMismatch] = ErrorCategory.InvalidArgument,
        [Code.MalformedDocument] = ErrorCategory.InvalidData,
        [Code.DocumentUnresolved] = ErrorCategory.InvalidData,
        [Code.MalformedPolicy] = ErrorCategory.InvalidData,
        [Code.PolicyUnresolved] = ErrorCategory.ObjectNotFound,
        [Code.NoPolicyMatched] = ErrorCategory.SecurityError,
        [Code.NoSbomFound] = ErrorCategory.ObjectNotFound,
        [Code.MalformedArchive] = ErrorCategory.InvalidData,
        [Code.CopyIncomplete] = ErrorCategory.WriteError,
        [Code.BaseImageMismatch] = ErrorCategory.SecurityError,
        [Code.Timeout] = ErrorCategory.OperationTimeout,
    }.ToFrozenDictionary();

    /// <summary>
    /// True for what verification itself concluded, as opposed to what kept it from concluding anything. Only this may
    /// become a plain <c>$false</c>.
    /// </summary>
    public static bool IsVerdict(Code code) =>
        code is Code.NoSignatureFound or Code.NoMatchingSignature or Code.ThresholdNotMet or Code.SignatureMismatch
            or Code.ClaimMismatch or Code.AnnotationMismatch or Code.PredicateTypeMismatch or Code.SignerMismatch
            or Code.MalformedSignature or Code.MalformedBundle
            or Code.LogEntryMissing or Code.LogUntrusted or Code.LogEntryMismatch or Code.LogProofInvalid
            or Code.CheckpointInvalid or Code.LogPromiseInvalid or Code.MalformedLogEntry
            or Code.CertificateUntrusted or Code.CertificateExpired or Code.MalformedCertificate
            or Code.CertificateRevoked or Code.IdentityMismatch or Code.SctMissing or Code.SctInvalid
            or Code.TimestampMissing or Code.TimestampInvalid or Code.TimestampUntrusted or Code.MalformedTimestamp
            or Code.NoAttestationFound or Code.PolicyViolation or Code.MalformedStatement
            or Code.NoPolicyMatched or Code.BaseImageMismatch;

    /// <summary>
    /// The record of a failure: target is the failed result if there is one, else what the user typed.
    /// </summary>
    public static ErrorRecord From(SigstoreException failure, object? target)
    {
        ErrorRecord record = new(
            failure, failure.Code.ToString(), Categories[failure.Code], failure.Result ?? target);
        if (Advice(failure.Code) is { } advice)
        {
            record.ErrorDetails = new ErrorDetails(failure.Message) { RecommendedAction = advice };
        }

        return record;
    }

    /// <summary>A bug: told with everything there is to find it.</summary>
    public static ErrorRecord Unexpected(Exception bug, object? target) =>
        new(bug, nameof(Code.UnexpectedFailure), ErrorCategory.NotSpecified, target);

    /// <summary>What the message itself does not say.</summary>
    private static string? Advice(Code code) => code switch
    {
        Code.WrongPassword => "COSIGN_PASSWORD, when it is set, is used before any prompt.",
        Code.NoSignatureFound => "Find-SignatureTag shows every place that was looked at.",
        Code.NoMatchingSignature or Code.ThresholdNotMet =>
            "TargetObject.Candidates of this error has the verdict on every signature found.",
        Code.SignatureLost => "Others write to this tag without looking; sign again, or sign with -Format Bundle.",
        _ => null,
    };
}
