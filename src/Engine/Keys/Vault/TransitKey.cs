using System.Globalization;
using System.Text;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.Vault;

/// <summary>One version of a key of the transit engine.</summary>
/// <param name="Version">1 is the first.</param>
/// <param name="PublicKey">The public half of that version.</param>
internal sealed record TransitKey(int Version, PublicKey PublicKey)
{
    private static readonly SigningAlgorithm[] Known =
    [
        SigningAlgorithm.EcdsaP256, SigningAlgorithm.EcdsaP384, SigningAlgorithm.EcdsaP521,
        SigningAlgorithm.Rsa2048, SigningAlgorithm.Rsa3072, SigningAlgorithm.Rsa4096, SigningAlgorithm.Ed25519,
    ];

    /// <summary>The type of a key that signs with an algorithm.</summary>
    public static string TypeOf(SigningAlgorithm algorithm) => algorithm.Scheme switch
    {
        SignatureScheme.Ecdsa => $"ecdsa-p{algorithm.KeySize}",
        SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss => $"rsa-{algorithm.KeySize}",
        _ => "ed25519",
    };

    /// <summary>Reads the <c>data</c> of an answer to "Read key".</summary>
    /// <param name="data">JSON object.</param>
    /// <param name="version">Which; null: the latest.</param>
    /// <param name="service">For messages.</param>
    /// <exception cref="SigstoreException">Unsupported, KeyNotFound, KeyServiceProtocolViolation.</exception>
    public static TransitKey Parse(JsonElement data, int? version, string service)
    {
        try
        {
            string type = StrictJson.String(data, "type");
            SigningAlgorithm algorithm = Array.Find(Known, a => TypeOf(a) == type) ?? throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The key is of the type '{PlainText.Clean(type, 50)}', with which nothing is signed here; use "
                + $"{string.Join(", ", Known.Select(TypeOf))}.");
            if (Flag(data, "soft_deleted"))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    "The key is deleted, if not for good (soft_deleted): it signs nothing.");
            }

            if (Flag(data, "derived"))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    "The key is one that others are derived from (derived=true): it has no public key of its own.");
            }

            int chosen = version ?? Number(data, "latest_version");
            string name = chosen.ToString(CultureInfo.InvariantCulture);
            if (!data.TryGetProperty("keys", out JsonElement keys) || keys.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("'keys' is missing");
            }

            PublicKey key = keys.TryGetProperty(name, out JsonElement entry)
                ? Key(StrictJson.String(entry, "public_key"), algorithm)
                : throw new SigstoreException(
                    SigstoreErrorCode.KeyNotFound,
                    $"The key has no version {chosen}, or none any more (min_decryption_version).");
            return key.Algorithm == algorithm
                ? new TransitKey(chosen, key)
                : throw new FormatException($"the public key is for {key.Algorithm}, the key is of the type {type}");
        }
        catch (FormatException e)
        {
            throw KeyServiceReplies.Violation(service, $"holds no key: {PlainText.Clean(e.Message, 100)}", e);
        }
    }

    /// <summary>PEM, but of Ed25519 the bare 32 bytes.</summary>
    private static PublicKey Key(string text, SigningAlgorithm algorithm)
    {
        if (algorithm != SigningAlgorithm.Ed25519)
        {
            return PublicKeyFile.Read(Encoding.UTF8.GetBytes(text));
        }

        byte[] bytes = Base64Text.Decode(text);
        return bytes.Length == 32
            ? PublicKey.FromEd25519(bytes) : throw new FormatException("'public_key' is not 32 bytes long");
    }

    private static bool Flag(JsonElement data, string name) =>
        data.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static int Number(JsonElement data, string name) =>
        data.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int number) && number > 0
            ? number
            : throw new FormatException($"'{name}' is no version");
}
