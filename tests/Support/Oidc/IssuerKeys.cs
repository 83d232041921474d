using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Support.Oidc;

/// <summary>The keys of a virtual issuer: one RS256, one ES256 (RFC 7515, RFC 7517, RFC 7518).</summary>
internal sealed class IssuerKeys : IDisposable
{
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    // Takes longer than everything else an issuer does.
    private readonly Lazy<RSA> _rsa = new(static () => RSA.Create(2048));
    private readonly string _kid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>JSON Web Key Set.</summary>
    public string Json
    {
        get
        {
            ECParameters ec = _ec.ExportParameters(false);
            RSAParameters rsa = _rsa.Value.ExportParameters(false);
            return new JsonObject
            {
                ["keys"] = new JsonArray(
                    new JsonObject
                    {
                        ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = $"{_kid}-RS256",
                        ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent),
                    },
                    new JsonObject
                    {
                        ["kty"] = "EC", ["use"] = "sig", ["alg"] = "ES256", ["kid"] = $"{_kid}-ES256",
                        ["crv"] = "P-256",
                        ["x"] = Base64Url.EncodeToString(ec.Q.X), ["y"] = Base64Url.EncodeToString(ec.Q.Y),
                    }),
            }.ToJsonString();
        }
    }

    /// <param name="claims">Any.</param>
    /// <param name="algorithm">RS256, ES256 or none.</param>
    /// <returns>A compact JWS.</returns>
    public string Sign(JsonObject claims, string algorithm)
    {
        JsonObject header = new() { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (algorithm != "none")
        {
            header["kid"] = $"{_kid}-{algorithm}";
        }

        string text = $"{Encode(header)}.{Encode(claims)}";
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        byte[] signature = algorithm switch
        {
            "ES256" => _ec.SignData(bytes, HashAlgorithmName.SHA256),
            "RS256" => _rsa.Value.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => [],
        };
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The claims of a compact JWS that one of the keys signed; null for any other text.</summary>
    public JsonObject? Verify(string token)
    {
        if (token.Split('.') is not [string header, string claims, string signature])
        {
            return null;
        }

        try
        {
            byte[] signed = Encoding.ASCII.GetBytes($"{header}.{claims}");
            byte[] bytes = Base64Url.DecodeFromChars(signature);
            bool good = (string?)JsonNode.Parse(Base64Url.DecodeFromChars(header))!["alg"] switch
            {
                "RS256" => _rsa.Value.VerifyData(signed, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                "ES256" => _ec.VerifyData(signed, bytes, HashAlgorithmName.SHA256),
                _ => false,
            };
            return good ? JsonNode.Parse(Base64Url.DecodeFromChars(claims))!.AsObject() : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _ec.Dispose();
        if (_rsa.IsValueCreated)
        {
            _rsa.Value.Dispose();
        }
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(CompactJson.Bytes(json));
}
