using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary>One version of a key in a vault: the one that was the newest when it was opened, or the one named.</summary>
internal sealed class VaultKey(VaultClient client, VaultReference reference, PublicKey publicKey) : IRemoteKey
{
    public SigningAlgorithm Algorithm => PublicKey.Algorithm;

    public PublicKey PublicKey { get; } = publicKey;

    public bool SignsDigest(SigningAlgorithm algorithm) =>
        VaultAlgorithm.NameOf(algorithm) is not null && algorithm.KeySize == Algorithm.KeySize
        && (algorithm.Scheme == SignatureScheme.Ecdsa) == (Algorithm.Scheme == SignatureScheme.Ecdsa);

    public async Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        byte[] signature = await client.SignAsync(reference, VaultAlgorithm.NameOf(algorithm)!, digest, cancel)
            .ConfigureAwait(false);
        if (algorithm.Scheme != SignatureScheme.Ecdsa)
        {
            return signature;
        }

        int pair = (algorithm.KeySize + 7) / 8 * 2;
        return signature.Length == pair
            ? EcdsaSignature.ToDer(signature)
            : throw KeyServiceReplies.Violation(
                reference.Service, $"is a signature of {signature.Length} bytes, and {pair} were to be expected");
    }

    public void Dispose()
    {
    }
}
