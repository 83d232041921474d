using System.Collections.Concurrent;
using System.Net;
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
/// The endpoints that CI systems and clouds have for identity tokens, on a loopback port. Each answers the documented
/// request with the documented reply, and anything else as the real one refuses it.
/// </summary>
internal sealed class VirtualProviders : IAsyncDisposable
{
    public const string RequestToken = "request-token-0123456789abcdef";
    public const string AccessToken = "ya29.access-token-0123456789abcdef";
    public const string RefreshToken = "1//refresh-token-0123456789abcdef";
    public const string ClientSecret = "GOCSPX-client-secret-0123456789";
    public const string Account = "signer@project.iam.gserviceaccount.com";

    private readonly WebApplication _server;
    private readonly IssuerKeys _keys = new();
    private readonly TimeProvider _clock;
    private readonly ConcurrentQueue<string> _requests = new();

    private VirtualProviders(TimeProvider clock)
    {
        _clock = clock;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        Address = new Uri(_server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public Uri Address { get; }

    /// <summary>Answers everything; null: as the real ones do.</summary>
    public Func<HttpContext, Task>? Fault { get; set; }

    /// <summary>Claims over the usual ones; a null value takes one out.</summary>
    public JsonObject Claims { get; set; } = [];

    public string Algorithm { get; set; } = "RS256";

    /// <summary>Everything asked: method, path with query, and whether a credential came with it.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>What nobody may show.</summary>
    public ConcurrentBag<string> Secrets { get; } = [RequestToken, AccessToken, RefreshToken, ClientSecret];

    /// <summary>Checks the statement that a service account signs; null: none is known.</summary>
    public Func<string, bool>? Assertion { get; set; }

    public static VirtualProviders Start(TimeProvider? clock = null) => new(clock ?? TimeProvider.System);

    /// <summary>A token for an audience, with <see cref="Claims"/>.</summary>
    public string Mint(string audience)
    {
        long now = _clock.GetUtcNow().ToUnixTimeSeconds();
        JsonObject claims = new()
        {
            ["iss"] = "https://issuer.example", ["sub"] = "job:1", ["aud"] = audience, ["iat"] = now, ["nbf"] = now,
            ["exp"] = now + 300,
        };
        foreach ((string name, JsonNode? value) in Claims)
        {
            _ = value is null && claims.Remove(name);
            if (value is not null)
            {
                claims[name] = value.DeepClone();
            }
        }

        string token = _keys.Sign(claims, Algorithm);
        Secrets.Add(token);
        foreach (string part in token.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            Secrets.Add(part);
        }

        return token;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _keys.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        using StreamReader reader = new(request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync();
        string credential = request.Headers.Authorization.ToString();
        _requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}{(credential.Length > 0 ? " +" : "")}");
        if (Fault is { } fault)
        {
            await fault(context);
            return;
        }

        string? path = request.Path.Value;
        string audience = request.Query["audience"].ToString();
        await ((request.Method, path) switch
        {
            // docs.github.com/actions/reference/security/oidc: the bearer, &audience=, the answer's value.
            ("GET", "/github/token") when request.Query["api-version"] == "2.0" => credential == $"bearer {RequestToken}"
                ? ReplyAsync(context, new() { ["count"] = 1234, ["value"] = Mint(audience) })
                : RefuseAsync(context, 401),

            // buildkite/agent api/oidc.go and api/client.go: JSON in, JSON out, scheme Token.
            ("POST", "/v3/jobs/job-1/oidc/tokens") => credential == $"Token {RequestToken}"
                ? ReplyAsync(context, new() { ["token"] = Mint((string)JsonNode.Parse(body)!["audience"]!) })
                : RefuseAsync(context, 401),

            // learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
            ("POST", "/org/project/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken") => (credential,
                    request.Query["api-version"].ToString(), request.Headers["X-TFS-FedAuthRedirect"].ToString()) switch
                {
                    ($"Bearer {RequestToken}", "7.1-preview.1", _) => ReplyAsync(
                        context, new() { ["oidcToken"] = Mint("api://AzureADTokenExchange") }),
                    (_, _, "Suppress") => RefuseAsync(context, 401),
                    _ => RedirectAsync(context, "https://login.example/signin"),
                },

            // cloud.google.com/compute/docs/metadata: the flavor both ways; no flavor, no answer.
            ("GET", _) when path!.StartsWith("/computeMetadata/v1/", StringComparison.Ordinal) =>
                MetadataAsync(context, path["/computeMetadata/v1/instance/service-accounts/default/".Length..], audience),

            // cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
            ("POST", $"/v1/projects/-/serviceAccounts/{Account}:generateIdToken") => credential == $"Bearer {AccessToken}"
                    && (bool)JsonNode.Parse(body)!["includeEmail"]!
                ? ReplyAsync(context, new() { ["token"] = Mint((string)JsonNode.Parse(body)!["audience"]!) })
                : RefuseAsync(context, 403),

            // RFC 6749 section 6 and RFC 7523 section 2.1, as developers.google.com/identity/protocols/oauth2 has them.
            ("POST", "/oauth2/token") => Exchange(body)
                ? ReplyAsync(context, new() { ["access_token"] = AccessToken, ["expires_in"] = 3599, ["token_type"] = "Bearer" })
                : RefuseAsync(context, 400),
            _ => RefuseAsync(context, 404),
        });
    }

    private bool Exchange(string body)
    {
        Dictionary<string, string> form = body.Split('&').Select(static p => p.Split('=', 2))
            .ToDictionary(static p => p[0], static p => WebUtility.UrlDecode(p[1]));
        return form["grant_type"] switch
        {
            "refresh_token" => form["refresh_token"] == RefreshToken && form["client_secret"] == ClientSecret,
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => Assertion?.Invoke(form["assertion"]) == true,
            _ => false,
        };
    }

    private Task MetadataAsync(HttpContext context, string what, string audience)
    {
        if (context.Request.Headers["Metadata-Flavor"] != "Google")
        {
            return RefuseAsync(context, 403);
        }

        context.Response.Headers["Metadata-Flavor"] = "Google";
        return what switch
        {
            "identity" when context.Request.Query["format"] == "full" => TextAsync(context, Mint(audience)),
            "token" => ReplyAsync(
                context, new() { ["access_token"] = AccessToken, ["expires_in"] = 3599, ["token_type"] = "Bearer" }),
            _ => RefuseAsync(context, 404),
        };
    }

    private static Task TextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync(text);
    }

    private static Task ReplyAsync(HttpContext context, JsonObject json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString());
    }

    private static Task RedirectAsync(HttpContext context, string where)
    {
        context.Response.Redirect(where);
        return Task.CompletedTask;
    }

    /// <summary>As a careless server does, it says back what it was sent.</summary>
    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($"{{\"message\":\"no: {context.Request.Headers.Authorization}\"}}");
    }
}
