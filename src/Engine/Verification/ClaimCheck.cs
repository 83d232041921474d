using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;

namespace SigstorePS.Verification;

/// <summary>
/// Whether what was signed speaks about the artifact and says what was asked for. Only of bytes whose signature held.
/// </summary>
internal static class ClaimCheck
{
    /// <summary>Statement type, digest and annotations of an image signature.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedBundle, MalformedSignature, PredicateTypeMismatch, ClaimMismatch, AnnotationMismatch.
    /// </exception>
    public static ImageClaims OfImage(SignedArtifact artifact, Digest image, VerificationPolicy policy)
    {
        ImageClaims claims = ImageClaims.Read(artifact);
        CheckImagePredicate(artifact, claims, policy);
        if (!policy.SkipClaimCheck && !claims.SpeaksAbout(image))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The signed payload does not speak about {image}.");
        }

        CheckAnnotations(claims, image, policy);
        return claims;
    }

    /// <summary>The statement about a file; null when the file itself was signed.</summary>
    /// <param name="artifact">What was signed.</param>
    /// <param name="digests">Every digest known of the file.</param>
    /// <param name="policy">What is asked for.</param>
    /// <exception cref="SigstoreException">MalformedBundle, PredicateTypeMismatch, ClaimMismatch.</exception>
    public static Statement? OfFile(SignedArtifact artifact, IReadOnlyList<Digest> digests, VerificationPolicy policy)
    {
        if (artifact.Envelope is not { } envelope)
        {
            return policy.PredicateType is null
                ? null
                : throw new SigstoreException(
                    SigstoreErrorCode.PredicateTypeMismatch,
                    $"The file itself is signed; a statement of type {policy.PredicateType} was asked for.");
        }

        return OfEnvelope(envelope, digests, policy.PredicateType, policy);
    }

    /// <summary>
    /// The statement of an attestation. Its type is always compared: GHSA-w6c6-c85g-mmv6, where one of another type
    /// was taken for the one asked for.
    /// </summary>
    /// <param name="artifact">What was signed.</param>
    /// <param name="digests">Every digest known of the image or file.</param>
    /// <param name="predicateType">The type it must have.</param>
    /// <param name="policy">What else is asked for.</param>
    /// <exception cref="SigstoreException">MalformedBundle, PredicateTypeMismatch, ClaimMismatch.</exception>
    public static Statement OfAttestation(
        SignedArtifact artifact, IReadOnlyList<Digest> digests, string predicateType, VerificationPolicy policy) =>
        OfEnvelope(
            artifact.Envelope ?? throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The file itself is signed; a statement of type {predicateType} was asked for."),
            digests, predicateType, policy);

    private static Statement OfEnvelope(
        Dsse.Envelope envelope, IReadOnlyList<Digest> digests, string? predicateType, VerificationPolicy policy)
    {
        if (envelope.PayloadType != Oci.MediaTypes.InToto)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The envelope holds {envelope.PayloadType}, not a statement.");
        }

        Statement statement = ImageClaims.ReadStatement(envelope.Payload);
        CheckPredicate(statement.PredicateType, predicateType);
        if (!policy.SkipClaimCheck && !digests.Any(statement.SpeaksAbout))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The signed statement does not speak about {digests[0]}.");
        }

        return statement;
    }

    /// <summary>
    /// An attestation is no image signature: it says something about an image, not that it is approved.
    /// </summary>
    private static void CheckImagePredicate(SignedArtifact artifact, ImageClaims claims, VerificationPolicy policy)
    {
        if (policy.PredicateType is { } wanted && artifact.Envelope is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The image is signed without a statement; one of type {wanted} was asked for.");
        }

        if (artifact.Envelope is not null && policy is { PredicateType: null, AllowAttestation: false }
            && claims.PredicateType != Statement.CosignSign)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The bundle is an attestation ({claims.PredicateType}), not an image signature.");
        }

        CheckPredicate(claims.PredicateType, policy.PredicateType);
    }

    /// <summary>GHSA-w6c6-c85g-mmv6: an attestation of another type was taken for the one asked for.</summary>
    private static void CheckPredicate(string? actual, string? wanted)
    {
        if (wanted is not null && !string.Equals(actual, wanted, StringComparison.Ordinal))
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch, $"The statement is of type {actual}, not {wanted}.");
        }
    }

    private static void CheckAnnotations(ImageClaims claims, Digest image, VerificationPolicy policy)
    {
        if (policy.Annotations.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, string> signed = claims.AnnotationsOf(image);
        foreach ((string name, string value) in policy.Annotations)
        {
            if (!signed.TryGetValue(name, out string? actual))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.AnnotationMismatch, $"The annotation '{name}' was not signed.");
            }

            if (!string.Equals(actual, value, StringComparison.Ordinal))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.AnnotationMismatch,
                    $"The annotation '{name}' was signed as '{actual}', not as '{value}'.");
            }
        }
    }
}
