using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary>One version of a key; another that becomes the newest in the meantime changes nothing.</summary>
internal sealed class KmsKey(KmsClient client, string version, SigningAlgorithm algorithm, PublicKey publicKey)
    : IRemoteKey
{
    public SigningAlgorithm Algorithm { get; } = algorithm;

    public PublicKey PublicKey { get; } = publicKey;

    public bool SignsDigest(SigningAlgorithm algorithm) =>
        algorithm == Algorithm && algorithm.Scheme != SignatureScheme.Ed25519;

    public bool SignsMessage(SigningAlgorithm algorithm) =>
        algorithm == Algorithm && algorithm.Scheme == SignatureScheme.Ed25519;

    public Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel) =>
        client.SignAsync(version, algorithm, digest, cancel);

    public Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        client.SignAsync(version, algorithm, message, cancel);

    public void Dispose()
    {
    }
}
