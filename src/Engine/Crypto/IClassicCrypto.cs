namespace SigstorePS.Crypto;

/// <summary>
/// The primitives that .NET lacks and the key formats need: scrypt (RFC 7914), XSalsa20-Poly1305 "secretbox" (NaCl),
/// the sealed box of libsodium and Ed25519 (RFC 8032). Supplied by the BouncyCastle pack in its own load context; only
/// BCL types cross the border.
/// </summary>
public interface IClassicCrypto
{
    /// <summary>scrypt (RFC 7914): <paramref name="length"/> bytes derived at cost N, r, p.</summary>
    byte[] Scrypt(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, int length);

    /// <summary>NaCl secretbox: 16-byte tag followed by the ciphertext. Key 32 bytes, nonce 24 bytes.</summary>
    byte[] SecretBoxSeal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext);

    /// <summary>Opens a secretbox; null when the tag does not match.</summary>
    byte[]? SecretBoxOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> box);

    /// <summary>
    /// libsodium's crypto_box_seal: the 32-byte public key of a pair made for this box alone, followed by the
    /// crypto_box (X25519, XSalsa20-Poly1305). Null when the recipient's key is one with which everybody agrees on the
    /// same secret.
    /// </summary>
    /// <param name="recipient">32-byte X25519 public key.</param>
    /// <param name="message">What only the recipient is to read; may be empty.</param>
    byte[]? SealedBoxSeal(ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> message);

    /// <summary>libsodium's crypto_box_seal_open; null for anything that was not sealed for the key.</summary>
    /// <param name="privateKey">32-byte X25519 private key.</param>
    /// <param name="box">48 bytes or more.</param>
    byte[]? SealedBoxOpen(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> box);

    /// <summary>The 32-byte public key of a 32-byte Ed25519 seed.</summary>
    byte[] Ed25519PublicKey(ReadOnlySpan<byte> seed);

    /// <summary>Signs; <paramref name="prehash"/> selects Ed25519ph (SHA-512 prehash, empty context).</summary>
    byte[] Ed25519Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, bool prehash);

    /// <summary>Signs as Ed25519ph when only the SHA-512 of the message is known (64 bytes, empty context).</summary>
    byte[] Ed25519SignPrehashed(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> hash);

    /// <summary>Verifies; false for anything that is not a valid signature, never an exception.</summary>
    bool Ed25519Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, bool prehash);

    /// <summary>Verifies Ed25519ph when only the SHA-512 of the message is known (64 bytes, empty context).</summary>
    bool Ed25519VerifyPrehashed(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature);
}
