using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Signing;

/// <summary>The bare signature, and by which variant of an algorithm.</summary>
internal static class SignatureMaker
{
    /// <summary>
    /// The key's own algorithm, or the variant of it that the log takes. Of Ed25519 a log checks the signature of a
    /// message by its hash alone, which takes Ed25519ph; a certificate's key signs envelopes pure, because Fulcio
    /// certifies no Ed25519ph; what no log sees is signed pure, as cosign does. Rekor v1 verifies envelopes with SHA-256
    /// whatever the curve.
    /// </summary>
    /// <param name="own">The key's own algorithm.</param>
    /// <param name="message">A message, not a statement in an envelope.</param>
    /// <param name="format">What it will be kept in.</param>
    /// <param name="plan">Which logs will see it.</param>
    /// <exception cref="SigstoreException">Unsupported: the older format has no place for such an entry.</exception>
    public static SigningAlgorithm AlgorithmFor(
        SigningAlgorithm own, bool message, SignatureFormat format, SigningPlan plan)
    {
        if (plan.Logs.Count == 0)
        {
            return own;
        }

        if (message && format == SignatureFormat.Legacy && own.Hash != HashAlgorithmName.SHA256)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The older format knows log entries of SHA-256 only, and this key signs with {own}: use -Format Bundle, or "
                + "-SkipTransparencyLog.");
        }

        bool rekor2 = plan.Logs.Any(static log => log.Version >= 2);
        return own.Scheme switch
        {
            SignatureScheme.Ed25519 when message || rekor2 => SigningAlgorithm.Ed25519Prehash,
            SignatureScheme.Ecdsa when !message && plan.Logs.Any(static log => log.Version == 1) => own.KeySize switch
            {
                384 => SigningAlgorithm.EcdsaP384Sha256,
                521 => SigningAlgorithm.EcdsaP521Sha256,
                _ => own,
            },
            _ => own,
        };
    }

    /// <summary>Signs bytes, or what only digests are known of.</summary>
    /// <exception cref="SigstoreException">Unsupported: the key needs all of the message. Of the signer.</exception>
    public static async Task<byte[]> SignAsync(
        SigningCredential credential, SignedContent content, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        ISigner signer = credential.Signer;
        if (content.Bytes is { } bytes && algorithm == signer.Algorithm)
        {
            return await signer.SignAsync(bytes, cancel).ConfigureAwait(false);
        }

        if (algorithm != signer.Algorithm && !signer.SignsHash(algorithm))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The key {credential.Reference} signs with {signer.Algorithm} only, and the log verifies this with "
                + $"{algorithm} only. Use another key, a log of another version, or -SkipTransparencyLog.");
        }

        return signer.SignsHash(algorithm) && content.DigestOf(algorithm.Hash) is { } digest
            ? await signer.SignHashAsync(digest.ToBytes(), algorithm, cancel).ConfigureAwait(false)
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The key {credential.Reference} ({algorithm}) signs a message and no hash of one; what is signed is known "
                + "by its hash alone, or is too large.");
    }
}
