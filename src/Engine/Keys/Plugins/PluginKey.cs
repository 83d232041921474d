using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.Plugins;

/// <summary>A key of a plug-in. Its answers are checked by <see cref="RemoteSigner"/> like those of any service.</summary>
internal sealed class PluginKey(KeyPlugin plugin, string keyId, PublicKey publicKey) : IRemoteKey
{
    /// <inheritdoc/>
    public SigningAlgorithm Algorithm => publicKey.Algorithm;

    /// <inheritdoc/>
    public PublicKey PublicKey => publicKey;

    /// <summary>Each signature is a process.</summary>
    public int Parallelism => 4;

    /// <summary>cosign hands messages over whole, so that is what every plug-in knows how to sign.</summary>
    public bool PrefersMessage => true;

    /// <inheritdoc/>
    public bool SignsDigest(SigningAlgorithm algorithm) =>
        algorithm.Scheme is not SignatureScheme.Ed25519 && Fits(algorithm);

    /// <summary>Not where it would have to be told the hash, or the variant, which only goes along with a digest.</summary>
    public bool SignsMessage(SigningAlgorithm algorithm) =>
        algorithm.Scheme is not SignatureScheme.Ed25519Prehash && Fits(algorithm);

    /// <inheritdoc/>
    public Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel) =>
        SignAsync(digest.ToArray(), ReadOnlyMemory<byte>.Empty, algorithm, cancel);

    /// <inheritdoc/>
    public Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        SignAsync(null, message, algorithm, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Task<byte[]> SignAsync(
        byte[]? digest, ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        plugin.AskAsync(
            keyId,
            algorithm.Hash,
            "signMessage",
            (json, _) => PluginRequest.Sign(json, digest, algorithm.Hash),
            message,
            static answer => Base64Text.Decode(StrictJson.String(answer, "signature")),
            refused: null,
            cancel);

    /// <summary>The protocol has no word for the padding of RSA: -Algorithm says which one the key's own is.</summary>
    private bool Fits(SigningAlgorithm algorithm) =>
        publicKey.Candidates.Contains(algorithm)
        || (algorithm.Scheme == SignatureScheme.RsaPss && publicKey.Algorithm.Scheme == SignatureScheme.RsaPkcs1
            && algorithm.KeySize == publicKey.Algorithm.KeySize);
}
