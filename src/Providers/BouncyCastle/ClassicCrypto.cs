using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;
using SigstorePS.Crypto;

namespace SigstorePS.Providers.BouncyCastle;

/// <summary>
/// scrypt, secretbox, sealed box and Ed25519 from BouncyCastle, through the API that its 1.8 and 2.x lines share.
/// Copies made here are zeroed; what the library copies for itself (KeyParameter) is out of reach.
/// </summary>
public sealed class ClassicCrypto : IClassicCrypto
{
    private const int KeySize = 32;
    private const int NonceSize = 24;
    private const int TagSize = 16;
    private const int SignatureSize = 64;

    /// <inheritdoc/>
    public byte[] Scrypt(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, int length)
    {
        byte[] secret = password.ToArray();
        try
        {
            return SCrypt.Generate(secret, salt.ToArray(), n, r, p, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public byte[] SecretBoxSeal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext)
    {
        XSalsa20Engine stream = Stream(key, nonce);
        byte[] macKey = MacKey(stream);
        byte[] secret = plaintext.ToArray();
        byte[] box = new byte[TagSize + secret.Length];
        try
        {
            stream.ProcessBytes(secret, 0, secret.Length, box, TagSize);
            Tag(macKey, box).CopyTo(box, 0);
            return box;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(macKey);
        }
    }

    /// <inheritdoc/>
    public byte[]? SecretBoxOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> box)
    {
        if (box.Length < TagSize)
        {
            return null;
        }

        XSalsa20Engine stream = Stream(key, nonce);
        byte[] macKey = MacKey(stream);
        try
        {
            byte[] sealedBytes = box.ToArray();
            if (!CryptographicOperations.FixedTimeEquals(Tag(macKey, sealedBytes), box[..TagSize]))
            {
                return null;
            }

            byte[] plaintext = new byte[box.Length - TagSize];
            stream.ProcessBytes(sealedBytes, TagSize, plaintext.Length, plaintext, 0);
            return plaintext;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(macKey);
        }
    }

    /// <inheritdoc/>
    public byte[]? SealedBoxSeal(ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> message)
    {
        byte[] theirs = Exactly(recipient, KeySize, nameof(recipient));
        byte[] secret = RandomNumberGenerator.GetBytes(KeySize);
        try
        {
            byte[] ours = new byte[KeySize];
            X25519.ScalarMultBase(secret, 0, ours, 0);
            byte[]? key = BoxKey(secret, theirs);
            byte[]? box = key is null ? null : [.. ours, .. SecretBoxSeal(key, SealNonce(ours, theirs), message)];
            CryptographicOperations.ZeroMemory(key);
            return box;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public byte[]? SealedBoxOpen(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> box)
    {
        byte[] secret = Exactly(privateKey, KeySize, nameof(privateKey));
        try
        {
            if (box.Length < KeySize + TagSize)
            {
                return null;
            }

            byte[] ours = new byte[KeySize];
            X25519.ScalarMultBase(secret, 0, ours, 0);
            byte[] theirs = box[..KeySize].ToArray();
            byte[]? key = BoxKey(secret, theirs);
            byte[]? message = key is null ? null : SecretBoxOpen(key, SealNonce(theirs, ours), box[KeySize..]);
            CryptographicOperations.ZeroMemory(key);
            return message;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public byte[] Ed25519PublicKey(ReadOnlySpan<byte> seed)
    {
        byte[] secret = Exactly(seed, KeySize, nameof(seed));
        byte[] publicKey = new byte[KeySize];
        try
        {
            Ed25519.GeneratePublicKey(secret, 0, publicKey, 0);
            return publicKey;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public byte[] Ed25519Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, bool prehash)
    {
        if (prehash)
        {
            return Ed25519SignPrehashed(seed, SHA512.HashData(message));
        }

        byte[] secret = Exactly(seed, KeySize, nameof(seed));
        byte[] signature = new byte[SignatureSize];
        try
        {
            byte[] text = message.ToArray();
            Ed25519.Sign(secret, 0, text, 0, text.Length, signature, 0);
            return signature;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public byte[] Ed25519SignPrehashed(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> hash)
    {
        byte[] secret = Exactly(seed, KeySize, nameof(seed));
        byte[] signature = new byte[SignatureSize];
        try
        {
            Ed25519.SignPrehash(
                secret, 0, [], Exactly(hash, SHA512.HashSizeInBytes, nameof(hash)), 0, signature, 0);
            return signature;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public bool Ed25519Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, bool prehash)
    {
        if (prehash)
        {
            return Ed25519VerifyPrehashed(publicKey, SHA512.HashData(message), signature);
        }

        // Both arrays are read at fixed offsets: a longer signature would verify as its first 64 bytes.
        if (publicKey.Length != KeySize || signature.Length != SignatureSize)
        {
            return false;
        }

        byte[] text = message.ToArray();
        return Ed25519.Verify(signature.ToArray(), 0, publicKey.ToArray(), 0, text, 0, text.Length);
    }

    /// <inheritdoc/>
    public bool Ed25519VerifyPrehashed(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature) =>
        publicKey.Length == KeySize && signature.Length == SignatureSize && hash.Length == SHA512.HashSizeInBytes
            && Ed25519.VerifyPrehash(signature.ToArray(), 0, publicKey.ToArray(), 0, [], hash.ToArray(), 0);

    /// <summary>
    /// crypto_box_beforenm: HSalsa20 of the X25519 secret and 16 zero bytes. HSalsa20 is the Salsa20 block of that key
    /// without its last addition ("Extending the Salsa20 nonce", section 2), so it is the first block of the key stream
    /// less what was added: the four constants at the words 0, 5, 10, 15, and zeros at 6 to 9.
    /// </summary>
    private static byte[]? BoxKey(byte[] secret, byte[] publicKey)
    {
        byte[] shared = new byte[KeySize];
        byte[] block = new byte[64];
        try
        {
            // RFC 7748 section 6.1: zeros come of a point of small order, whatever our secret is.
            if (!X25519.CalculateAgreement(secret, 0, publicKey, 0, shared, 0))
            {
                return null;
            }

            Salsa20Engine engine = new();
            engine.Init(true, new ParametersWithIV(new KeyParameter(shared), new byte[8]));
            engine.ProcessBytes(block, 0, block.Length, block, 0);
            byte[] key = new byte[KeySize];
            for (int i = 0; i < 4; i++)
            {
                uint added = BinaryPrimitives.ReadUInt32LittleEndian("expand 32-byte k"u8[(4 * i)..]);
                uint sum = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(20 * i));
                BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4 * i), unchecked(sum - added));
            }

            block.AsSpan(24, 16).CopyTo(key.AsSpan(16));
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
            CryptographicOperations.ZeroMemory(block);
        }
    }

    /// <summary>crypto_box_seal: BLAKE2b-192 of both public keys, the box's own first.</summary>
    private static byte[] SealNonce(byte[] own, byte[] recipient)
    {
        Blake2bDigest hash = new(NonceSize * 8);
        hash.BlockUpdate(own, 0, own.Length);
        hash.BlockUpdate(recipient, 0, recipient.Length);
        byte[] nonce = new byte[NonceSize];
        hash.DoFinal(nonce, 0);
        return nonce;
    }

    private static XSalsa20Engine Stream(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        byte[] secret = Exactly(key, KeySize, nameof(key));
        try
        {
            XSalsa20Engine engine = new();
            engine.Init(true, new ParametersWithIV(
                new KeyParameter(secret), Exactly(nonce, NonceSize, nameof(nonce))));
            return engine;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>
    /// secretbox: the first 32 bytes of the key stream are the one-time Poly1305 key, the text follows.
    /// </summary>
    private static byte[] MacKey(XSalsa20Engine stream)
    {
        byte[] key = new byte[KeySize];
        stream.ProcessBytes(key, 0, key.Length, key, 0);
        return key;
    }

    private static byte[] Tag(byte[] macKey, byte[] box)
    {
        Poly1305 mac = new();
        mac.Init(new KeyParameter(macKey));
        mac.BlockUpdate(box, TagSize, box.Length - TagSize);
        byte[] tag = new byte[TagSize];
        mac.DoFinal(tag, 0);
        return tag;
    }

    private static byte[] Exactly(ReadOnlySpan<byte> value, int size, string name) =>
        value.Length == size ? value.ToArray() : throw new ArgumentException($"{size} bytes are needed", name);
}
