using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Oidc;

/// <summary>
/// OpenID Connect issuers in this process, one for each first segment of the path: discovery, keys, and <c>mint</c>,
/// which gives whom it is told a token without asking anybody.
/// </summary>
internal sealed class StackIssuer : IAsyncDisposable
{
    private const string Audience = "sigstore";
    private const int SecondsValid = 600;

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly LoopbackServer _server;

    public StackIssuer() => _server = LoopbackServer.Start(HandleAsync);

    public string Address => _server.Address;

    public string Issuer(string kind) => $"{Address}/{kind}";

    /// <summary>A token of an issuer. The claims take the place of those that every token has.</summary>
    public string Mint(string kind, JsonObject claims, string algorithm = "RS256")
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        JsonObject header = new() { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = algorithm };
        JsonObject body = new()
        {
            ["iss"] = Issuer(kind),
            ["aud"] = Audience,
            ["iat"] = now,
            ["nbf"] = now - 5,
            ["exp"] = now + SecondsValid,
        };
        foreach ((string name, JsonNode? value) in claims)
        {
            body[name] = value?.DeepClone();
        }

        string signed = $"{Encode(header)}.{Encode(body)}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = algorithm switch
        {
            "RS256" => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => _ecdsa.SignData(
                bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "RS256 or ES256"),
        };
        return $"{signed}.{Base64Url(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _rsa.Dispose();
        _ecdsa.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string[] path = context.Request.Path.Value!.Split('/', 3, StringSplitOptions.RemoveEmptyEntries);
        string kind = path.Length > 0 ? path[0] : "";
        switch (path.Length > 1 ? string.Join('/', path[1..]) : "")
        {
            case ".well-known/openid-configuration":
                await WriteAsync(context, Discovery(kind).ToJsonString());
                break;
            case "keys":
                await WriteAsync(context, Keys().ToJsonString());
                break;
            case "mint":
                JsonObject claims = HttpMethods.IsPost(context.Request.Method)
                    ? (await JsonNode.ParseAsync(context.Request.Body))!.AsObject()
                    : Claims(context.Request.Query);
                await WriteAsync(context, Mint(kind, claims));
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private JsonObject Discovery(string kind) => new()
    {
        ["issuer"] = Issuer(kind),
        ["authorization_endpoint"] = $"{Issuer(kind)}/auth",
        ["token_endpoint"] = $"{Issuer(kind)}/token",
        ["jwks_uri"] = $"{Issuer(kind)}/keys",
        ["response_types_supported"] = new JsonArray("code"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "ES256"),
    };

    private JsonObject Keys()
    {
        RSAParameters rsa = _rsa.ExportParameters(includePrivateParameters: false);
        ECParameters ecdsa = _ecdsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = "RS256",
                    ["n"] = Base64Url(rsa.Modulus!), ["e"] = Base64Url(rsa.Exponent!),
                },
                new JsonObject
                {
                    ["kty"] = "EC", ["use"] = "sig", ["alg"] = "ES256", ["kid"] = "ES256", ["crv"] = "P-256",
                    ["x"] = Base64Url(ecdsa.Q.X!), ["y"] = Base64Url(ecdsa.Q.Y!),
                }),
        };
    }

    /// <summary>What a query can say: text, but for the claims that are numbers or yes and no.</summary>
    private static JsonObject Claims(IQueryCollection query)
    {
        JsonObject claims = [];
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in query)
        {
            string value = values.ToString();
            claims[name] = name switch
            {
                "email_verified" => value == "true",
                "exp" or "iat" or "nbf" => long.Parse(value, CultureInfo.InvariantCulture),
                _ => value,
            };
        }

        return claims;
    }

    private static string Encode(JsonObject part) => Base64Url(JsonSerializer.SerializeToUtf8Bytes(part));

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = text.StartsWith('{') ? "application/json" : "text/plain";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
