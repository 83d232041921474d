using System.Formats.Asn1;
using System.Security.Cryptography;

namespace SigstorePS.Keys;

/// <summary>
/// PKCS#8 EncryptedPrivateKeyInfo with PBES2 (RFC 8018 section 6.2): PBKDF2 with HMAC-SHA-1 or -2, AES-CBC; what
/// openssl 1.1 and later write. Taken apart here because the BCL opens only key types that it has itself (no Ed25519)
/// and takes the number of rounds on trust.
/// </summary>
internal static class Pbes2
{
    private const string OidPbes2 = "1.2.840.113549.1.5.13";
    private const string OidPbkdf2 = "1.2.840.113549.1.5.12";

    /// <summary>Decrypts; the result is PKCS#8 DER, to be zeroed by the caller.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, LimitExceeded, WrongPassword.</exception>
    public static byte[] Open(ReadOnlyMemory<byte> der, ReadOnlySpan<byte> password)
    {
        Sealed box = Parse(der);
        byte[] key = Rfc2898DeriveBytes.Pbkdf2(password, box.Salt, box.Iterations, box.Hash, box.KeySize);
        byte[]? plaintext = null;
        try
        {
            using Aes aes = Aes.Create();
            aes.SetKey(key);
            plaintext = aes.DecryptCbc(box.Ciphertext, box.Iv);

            // CBC has no tag: one wrong password in 256 leaves legal padding around noise.
            AsnReader reader = new(plaintext, AsnEncodingRules.BER);
            reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            return plaintext;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            throw new SigstoreException(
                SigstoreErrorCode.WrongPassword,
                "The password does not open the private key (or the key file is damaged).", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static Sealed Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            AsnReader outer = new(der, AsnEncodingRules.DER);
            AsnReader info = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            AsnReader algorithm = info.ReadSequence();
            byte[] ciphertext = info.ReadOctetString();
            info.ThrowIfNotEmpty();
            Require(algorithm.ReadObjectIdentifier() == OidPbes2);
            AsnReader parameters = algorithm.ReadSequence();
            AsnReader kdf = parameters.ReadSequence();
            AsnReader cipher = parameters.ReadSequence();
            Require(kdf.ReadObjectIdentifier() == OidPbkdf2);
            AsnReader pbkdf2 = kdf.ReadSequence();
            byte[] salt = pbkdf2.ReadOctetString();
            Require(pbkdf2.TryReadInt32(out int iterations) && iterations > 0);
            if (iterations > Limits.Pbkdf2Iterations)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"The private key asks for {iterations} PBKDF2 rounds; the limit is {Limits.Pbkdf2Iterations}.");
            }

            if (pbkdf2.HasData && pbkdf2.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            {
                pbkdf2.ReadInteger();
            }

            HashAlgorithmName hash = pbkdf2.HasData
                ? Hash(pbkdf2.ReadSequence().ReadObjectIdentifier())
                : HashAlgorithmName.SHA1;
            int keySize = AesKeySize(cipher.ReadObjectIdentifier());
            byte[] iv = cipher.ReadOctetString();
            Require(iv.Length == 16);
            return new Sealed(salt, iterations, hash, keySize, iv, ciphertext);
        }
        catch (AsnContentException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedKey, "The encrypted private key is not a PKCS#8 structure.", e);
        }
    }

    private static HashAlgorithmName Hash(string oid) => oid switch
    {
        "1.2.840.113549.2.7" => HashAlgorithmName.SHA1,
        "1.2.840.113549.2.9" => HashAlgorithmName.SHA256,
        "1.2.840.113549.2.10" => HashAlgorithmName.SHA384,
        "1.2.840.113549.2.11" => HashAlgorithmName.SHA512,
        _ => throw Unsupported(),
    };

    private static int AesKeySize(string oid) => oid switch
    {
        "2.16.840.1.101.3.4.1.2" => 16,
        "2.16.840.1.101.3.4.1.22" => 24,
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => throw Unsupported(),
    };

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw Unsupported();
        }
    }

    private static SigstoreException Unsupported() =>
        new(SigstoreErrorCode.Unsupported,
            "The private key is encrypted in a way that is not supported; convert it with "
            + "'openssl pkcs8 -topk8 -v2 aes-256-cbc' (PBKDF2, AES).");

    private sealed record Sealed(
        byte[] Salt, int Iterations, HashAlgorithmName Hash, int KeySize, byte[] Iv, byte[] Ciphertext);
}
