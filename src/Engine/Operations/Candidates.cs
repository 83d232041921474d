using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>The rows of a verification: each signature that was found with its own verdict.</summary>
internal static class Candidates
{
    /// <summary>A signature of an image that passed.</summary>
    public static SignatureCandidate Accepted(
        StoredSignature stored, VerifiedSignature passed, ImageClaims claims, Digest image) =>
        Accepted(
            stored.Storage, stored.Reference, stored.Format, passed, claims.PredicateType, claims.AnnotationsOf(image));

    /// <summary>A signature of a file that passed.</summary>
    public static SignatureCandidate Accepted(
        BlobCandidate signature, VerifiedSignature passed, Statement? statement) =>
        Accepted(
            SignatureStorage.File, signature.Path ?? string.Empty, signature.Artifact!.Format, passed,
            statement?.PredicateType, Oci.Descriptor.NoAnnotations);

    /// <summary>An attestation that passed, policies included.</summary>
    public static SignatureCandidate Accepted(StoredSignature stored, VerifiedSignature passed, Statement statement) =>
        Accepted(
            stored.Storage, stored.Reference, stored.Format, passed, statement.PredicateType,
            Oci.Descriptor.NoAnnotations);

    /// <summary>A signature of an image that did not.</summary>
    public static SignatureCandidate Refused(StoredSignature stored, SigstoreException failure) =>
        Refused(stored.Storage, stored.Reference, stored.Format, failure);

    /// <summary>A signature of a file that did not.</summary>
    public static SignatureCandidate Refused(BlobCandidate signature, SigstoreException failure) => Refused(
        SignatureStorage.File, signature.Path ?? string.Empty, signature.Artifact?.Format ?? SignatureFormat.Bundle,
        failure);

    /// <summary>Anything that passed.</summary>
    public static SignatureCandidate Accepted(
        string storage, string reference, SignatureFormat format, VerifiedSignature passed, string? predicateType,
        IReadOnlyDictionary<string, string> annotations) => new()
        {
            Storage = storage,
            SignatureReference = reference,
            Format = format.ToString(),
            Verified = true,
            Signer = passed.Signer,
            Issuer = passed.Certificate?.Issuer,
            KeyId = passed.KeyId,
            Algorithm = passed.Algorithm.Name,
            PredicateType = predicateType,
            Annotations = annotations,
            LogEntries = [.. passed.LogEntries],
            Timestamps = [.. passed.Times],
            Certificate = passed.Certificate,
            Checks = [.. passed.Checks],
        };

    /// <summary>Anything that did not.</summary>
    public static SignatureCandidate Refused(
        string storage, string reference, SignatureFormat format, SigstoreException failure) => new()
        {
            Storage = storage,
            SignatureReference = reference,
            Format = format.ToString(),
            Verified = false,
            Code = failure.Code.ToString(),
            Reason = failure.Message,
        };
}
