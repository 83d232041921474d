using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SigstorePS.Support.Oidc;

/// <summary>
/// An OpenID Connect issuer in this process, on a loopback port, with the routes of dex: discovery, keys, browser login
/// with PKCE, out-of-band codes, device codes, client credentials. Whoever comes to its login page is logged in at
/// once as <see cref="Subject"/>. It lies when told to.
/// </summary>
internal sealed class VirtualIssuer : IAsyncDisposable
{
    public const string OutOfBand = "urn:ietf:wg:oauth:2.0:oob";

    private readonly WebApplication _server;
    private readonly TimeProvider _clock;
    private readonly IssuerKeys _keys = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentDictionary<string, IssuedCode> _codes = new(StringComparer.Ordinal);

    private VirtualIssuer(TimeProvider clock)
    {
        _clock = clock;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        string root = _server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        Issuer = new Uri($"{root}/auth");
    }

    /// <summary>Has a path, as the public one has, so that a Uri adds no slash to its name.</summary>
    public Uri Issuer { get; }

    /// <summary>The name in discovery document and tokens.</summary>
    public string Name => Issuer.AbsoluteUri;

    public IssuerLie Lie { get; set; }

    /// <summary>RS256 or ES256.</summary>
    public string Algorithm { get; set; } = "RS256";

    public string Subject { get; set; } = "CgVqb2huMRIFbG9jYWw";

    public string? Email { get; set; } = "jane@example.com";

    public string ClientId { get; set; } = "sigstore";

    /// <summary>Null: a public client.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>How a client shows its secret; null: not said.</summary>
    public string[]? ClientAuthentication { get; set; }

    /// <summary>Says <c>iss</c> with the code, and announces that it does (RFC 9207).</summary>
    public bool NamesItself { get; set; }

    /// <summary>Refuses the login at its page: error and description.</summary>
    public (string Error, string? Description)? Refusal { get; set; }

    /// <summary>Answers of the token endpoint to a device code before it gives the token, as error codes.</summary>
    public ConcurrentQueue<string> DeviceAnswers { get; } = new();

    /// <summary>Of a device code, in seconds; null leaves it out.</summary>
    public int? DeviceInterval { get; set; } = 5;

    /// <summary>Of a device code, in seconds.</summary>
    public int DeviceLife { get; set; } = 300;

    /// <summary>Members put into a device answer beside or over the usual ones.</summary>
    public JsonObject? DeviceExtra { get; set; }

    public TimeSpan Life { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Status to answer everything with, so many times.</summary>
    public (int Status, int Times) Outage { get; set; }

    /// <summary>The token endpoint takes so long.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Method and path of everything asked, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>The form that came to the token endpoint last.</summary>
    public IReadOnlyDictionary<string, string> LastForm { get; private set; } = new Dictionary<string, string>();

    /// <summary>Everything it gave that nobody may show: codes and tokens.</summary>
    public ConcurrentQueue<string> Secrets { get; } = new();

    /// <summary>JSON Web Key Set.</summary>
    public string Keys => _keys.Json;

    /// <param name="clock">Times the tokens; null: the real one.</param>
    public static VirtualIssuer Start(TimeProvider? clock = null) => new(clock ?? TimeProvider.System);

    /// <summary>A signed token.</summary>
    /// <param name="subject">Null: <see cref="Subject"/>.</param>
    /// <param name="email">Put in as verified; null: none.</param>
    /// <param name="audience">Of the token.</param>
    /// <param name="lifetime">From now; negative for one that has expired; null: <see cref="Life"/>.</param>
    /// <param name="extra">Claims beside or over the usual ones; a null value takes one out.</param>
    public string Mint(
        string? subject = null, string? email = null, string audience = "sigstore", TimeSpan? lifetime = null,
        JsonObject? extra = null)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        TimeSpan life = lifetime ?? Life;
        JsonObject claims = new()
        {
            ["iss"] = Name,
            ["sub"] = subject ?? Subject,
            ["aud"] = audience,
            ["exp"] = (now + life).ToUnixTimeSeconds(),
            ["iat"] = (life < TimeSpan.Zero ? now + life + life : now).ToUnixTimeSeconds(),
        };
        if (email is not null)
        {
            claims["email"] = email;
            claims["email_verified"] = true;
        }

        foreach ((string name, JsonNode? value) in extra ?? [])
        {
            if (value is null)
            {
                claims.Remove(name);
            }
            else
            {
                claims[name] = value.DeepClone();
            }
        }

        return Sign(claims);
    }

