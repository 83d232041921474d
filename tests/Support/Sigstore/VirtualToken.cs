using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SigstorePS.Support.Sigstore;

/// <summary>An issuer whose tokens a <see cref="VirtualFulcio"/> takes.</summary>
/// <param name="Url">The issuer.</param>
/// <param name="Type"><c>email</c>, <c>username</c>, <c>uri</c>, <c>spiffe</c> or <c>github-workflow</c>.</param>
/// <param name="Audience">Whom its tokens must be for.</param>
/// <param name="Key">Its key (ES256); null: it is asked for its keys.</param>
/// <param name="IssuerClaim">Member of <c>federated_claims</c> that is written as issuer; null: <c>iss</c>.</param>
internal sealed record VirtualIssuance(
    string Url, string Type = "email", string Audience = "sigstore", ECDsa? Key = null, string? IssuerClaim = null);

/// <summary>JSON web tokens (RFC 7519): made, and verified.</summary>
internal static class VirtualToken
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false });

    public static string Make(ECDsa key, JsonObject claims)
    {
        string signed = $"{Part("""{"alg":"ES256","typ":"JWT"}""")}.{Part(claims.ToJsonString())}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The claims of a token that one of the issuers signed for its audience, valid now; null: of none.</summary>
    public static async Task<(VirtualIssuance Issuer, JsonElement Claims)?> VerifyAsync(
        string token, IReadOnlyList<VirtualIssuance> issuers, DateTimeOffset now)
    {
        if (token.Split('.') is not [var head, var body, var tail])
        {
            return null;
        }

        JsonElement header = Read(head);
        JsonElement claims = Read(body);
        VirtualIssuance? issuer = issuers.FirstOrDefault(i => i.Url == claims.GetProperty("iss").GetString());
        bool mine = issuer is not null && Audiences(claims).Contains(issuer.Audience)
            && claims.GetProperty("exp").GetInt64() > now.ToUnixTimeSeconds();
        byte[] signed = Encoding.ASCII.GetBytes($"{head}.{body}");
        return mine && await IsSignedAsync(issuer!, header, signed, Base64Url.DecodeFromChars(tail))
            ? (issuer!, claims) : null;
    }

    private static IEnumerable<string?> Audiences(JsonElement claims) =>
        claims.GetProperty("aud") is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(static a => a.GetString()) : [claims.GetProperty("aud").GetString()];

    private static async Task<bool> IsSignedAsync(
        VirtualIssuance issuer, JsonElement header, byte[] signed, byte[] signature)
    {
        if (issuer.Key is { } known)
        {
            return header.GetProperty("alg").GetString() == "ES256"
                && known.VerifyData(signed, signature, HashAlgorithmName.SHA256);
        }

        JsonElement discovery = await Http.GetFromJsonAsync<JsonElement>(
            new Uri($"{issuer.Url.TrimEnd('/')}/.well-known/openid-configuration"));
        JsonElement keys = await Http.GetFromJsonAsync<JsonElement>(
            new Uri(discovery.GetProperty("jwks_uri").GetString()!));
        return keys.GetProperty("keys").EnumerateArray().Any(key => Verifies(key, signed, signature));
    }

    private static bool Verifies(JsonElement key, byte[] signed, byte[] signature)
    {
        byte[] Number(string name) => Base64Url.DecodeFromChars(key.GetProperty(name).GetString());
        if (key.GetProperty("kty").GetString() == "RSA")
        {
            using RSA rsa = RSA.Create(new RSAParameters { Modulus = Number("n"), Exponent = Number("e") });
            return rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using ECDsa ec = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Number("x"), Y = Number("y") },
        });
        return ec.VerifyData(signed, signature, HashAlgorithmName.SHA256);
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static JsonElement Read(string part) =>
        JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement;
}
