using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// A key of a service or a device: only what happens on the other side. Hashing, the number of requests at once, waiting
/// when it is too much, and the check of each signature are <see cref="RemoteSigner"/>'s.
/// </summary>
internal interface IRemoteKey : IDisposable
{
    /// <summary>What the key signs with by default.</summary>
    SigningAlgorithm Algorithm { get; }

    /// <summary>The public half, asked for once.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Certificates kept beside the key, DER, the key's own first.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Certificates => [];

    /// <summary>How many signatures may be asked for at once.</summary>
    int Parallelism => Limits.KeyServiceParallelism;

    /// <summary>Whether <see cref="SignDigestAsync"/> takes this algorithm.</summary>
    bool SignsDigest(SigningAlgorithm algorithm);

    /// <summary>Whether <see cref="SignMessageAsync"/> takes this algorithm, because a digest is not enough for it.</summary>
    bool SignsMessage(SigningAlgorithm algorithm) => false;

    /// <summary>Whether a message is handed over whole even by a key that signs digests too.</summary>
    bool PrefersMessage => false;

    /// <summary>Signs a digest made with the algorithm's hash. ECDSA signatures are ASN.1 DER.</summary>
    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, Pkcs11…; of a plug-in KeyPluginFailed.</exception>
    Task<byte[]> SignDigestAsync(ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel);

    /// <summary>Signs a whole message.</summary>
    /// <exception cref="SigstoreException">As <see cref="SignDigestAsync"/>.</exception>
    Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        throw new SigstoreException(SigstoreErrorCode.Unsupported, $"The key signs no whole message with {algorithm}.");
}
