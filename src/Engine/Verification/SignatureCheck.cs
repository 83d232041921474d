using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;

namespace SigstorePS.Verification;

/// <summary>The signature itself, over what was signed.</summary>
internal static class SignatureCheck
{
    /// <exception cref="SigstoreException">SignatureMismatch.</exception>
    public static (TrustedKey Key, SigningAlgorithm Algorithm) WithKeys(
        SignedArtifact artifact, SignedContent content, SignerPolicy.ByKey keys)
    {
        foreach (TrustedKey trusted in keys.Keys)
        {
            SigningAlgorithm? match = keys.Hash is not { } hash
                ? trusted.Key.Match(content, artifact.Signature.Span)
                : As(trusted.Key, hash) is var wanted
                    && trusted.Key.Verify(content, artifact.Signature.Span, wanted) ? wanted : null;
            if (match is not null)
            {
                return (trusted, match);
            }
        }

        throw new SigstoreException(
            SigstoreErrorCode.SignatureMismatch,
            keys.Keys.Count == 1
                ? $"The signature does not verify with the key {keys.Keys[0].Reference}."
                : $"The signature does not verify with any of the {keys.Keys.Count} keys.");
    }

    /// <exception cref="SigstoreException">SignatureMismatch.</exception>
    public static SigningAlgorithm WithCertificate(
        SignedArtifact artifact, SignedContent content, SigningCertificate certificate) =>
        certificate.Key.Match(content, artifact.Signature.Span)
        ?? throw new SigstoreException(
            SigstoreErrorCode.SignatureMismatch, "The signature does not verify with the key in its certificate.");

    /// <summary>
    /// The digest that a bundle names takes no part in the signature, but whoever looks for an artifact by it must not
    /// find another one. Pure Ed25519 hashes nothing that could be named.
    /// </summary>
    /// <exception cref="SigstoreException">DigestMismatch.</exception>
    public static void MessageDigest(SignedArtifact artifact, SignedContent content, SigningAlgorithm algorithm)
    {
        if (artifact is not { Format: SignatureFormat.Bundle, Envelope: null })
        {
            return;
        }

        if (artifact.MessageDigest is not { } named)
        {
            if (algorithm.Scheme != SignatureScheme.Ed25519)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.DigestMismatch, "The bundle does not name the digest of what it signs.");
            }
        }
        else if (content.DigestOf(named.HashName) != named)
        {
            throw new SigstoreException(
                SigstoreErrorCode.DigestMismatch, $"The bundle says it signs {named}, which is something else.");
        }
    }

    private static SigningAlgorithm As(PublicKey key, HashAlgorithmName hash) =>
        key.Algorithm with { Hash = hash, Name = $"{key.Algorithm.Name} with {hash}" };
}
