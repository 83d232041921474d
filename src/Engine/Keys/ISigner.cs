using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>Whatever can sign: that is all a key must be.</summary>
public interface ISigner : IDisposable
{
    /// <summary>The algorithm the signatures are made with.</summary>
    SigningAlgorithm Algorithm { get; }

    /// <summary>The public half.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Certificates kept beside the key, DER, the key's own first; most places keep none.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Certificates => [];

    /// <summary>
    /// Signs a message, not a digest: Ed25519 and some KMS modes cannot sign a digest. ECDSA signatures are ASN.1 DER.
    /// </summary>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancel);

    /// <summary>
    /// Whether <see cref="SignHashAsync"/> signs with this algorithm: its own, or Ed25519ph for an Ed25519 key.
    /// </summary>
    bool SignsHash(SigningAlgorithm algorithm) => false;

    /// <summary>Signs a message of which only the hash is known: a file of any size.</summary>
    /// <param name="hash">The message's hash by the algorithm's own hash.</param>
    /// <param name="algorithm">What to sign with.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">Unsupported: see <see cref="SignsHash"/>.</exception>
    Task<byte[]> SignHashAsync(ReadOnlyMemory<byte> hash, SigningAlgorithm algorithm, CancellationToken cancel) =>
        throw new SigstoreException(SigstoreErrorCode.Unsupported, $"The key cannot sign a hash with {algorithm}.");
}