    /// <summary>A compact JWS over any claims.</summary>
    public string Sign(JsonObject claims, bool unsigned = false)
    {
        string token = _keys.Sign(claims, unsigned ? "none" : Algorithm);
        Secrets.Enqueue(token);
        return token;
    }

    /// <summary>Whether a token is of this issuer and in time, as a certificate authority looks at it.</summary>
    /// <param name="token">Compact serialization.</param>
    /// <param name="audience">That it must have.</param>
    /// <param name="claims">When it is.</param>
    public bool TryVerify(string token, string audience, [NotNullWhen(true)] out JsonObject? claims)
    {
        claims = _keys.Verify(token);
        bool forUs = claims?["aud"] is JsonArray several
            ? several.Any(a => (string?)a == audience) : (string?)claims?["aud"] == audience;
        claims = forUs && (string?)claims!["iss"] == Name
            && (long?)claims["exp"] > _clock.GetUtcNow().ToUnixTimeSeconds() ? claims : null;
        return claims is not null;
    }

    public void ClearRequests() => _requests.Clear();

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _keys.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        _requests.Enqueue($"{request.Method} {request.Path}");
        if (Outage.Times > 0)
        {
            Outage = (Outage.Status, Outage.Times - 1);
            context.Response.Headers.RetryAfter = "0";
            await ErrorAsync(context, "temporarily_unavailable", "later", Outage.Status);
            return;
        }

