using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Signing;

/// <summary>The bare signature, and by which variant of an algorithm.</summary>
internal static class SignatureMaker
{
    /// <summary>
    /// The key's own algorithm. Ed25519 has two: a log checks the signature of a message by its hash alone, which takes
    /// Ed25519ph; a certificate's key signs envelopes pure, because Fulcio certifies no Ed25519ph; what no log sees is
    /// signed pure, as cosign does.
    /// </summary>
    /// <param name="own">The key's own algorithm.</param>
    /// <param name="message">A message, not a statement in an envelope.</param>
    /// <param name="plan">Which logs will see it.</param>
    public static SigningAlgorithm AlgorithmFor(SigningAlgorithm own, bool message, SigningPlan plan)
    {
        bool hashed = message ? plan.Logs.Count > 0 : plan.Logs.Any(static log => log.Version >= 2);
        return own.Scheme == SignatureScheme.Ed25519 && hashed ? SigningAlgorithm.Ed25519Prehash : own;
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

        return signer.SignsHash(algorithm) && content.DigestOf(algorithm.Hash) is { } digest
            ? await signer.SignHashAsync(digest.ToBytes(), algorithm, cancel).ConfigureAwait(false)
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The key {credential.Reference} ({algorithm}) signs a message and no hash of one; what is signed is known "
                + "by its hash alone, or is too large.");
    }
}
