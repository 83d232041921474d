using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Providers.Azure;

/// <summary>
/// A KeyBundle: <c>{"key":{"kid","kty","key_ops","crv","x","y","n","e"},"attributes":{"enabled",...}}</c>
/// (learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key).
/// </summary>
/// <param name="Version">The last part of its <c>kid</c>.</param>
/// <param name="PublicKey">The public half.</param>
/// <param name="MaySign">Enabled, and <c>sign</c> among its operations.</param>
internal sealed record VaultKeyBundle(string Version, PublicKey PublicKey, bool MaySign)
{
    /// <param name="body">The answer.</param>
    /// <param name="asked">What it is to be of.</param>
    /// <exception cref="SigstoreException">KeyServiceProtocolViolation, MalformedKey, Unsupported.</exception>
    public static VaultKeyBundle Read(ReadOnlyMemory<byte> body, VaultReference asked)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonElement key = StrictJson.OptionalObject(document.RootElement, "key")
                ?? throw new FormatException("'key' is missing");
            JsonElement? attributes = StrictJson.OptionalObject(document.RootElement, "attributes");
            bool enabled = attributes is not { } a || !a.TryGetProperty("enabled", out JsonElement value)
                || value.ValueKind == JsonValueKind.True;
            return new VaultKeyBundle(
                VersionOf(StrictJson.String(key, "kid"), asked), PublicKeyOf(key), enabled && Signs(key));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw KeyServiceReplies.Violation(asked.Service, $"is no key bundle ({PlainText.Clean(e.Message, 200)})");
        }
    }

    /// <summary>
    /// The version in <c>https://HOST/keys/NAME/VERSION</c>. Another key or version than asked for is refused: it would
    /// be signed with what nobody named. The host may differ, since a vault has several names.
    /// </summary>
    public static string VersionOf(string kid, VaultReference asked) =>
        Uri.TryCreate(kid, UriKind.Absolute, out Uri? uri)
        && uri.AbsolutePath.Split('/') is ["", "keys", { } name, { Length: > 0 } version]
        && version.All(char.IsAsciiLetterOrDigit)
        && string.Equals(name, asked.Name, StringComparison.OrdinalIgnoreCase)
        && (asked.Version is null || string.Equals(version, asked.Version, StringComparison.OrdinalIgnoreCase))
            ? version
            : throw new FormatException("it is of another key than was asked for");

    /// <summary>A JSON Web Key (RFC 7518 section 6); the type of a key in an HSM has <c>-HSM</c> behind it.</summary>
    private static PublicKey PublicKeyOf(JsonElement key)
    {
        string type = StrictJson.String(key, "kty");
        try
        {
            return type switch
            {
                "EC" or "EC-HSM" => Ec(key),
                "RSA" or "RSA-HSM" => Rsa(key),
                _ => throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"A key of type {PlainText.Clean(type, 40)} signs nothing here; EC and RSA keys do."),
            };
        }
        catch (CryptographicException)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The vault's public key cannot be read.");
        }
    }

    private static PublicKey Ec(JsonElement key)
    {
        string curve = StrictJson.String(key, "crv");
        (ECCurve named, int size) = curve switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            _ => throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"Curve {PlainText.Clean(curve, 40)} is not supported; use P-256, P-384 or P-521."),
        };
        using ECDsa ec = ECDsa.Create(new ECParameters
        {
            Curve = named,
            Q = new ECPoint { X = Number(key, "x", size), Y = Number(key, "y", size) },
        });
        return PublicKey.FromSpki(ec.ExportSubjectPublicKeyInfo());
    }

    private static PublicKey Rsa(JsonElement key)
    {
        using RSA rsa = RSA.Create(new RSAParameters { Modulus = Number(key, "n"), Exponent = Number(key, "e") });
        return PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Some HSMs drop leading zeros and some put one too many.</summary>
    private static byte[] Number(JsonElement key, string name, int size = 0)
    {
        byte[] number = Base64Text.Decode(StrictJson.String(key, name)).AsSpan().TrimStart((byte)0).ToArray();
        return number.Length == 0 || (size > 0 && number.Length > size)
            ? throw new FormatException($"'{name}' is no number of this kind of key")
            : number.Length >= size ? number : [.. new byte[size - number.Length], .. number];
    }

    private static bool Signs(JsonElement key)
    {
        if (!key.TryGetProperty("key_ops", out JsonElement operations) || operations.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        return operations.EnumerateArray().Any(static o => o.ValueKind == JsonValueKind.String && o.ValueEquals("sign"));
    }
}