        await ((request.Method, request.Path.Value) switch
        {
            ("GET", "/auth/.well-known/openid-configuration") => DiscoveryAsync(context),
            ("GET", "/auth/keys") => WriteAsync(context, Keys),
            ("GET", "/auth/auth") => AuthorizeAsync(context),
            ("POST", "/auth/device/code") => DeviceAsync(context),
            ("POST", "/auth/token") => TokenAsync(context),
            _ => ErrorAsync(context, "not_found", null, 404),
        });
    }

    private Task DiscoveryAsync(HttpContext context)
    {
        if (Lie is IssuerLie.Garbage or IssuerLie.Huge)
        {
            return WriteAsync(context, Lie == IssuerLie.Garbage
                ? "<html>" : $$"""{"issuer":"{{Name}}","x":"{{new string('x', 2 * 1024 * 1024)}}"}""");
        }

        JsonObject document = new()
        {
            ["issuer"] = Lie == IssuerLie.NamesAnother ? $"{Name}/" : Name,
            ["authorization_endpoint"] =
                Lie == IssuerLie.PlainHttpEndpoint ? "http://login.example.com/auth" : $"{Name}/auth",
            ["token_endpoint"] = $"{Name}/token",
            ["jwks_uri"] = $"{Name}/keys",
            ["device_authorization_endpoint"] = $"{Name}/device/code",
            ["grant_types_supported"] = new JsonArray(
                "authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"),
            ["response_types_supported"] = new JsonArray("code"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "ES256"),
            ["code_challenge_methods_supported"] =
                Lie == IssuerLie.NoS256 ? new JsonArray("plain") : new JsonArray("S256", "plain"),
            ["scopes_supported"] = new JsonArray("openid", "email"),
        };
        if (Lie == IssuerLie.NoDevice)
        {
            document.Remove("device_authorization_endpoint");
        }

        if (Lie == IssuerLie.NoToken)
        {
            document.Remove("token_endpoint");
        }

        if (ClientAuthentication is not null)
        {
            document["token_endpoint_auth_methods_supported"] =
                new JsonArray([.. ClientAuthentication.Select(static m => (JsonNode)m)]);
        }

        if (NamesItself)
        {
            document["authorization_response_iss_parameter_supported"] = true;
        }

        return WriteAsync(context, document.ToJsonString());
    }

    private Task AuthorizeAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string redirect = query["redirect_uri"].ToString();
        string scopes = query["scope"].ToString();
        if (query["client_id"] != ClientId || query["response_type"] != "code"
            || query["code_challenge_method"] != "S256" || query["code_challenge"].ToString().Length != 43
            || query["state"].ToString().Length < 22 || !scopes.Split(' ').Contains("openid")
            || !(redirect == OutOfBand || (new Uri(redirect) is { IsLoopback: true, Scheme: "http" })))
        {
            return ErrorAsync(context, "invalid_request", "bad login request");
        }

        string code = NewSecret();
        _codes[code] = new IssuedCode(
            query["code_challenge"].ToString(), redirect,
            Lie switch
            {
                IssuerLie.WrongNonce => "another nonce",
                IssuerLie.NoNonce => null,
                _ => query["nonce"].ToString(),
            });
        if (redirect == OutOfBand)
        {
            return WriteAsync(context, code, "text/plain");
        }

        List<string> answer = [];
        if (Refusal is { } refusal)
        {
            answer.Add($"error={Uri.EscapeDataString(refusal.Error)}");
            if (refusal.Description is not null)
            {
                answer.Add($"error_description={Uri.EscapeDataString(refusal.Description)}");
            }
        }
        else if (Lie != IssuerLie.NoCode)
        {
            answer.Add($"code={Uri.EscapeDataString(code)}");
        }

        if (Lie != IssuerLie.NoState)
        {
            string state = Lie == IssuerLie.WrongState ? NewSecret() : query["state"].ToString();
            answer.Add($"state={Uri.EscapeDataString(state)}");
        }

        if (NamesItself || Lie == IssuerLie.WrongIss)
        {
            string name = Lie == IssuerLie.WrongIss ? "https://issuer.example" : Name;
            answer.Add($"iss={Uri.EscapeDataString(name)}");
        }

        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = $"{redirect}?{string.Join('&', answer)}";
        return Task.CompletedTask;
    }

    private async Task DeviceAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        if (!KnowsClient(context, form) || form["code_challenge_method"] != "S256")
        {
            await ErrorAsync(context, "invalid_client", null, 401);
            return;
        }

        string code = NewSecret();
        _codes[code] = new IssuedCode(form["code_challenge"].ToString(), null, null);
        JsonObject answer = new()
        {
            ["device_code"] = code,
            ["user_code"] = "WDJB-MJHT",
            ["verification_uri"] = $"{Name}/device",
            ["verification_uri_complete"] = $"{Name}/device?user_code=WDJB-MJHT",
            ["expires_in"] = DeviceLife,
        };
        if (DeviceInterval is { } interval)
        {
            answer["interval"] = interval;
        }

        foreach ((string name, JsonNode? value) in DeviceExtra ?? [])
        {
            if (value is null)
            {
                answer.Remove(name);
            }
            else
            {
                answer[name] = value.DeepClone();
            }
        }

        await WriteAsync(context, answer.ToJsonString());
    }

    private async Task TokenAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        LastForm = form.ToDictionary(static f => f.Key, static f => f.Value.ToString(), StringComparer.Ordinal);
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, context.RequestAborted);
        }

        if (Lie == IssuerLie.RedirectsElsewhere)
        {
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = "http://localhost:1/steal";
            return;
        }

        if (Lie == IssuerLie.EchoesSecrets)
        {
            string said = string.Join(" and ", LastForm.Values) + "\u001b[31m\r\n";
            await ErrorAsync(context, "invalid_grant", said);
            return;
        }

        if (!KnowsClient(context, form))
        {
            await ErrorAsync(context, "invalid_client", "Invalid client credentials.", 401);
            return;
        }

        switch (form["grant_type"].ToString())
        {
            case "authorization_code":
                await RedeemAsync(context, form, form["code"].ToString());
                break;
            case "urn:ietf:params:oauth:grant-type:device_code":
                await (DeviceAnswers.TryDequeue(out string? error)
                    ? ErrorAsync(context, error, null) : RedeemAsync(context, form, form["device_code"].ToString()));
                break;
            case "client_credentials" when ClientSecret is not null:
                string audience = form["audience"].ToString() is { Length: > 0 } asked ? asked : ClientId;
                await GiveAsync(context, null, audience, ClientId, null);
                break;
            default:
                await ErrorAsync(context, "unsupported_grant_type", null);
                break;
        }
    }

    private async Task RedeemAsync(HttpContext context, IFormCollection form, string code)
    {
        string challenge = Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        await (_codes.TryRemove(code, out IssuedCode? issued) && issued.Challenge == challenge
            && (issued.RedirectUri is null || issued.RedirectUri == form["redirect_uri"].ToString())
            ? GiveAsync(context, issued.Nonce, ClientId, Subject, Email)
            : ErrorAsync(context, "invalid_grant", "Invalid or expired code parameter."));
    }

    private Task GiveAsync(HttpContext context, string? nonce, string audience, string subject, string? email)
    {
        JsonObject extra = [];
        if (nonce is not null)
        {
            extra["nonce"] = nonce;
        }

        switch (Lie)
        {
            case IssuerLie.WrongIssuer:
                extra["iss"] = "https://issuer.example";
                break;
            case IssuerLie.WrongAudience:
                extra["aud"] = "somebody-else";
                break;
            case IssuerLie.NotYet:
                extra["nbf"] = (_clock.GetUtcNow() + TimeSpan.FromHours(2)).ToUnixTimeSeconds();
                extra["exp"] = (_clock.GetUtcNow() + TimeSpan.FromHours(3)).ToUnixTimeSeconds();
                break;
        }

        string token = Mint(
            subject, email, audience, Lie == IssuerLie.Expired ? TimeSpan.FromHours(-1) : null, extra);
        if (Lie == IssuerLie.Unsigned)
        {
            token = Sign(
                JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject(), unsigned: true);
        }

        JsonObject answer = new()
        {
            ["access_token"] = NewSecret(), ["token_type"] = "bearer", ["expires_in"] = 600,
        };
        if (Lie != IssuerLie.NoIdToken)
        {
            answer["id_token"] = Lie == IssuerLie.HugeToken ? new string('A', 300_000) : token;
        }

        return WriteAsync(context, answer.ToJsonString());
    }

    private bool KnowsClient(HttpContext context, IFormCollection form)
    {
        if (ClientSecret is null)
        {
            return form["client_id"] == ClientId && context.Request.Headers.Authorization.Count == 0;
        }

        if (ClientAuthentication is ["client_secret_post"])
        {
            return form["client_id"] == ClientId && form["client_secret"] == ClientSecret;
        }

        string pair = $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}";
        return !form.ContainsKey("client_secret") && context.Request.Headers.Authorization
            == $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))}";
    }

    private string NewSecret()
    {
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        Secrets.Enqueue(secret);
        return secret;
    }

    private static Task ErrorAsync(HttpContext context, string error, string? description, int status = 400)
    {
        context.Response.StatusCode = status;
        JsonObject answer = new() { ["error"] = error };
        if (description is not null)
        {
            answer["error_description"] = description;
        }

        return WriteAsync(context, answer.ToJsonString());
    }

    private static Task WriteAsync(HttpContext context, string text, string type = "application/json")
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text);
    }

    private sealed record IssuedCode(string Challenge, string? RedirectUri, string? Nonce);
}
