using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;

namespace SigstorePS.Keys.Vault;

/// <summary>
/// One version of a key in the transit engine: the wanted one, or the latest when it was opened. After a rotation it is
/// still that version that signs, whose public key is known here.
/// </summary>
internal sealed class VaultKey(TransitClient client, string name, TransitKey key) : IRemoteKey
{
    /// <inheritdoc/>
    public SigningAlgorithm Algorithm => key.PublicKey.Algorithm;

    /// <inheritdoc/>
    public PublicKey PublicKey => key.PublicKey;

    /// <inheritdoc/>
    public bool SignsDigest(SigningAlgorithm algorithm) =>
        algorithm.KeySize == Algorithm.KeySize && algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => Algorithm.Scheme == SignatureScheme.Ecdsa,
            SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss => Algorithm.Scheme == SignatureScheme.RsaPkcs1,

            // Ed25519ph is Vault Enterprise's alone; OpenBao ignores 'prehashed' and signs the hash as if it were the
            // text.
            _ => false,
        };

    /// <inheritdoc/>
    public bool SignsMessage(SigningAlgorithm algorithm) =>
        algorithm.Scheme == SignatureScheme.Ed25519 && Algorithm.Scheme == SignatureScheme.Ed25519;

    /// <inheritdoc/>
    public Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        JsonObject body = new() { ["input"] = Convert.ToBase64String(digest.Span), ["prehashed"] = true };
        switch (algorithm.Scheme)
        {
            case SignatureScheme.Ecdsa:
                body["marshaling_algorithm"] = "asn1";
                break;
            case SignatureScheme.RsaPss:
                // Unsaid, the salt would be as long as there is room for, which few verifiers take.
                body["signature_algorithm"] = "pss";
                body["salt_length"] = "hash";
                break;
            default:
                body["signature_algorithm"] = "pkcs1v15";
                break;
        }

        // In the path and not in the body, as cosign asks: policies can tell hashes apart.
        return client.SignAsync($"{name}/{HashName(algorithm.Hash)}", key.Version, body, cancel);
    }

    /// <inheritdoc/>
    public Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        client.SignAsync(
            name, key.Version, new JsonObject { ["input"] = Convert.ToBase64String(message.Span) }, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held open.
    }

    private static string HashName(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA512 ? "sha2-512" : hash == HashAlgorithmName.SHA384 ? "sha2-384" : "sha2-256";
}
