using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Keys;

/// <summary>
/// cosign's encrypted private key: PEM around a JSON text that holds a PKCS#8 key, sealed by secretbox under a key
/// derived with scrypt (go-securesystemslib <c>encrypted</c>).
/// </summary>
internal static class CosignKeyFile
{
    public const string Label = "ENCRYPTED SIGSTORE PRIVATE KEY";

    /// <summary>What cosign 1.x wrote.</summary>
    public const string OldLabel = "ENCRYPTED COSIGN PRIVATE KEY";

    private const int WrittenCost = 65536;
    private const int BlockSize = 8;
    private const int Parallelism = 1;
    private const int SaltSize = 32;
    private const int NonceSize = 24;
    private const int KeySize = 32;
    private const int TagSize = 16;
    private const string Kdf = "scrypt";
    private const string Cipher = "nacl/secretbox";

    /// <summary>Opens the JSON text inside the PEM; the result is PKCS#8 DER, to be zeroed by the caller.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, WrongPassword.</exception>
    public static byte[] Open(ReadOnlyMemory<byte> json, ReadOnlySpan<byte> password)
    {
        (int cost, byte[] salt, byte[] nonce, byte[] box) = Parse(json);
        byte[] key = ClassicCrypto.Current.Scrypt(password, salt, cost, BlockSize, Parallelism, KeySize);
        try
        {
            // The tag says only "other key or other bytes": damage and a wrong password look the same.
            return ClassicCrypto.Current.SecretBoxOpen(key, nonce, box) ?? throw new SigstoreException(
                SigstoreErrorCode.WrongPassword,
                "The password does not open the private key (or the key file is damaged).");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Encrypts PKCS#8 DER; the result is the PEM file.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceSize);
        byte[] key = ClassicCrypto.Current.Scrypt(password, salt, WrittenCost, BlockSize, Parallelism, KeySize);
        try
        {
            return Pem.Write(Label, Json(salt, nonce, ClassicCrypto.Current.SecretBoxSeal(key, nonce, pkcs8)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Json(byte[] salt, byte[] nonce, byte[] box)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("kdf");
            writer.WriteString("name", Kdf);
            writer.WriteStartObject("params");
            writer.WriteNumber("N", WrittenCost);
            writer.WriteNumber("r", BlockSize);
            writer.WriteNumber("p", Parallelism);
            writer.WriteEndObject();
            writer.WriteBase64String("salt", salt);
            writer.WriteEndObject();
            writer.WriteStartObject("cipher");
            writer.WriteString("name", Cipher);
            writer.WriteBase64String("nonce", nonce);
            writer.WriteEndObject();
            writer.WriteBase64String("ciphertext", box);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static (int Cost, byte[] Salt, byte[] Nonce, byte[] Box) Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            JsonElement kdf = Object(document.RootElement, "kdf");
            JsonElement cipher = Object(document.RootElement, "cipher");
            Require(StrictJson.String(kdf, "name"), Kdf, "key derivation");
            Require(StrictJson.String(cipher, "name"), Cipher, "cipher");
            int cost = Cost(Object(kdf, "params"));
            byte[] salt = Bytes(kdf, "salt", SaltSize);
            byte[] nonce = Bytes(cipher, "nonce", NonceSize);
            byte[] box = Convert.FromBase64String(StrictJson.String(document.RootElement, "ciphertext"));
            return box.Length > TagSize ? (cost, salt, nonce, box)
                : throw new FormatException("'ciphertext' is too short");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedKey, "The encrypted private key is damaged: " + e.Message, e);
        }
    }

    /// <summary>
    /// Exactly the costs cosign reads. Free choice would let a key file claim all memory, or a cost so low that the
    /// password can be guessed.
    /// </summary>
    private static int Cost(JsonElement parameters)
    {
        int n = Number(parameters, "N");
        return Number(parameters, "r") == BlockSize && Number(parameters, "p") == Parallelism
            && n is 32768 or 65536 or 131072
            ? n
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "The scrypt cost of the encrypted private key is not one that cosign writes "
                + "(N 32768, 65536 or 131072, r 8, p 1).");
    }

    /// <summary>An integer; -1 for a number no integer holds, which is no legal cost either.</summary>
    private static int Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            ? value.TryGetInt32(out int number) ? number : -1
            : throw new FormatException($"'{name}' is not a number");

    private static JsonElement Object(JsonElement parent, string name) =>
        StrictJson.OptionalObject(parent, name) ?? throw new FormatException($"'{name}' is missing");

    private static byte[] Bytes(JsonElement parent, string name, int size)
    {
        byte[] bytes = Convert.FromBase64String(StrictJson.String(parent, name));
        return bytes.Length == size ? bytes : throw new FormatException($"'{name}' is not {size} bytes long");
    }

    private static void Require(string actual, string expected, string what)
    {
        if (actual != expected)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The {what} of the encrypted private key is not {expected}.");
        }
    }
}
