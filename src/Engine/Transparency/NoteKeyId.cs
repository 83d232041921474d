using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Transparency;

/// <summary>
/// Key ids of signed notes, not truncated (C2SP signed-note, "Signatures"). The first four bytes stand on a signature
/// line as its key hash; Rekor v2 takes all 32 as the id of a log.
/// </summary>
internal static class NoteKeyId
{
    private const byte Ed25519Type = 0x01;
    private const byte CosignatureType = 0x04;

    /// <summary>
    /// Ed25519: SHA-256(name ‖ LF ‖ 0x01 ‖ key). RSA: SHA-256(name ‖ LF ‖ 0xFF ‖ <c>PKIX-RSA-PKCS#1v1.5</c> ‖ SPKI).
    /// ECDSA: SHA-256(SPKI), as RFC 6962 and Rekor v1 do for every key.
    /// </summary>
    /// <param name="name">Name of the signer: the origin of a log.</param>
    /// <param name="key">The key.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Compute(string name, PublicKey key) => key.Algorithm.Scheme switch
    {
        SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash => Hash(name, [Ed25519Type], Raw(key)),
        SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss =>
            Hash(name, [0xFF, .. "PKIX-RSA-PKCS#1v1.5"u8], key.Spki.Span),
        _ => SHA256.HashData(key.Spki.Span),
    };

    /// <summary>Key id of a witness: SHA-256(name ‖ LF ‖ 0x04 ‖ Ed25519 key) (C2SP tlog-cosignature).</summary>
    /// <exception cref="SigstoreException">Unsupported: not an Ed25519 key.</exception>
    public static byte[] OfWitness(string name, PublicKey key) =>
        key.Algorithm.Scheme == SignatureScheme.Ed25519
            ? Hash(name, [CosignatureType], Raw(key))
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The key of the witness {name} is not an Ed25519 key.");

    private static byte[] Hash(string name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> key) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. type, .. key]);

    /// <summary>The SubjectPublicKeyInfo of an Ed25519 key ends with its 32 bytes (RFC 8410 section 4).</summary>
    private static ReadOnlySpan<byte> Raw(PublicKey key) => key.Spki.Span[^32..];
}
