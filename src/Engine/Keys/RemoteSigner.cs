using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// Signs with a key that never comes here. Each signature is verified before it leaves: a service can be pointed to
/// another version of a key in mid-work, and a wrong signature in a log cannot be taken back.
/// </summary>
internal sealed class RemoteSigner : ISigner
{
    private readonly IRemoteKey _key;
    private readonly RemotePace _pace;

    private RemoteSigner(IRemoteKey key, SigningAlgorithm algorithm, TimeProvider clock)
    {
        _key = key;
        Algorithm = algorithm;
        _pace = new RemotePace(key.Parallelism, clock);
    }

    /// <inheritdoc/>
    public SigningAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public PublicKey PublicKey => _key.PublicKey;

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates => _key.Certificates;

    /// <summary>Takes the key over.</summary>
    /// <param name="key">Disposed with the signer, and when it cannot sign as asked.</param>
    /// <param name="algorithm">What to sign with; null: the key's default.</param>
    /// <param name="clock">Times the waits when the service has enough.</param>
    /// <exception cref="SigstoreException">Unsupported: the key does not sign with the algorithm.</exception>
    public static RemoteSigner Of(IRemoteKey key, SigningAlgorithm? algorithm, TimeProvider clock)
    {
        SigningAlgorithm chosen = algorithm ?? key.Algorithm;
        if (key.SignsDigest(chosen) || key.SignsMessage(chosen))
        {
            return new RemoteSigner(key, chosen, clock);
        }

        string own = key.Algorithm.Name;
        key.Dispose();
        throw new SigstoreException(SigstoreErrorCode.Unsupported, $"A key for {own} cannot sign with {chosen}.");
    }

    /// <inheritdoc/>
    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) =>
        _key.SignsDigest(Algorithm) && !(_key.PrefersMessage && _key.SignsMessage(Algorithm))
            ? SignHashAsync(CryptographicOperations.HashData(Algorithm.Hash, message.Span), Algorithm, cancel)
            : SignAsync(
                () => _key.SignMessageAsync(message, Algorithm, cancel),
                signature => PublicKey.Verify(message.Span, signature, Algorithm), cancel);

    /// <inheritdoc/>
    public bool SignsHash(SigningAlgorithm algorithm) => _key.SignsDigest(algorithm);

    /// <inheritdoc/>
    public Task<byte[]> SignHashAsync(
        ReadOnlyMemory<byte> hash, SigningAlgorithm algorithm, CancellationToken cancel) =>
        SignsHash(algorithm)
            ? SignAsync(
                () => _key.SignDigestAsync(hash, algorithm, cancel),
                signature => PublicKey.VerifyHash(hash.Span, signature, algorithm), cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"A key for {Algorithm} cannot sign a hash with {algorithm}.");

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private async Task<byte[]> SignAsync(
        Func<Task<byte[]>> sign, Func<byte[], bool> holds, CancellationToken cancel)
    {
        byte[] signature = await _pace.RunAsync(sign, cancel).ConfigureAwait(false);
        return holds(signature)
            ? signature
            : throw new SigstoreException(
                SigstoreErrorCode.SignatureMismatch,
                "What came back for a signature does not hold with the public key: another version of the key, or another "
                + "algorithm, signed.");
    }
}
