using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;

namespace SigstorePS.Verification;

/// <summary>Evidence that one signature passed every check. Exists only when it did.</summary>
/// <param name="Key">The key that verified it.</param>
/// <param name="Algorithm">The hash or variant that matched.</param>
/// <param name="Claims">What it says, authenticated by now.</param>
internal sealed record VerifiedSignature(TrustedKey Key, SigningAlgorithm Algorithm, ImageClaims Claims);

/// <summary>Decides about one signature of an image. Pure: no clock, no file, no socket.</summary>
internal static class ArtifactVerifier
{
    /// <summary>
    /// Order: log, signer kind, signature, then, on bytes that are authenticated by then, statement type, digest and
    /// annotations.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// TransparencyLogRequired, SignerMismatch, SignatureMismatch, MalformedBundle, MalformedSignature,
    /// PredicateTypeMismatch, ClaimMismatch,
    /// AnnotationMismatch: the first check that failed.
    /// </exception>
    public static VerifiedSignature Verify(SignedArtifact artifact, Digest image, KeyPolicy policy)
    {
        // Until log entries can be verified, nothing passes that was not told to do without.
        if (!policy.SkipTransparencyLog)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "This version cannot verify transparency log entries; say -SkipTransparencyLog to do without.");
        }

        // cosign and sigstore-go: a bundle whose material is a certificate does not satisfy a key. In the legacy layout
        // the key given by the user wins over a certificate annotation.
        if (artifact is { Format: SignatureFormat.Bundle, Certificate: not null })
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch,
                "The bundle names its signer by a certificate; a key was asked for.");
        }

        (TrustedKey key, SigningAlgorithm algorithm) = CheckSignature(artifact, policy);
        ImageClaims claims = ImageClaims.Read(artifact);
        CheckPredicateType(artifact, claims, policy);
        CheckDigest(claims, image, policy);
        CheckAnnotations(claims, image, policy);
        return new VerifiedSignature(key, algorithm, claims);
    }

    private static (TrustedKey Key, SigningAlgorithm Algorithm) CheckSignature(
        SignedArtifact artifact, KeyPolicy policy)
    {
        ReadOnlyMemory<byte> signed = artifact.SignedBytes ?? throw new SigstoreException(
            SigstoreErrorCode.MalformedBundle, "The signature is over a file, not over something said about an image.");
        foreach (TrustedKey trusted in policy.Keys)
        {
            PublicKey key = trusted.Key;
            SigningAlgorithm? match = policy.Hash is not { } hash
                ? key.Match(signed.Span, artifact.Signature.Span)
                : key.Algorithm with { Hash = hash, Name = $"{key.Algorithm.Name} with {hash}" } is var wanted
                    && key.Verify(signed.Span, artifact.Signature.Span, wanted) ? wanted : null;
            if (match is not null)
            {
                return (trusted, match);
            }
        }

        throw new SigstoreException(
            SigstoreErrorCode.SignatureMismatch,
            policy.Keys.Count == 1
                ? $"The signature does not verify with the key {policy.Keys[0].Reference}."
                : $"The signature does not verify with any of the {policy.Keys.Count} keys.");
    }

    /// <summary>
    /// An attestation is no image signature: it says something about an image, not that it is approved.
    /// </summary>
    private static void CheckPredicateType(SignedArtifact artifact, ImageClaims claims, KeyPolicy policy)
    {
        if (artifact.Envelope is not null && !policy.AllowAttestation
            && claims.PredicateType != Statement.CosignSign)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The bundle is an attestation ({claims.PredicateType}), not an image signature.");
        }
    }

    private static void CheckDigest(ImageClaims claims, Digest image, KeyPolicy policy)
    {
        if (!policy.SkipClaimCheck && !claims.SpeaksAbout(image))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The signed payload does not speak about {image}.");
        }
    }

    private static void CheckAnnotations(ImageClaims claims, Digest image, KeyPolicy policy)
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
