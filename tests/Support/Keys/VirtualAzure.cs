using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Encodings;

namespace SigstorePS.Support.Keys;

/// <summary>
/// Imitates Azure, over TLS, strictly: what a document does not have is refused and noted in <see cref="Violations"/>.
/// <list type="bullet">
/// <item>Key Vault: learn.microsoft.com/rest/api/keyvault/keys get-key, create-key, get-key-versions and sign, api-version
/// 2025-07-01. GET /keys/{name}/versions → KeyListResult <c>{"value":[{"kid","attributes"}],"nextLink"}</c>;
/// GET /keys/{name}/{version} → KeyBundle <c>{"key":{"kid","kty","key_ops","crv","x","y","n","e"},"attributes",...}</c>;
/// POST /keys/{name}/create <c>{"kty","crv","key_size","key_ops","attributes","tags"}</c> → KeyBundle;
/// POST /keys/{name}/{version}/sign <c>{"alg","value"}</c> → <c>{"kid","value"}</c>, base64url. Failures are KeyVaultError
/// <c>{"error":{"code","message","innererror":{"code"}}}</c> (learn.microsoft.com/azure/key-vault/general/rest-error-codes),
/// a 401 has the challenge of learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses.</item>
/// <item>Entra: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, "first case" (client_secret)
/// and "third case" (client_assertion): POST /{tenant}/oauth2/v2.0/token, a form.</item>
/// <item>Managed identity: learn.microsoft.com/azure/app-service/overview-managed-identity, "REST endpoint reference": GET
/// with resource, api-version 2019-08-01 and the header X-IDENTITY-HEADER.</item>
/// </list>
/// </summary>
public sealed class VirtualAzure : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Client = "99999999-8888-7777-6666-555555555555";
    public const string ClientSecret = "client~secret~value~0815";
    public const string FederatedToken = "eyJhbGciOiJub25lIn0.federated~token~value.x";
    public const string IdentityHeader = "identity~header~value~4711";
    public const string Scope = "https://vault.azure.net/.default";

    /// <summary>What every request to the vault is to carry.</summary>
    public const string Token = "eyJ0eXAiOiJKV1QifQ.access~token~value~of~azure.y";

    private const string ApiVersion = "2025-07-01";
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly X509Certificate2 _certificate = LoopbackCertificate.Create();
    private readonly LoopbackServer _server;
    private readonly List<VirtualAzureKey> _keys = [];

    public VirtualAzure() => _server = LoopbackServer.Start(HandleAsync, _certificate);

    /// <summary><c>https://127.0.0.1:port</c>.</summary>
    public string Address => _server.Address;

    /// <summary>Host and port.</summary>
    public string Host => Address["https://".Length..];

    /// <summary>For KeyWorld.</summary>
    public X509Certificate2Collection Roots => [X509CertificateLoader.LoadCertificate(_certificate.RawData)];

    /// <summary>PEM, for a process that is to trust it.</summary>
    public string RootPem => _certificate.ExportCertificatePem();

    /// <summary>Requests so far: method and path, no query.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What was not as the documents have it.</summary>
    public ConcurrentQueue<string> Violations { get; } = [];

    /// <summary>Whether the caller has the right to list versions.</summary>
    public bool MayList { get; set; } = true;

    /// <summary>Answers in the place of the imitation; false: has not.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    public VirtualAzureKey Add(string name, string type, int bits)
    {
        VirtualAzureKey key = new()
        {
            Name = name, Type = type,
            Pair = type.StartsWith("EC", StringComparison.Ordinal)
                ? CloudKeyMaterial.Ec(bits) : CloudKeyMaterial.Rsa(bits),
        };
        lock (_keys)
        {
            _keys.Add(key);
        }

        return key;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    /// <summary>A KeyVaultError.</summary>
    public static Task FailAsync(HttpContext context, int status, string code, string message, string? inner = null)
    {
        JsonObject error = new() { ["code"] = code, ["message"] = message };
        if (inner is not null)
        {
            error["innererror"] = new JsonObject { ["code"] = inner };
        }

        return WriteAsync(context, status, new JsonObject { ["error"] = error });
    }

    public static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.Body.WriteAsync(CompactJson.Bytes(body)).AsTask();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (Instead is { } instead && await instead(context))
        {
            return;
        }

        await (path.Split('/') switch
        {
            ["", Tenant, "oauth2", "v2.0", "token"] => TokenAsync(context),
            ["", "msi", "token"] => ManagedAsync(context),
            ["", "keys", ..] => VaultAsync(context),
            _ => BadAsync(context, $"no such path: {path}"),
        });
    }

    private async Task TokenAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        bool known = form["client_id"] == Client
            && (form["client_secret"] == ClientSecret
                || (form["client_assertion"] == FederatedToken && form["client_assertion_type"] == AssertionType));
        if (form["grant_type"] != "client_credentials" || !form["scope"].ToString().Split(' ').Contains(Scope))
        {
            await BadAsync(context, $"a token for {form["grant_type"]} and {form["scope"]}");
        }
        else if (!known)
        {
            await WriteAsync(context, 401, new JsonObject
            {
                ["error"] = "invalid_client",
                ["error_description"] = "AADSTS7000215: Invalid client secret provided: "
                    + $"{form["client_secret"]}{form["client_assertion"]}\r\nTrace ID: 0000",
                ["error_codes"] = new JsonArray(7000215),
            });
        }
        else
        {
            await WriteAsync(context, 200, new JsonObject
            {
                ["token_type"] = "Bearer", ["expires_in"] = 3599, ["ext_expires_in"] = 3599, ["access_token"] = Token,
            });
        }
    }

    private Task ManagedAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        if (query["api-version"] != "2019-08-01" || query["resource"] != "https://vault.azure.net")
        {
            return BadAsync(context, $"a managed identity for {context.Request.QueryString}");
        }

        return context.Request.Headers["X-IDENTITY-HEADER"] != IdentityHeader
            ? WriteAsync(context, 403, new JsonObject { ["statusCode"] = 403, ["message"] = "wrong header" })
            : WriteAsync(context, 200, new JsonObject
            {
                ["access_token"] = Token, ["client_id"] = Client, ["resource"] = "https://vault.azure.net",
                ["expires_on"] = $"{DateTimeOffset.UtcNow.AddHours(24).ToUnixTimeSeconds()}", ["token_type"] = "Bearer",
            });
    }

    private async Task VaultAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string authorization = request.Headers.Authorization.ToString();
        if (authorization != $"Bearer {Token}")
        {
            context.Response.Headers.WWWAuthenticate =
                $"Bearer authorization=\"https://login.windows.net/{Tenant}\", resource=\"https://vault.azure.net\"";
            await FailAsync(context, 401, "Unauthorized", $"AKV10000: Request is missing a valid token {authorization}");
            return;
        }

        if (request.Query.Count != 1 || request.Query["api-version"] != ApiVersion)
        {
            await BadAsync(context, $"api version {request.QueryString}");
            return;
        }

        JsonObject? body = request.Method == "POST"
            ? (await JsonNode.ParseAsync(request.Body))!.AsObject() : null;
        await ((request.Method, request.Path.Value!.Split('/')) switch
        {
            ("GET", ["", "keys", var name]) => GetAsync(context, name, ""),
            ("GET", ["", "keys", var name, "versions"]) => ListAsync(context, name),
            ("GET", ["", "keys", var name, var version]) => GetAsync(context, name, version),
            ("POST", ["", "keys", var name, "create"]) => CreateAsync(context, name, body!),
            ("POST", ["", "keys", var name, { Length: > 0 } version, "sign"]) => SignAsync(context, name, version, body!),
            _ => BadAsync(context, $"no such operation: {request.Method} {request.Path}"),
        });
    }

    private VirtualAzureKey? Find(string name, string version)
    {
        lock (_keys)
        {
            return _keys.LastOrDefault(k => k.Name == name && (version.Length == 0 || k.Version == version));
        }
    }

    private Task GetAsync(HttpContext context, string name, string version) =>
        Find(name, version) is { } key
            ? WriteAsync(context, 200, key.Bundle(Address))
            : FailAsync(context, 404, "KeyNotFound",
                $"A key with (name/id) {name}/{version} was not found in this key vault.");

    private Task ListAsync(HttpContext context, string name)
    {
        if (!MayList)
        {
            return FailAsync(context, 403, "Forbidden", "The user does not have keys list permission.", "AccessDenied");
        }

        lock (_keys)
        {
            return WriteAsync(context, 200, new JsonObject
            {
                ["value"] = new JsonArray([.. _keys.Where(k => k.Name == name).Select(k => new JsonObject
                {
                    ["kid"] = $"{Address}/keys/{name}/{k.Version}",
                    ["attributes"] = new JsonObject { ["enabled"] = k.Enabled },
                })]),
                ["nextLink"] = null,
            });
        }
    }

    private Task CreateAsync(HttpContext context, string name, JsonObject body)
    {
        string type = (string)body["kty"]!;
        bool ec = type.StartsWith("EC", StringComparison.Ordinal);
        if (type is not ("EC" or "EC-HSM" or "RSA" or "RSA-HSM")
            || ec != (body["crv"] is not null) || ec == (body["key_size"] is not null)
            || body["key_ops"]?.ToJsonString() != """["sign","verify"]""")
        {
            return BadAsync(context, $"a key of {body.ToJsonString()}");
        }

        int bits = ec ? int.Parse(((string)body["crv"]!)[2..], CultureInfo.InvariantCulture) : (int)body["key_size"]!;
        return WriteAsync(context, 200, Add(name, type, bits).Bundle(Address));
    }

    private Task SignAsync(HttpContext context, string name, string version, JsonObject body)
    {
        if (Find(name, version) is not { } key)
        {
            return FailAsync(context, 404, "KeyNotFound", $"A key with (name/id) {name}/{version} was not found.");
        }

        if (!key.Enabled)
        {
            return FailAsync(
                context, 403, "Forbidden", "Operation sign is not allowed on a disabled key.", "KeyDisabled");
        }

        if (body.Count != 2 || body["alg"] is null || body["value"] is null)
        {
            return BadAsync(context, $"a signature for {body.ToJsonString()}");
        }

        byte[]? signature = key.Sign((string)body["alg"]!, Base64Url.DecodeFromChars((string)body["value"]!));
        return signature is null
            ? FailAsync(context, 400, "BadParameter", "Key and signing algorithm are incompatible.")
            : WriteAsync(context, 200, new JsonObject
            {
                ["kid"] = $"{Address}/keys/{name}/{version}", ["value"] = Base64Url.EncodeToString(signature),
            });
    }

    private Task BadAsync(HttpContext context, string what)
    {
        Violations.Enqueue(what);
        return FailAsync(context, 400, "BadParameter", what);
    }
}
