using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Registry;

/// <summary>Who may do what: Basic, or tokens from <c>/token</c> of the same host.</summary>
internal sealed class LoopbackTokens(LoopbackRegistryOptions options, LoopbackRegistry registry)
{
    private static readonly string Basic = "Basic "
        + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{LoopbackRegistryOptions.User}:{LoopbackRegistryOptions.Password}"));

    private readonly ConcurrentDictionary<string, (string[] Scopes, DateTime Until)> _issued = new();

    public bool Allows(HttpContext context, string repository, string kind)
    {
        string? authorization = context.Request.Headers.Authorization;
        string action = context.Request.Method switch
        {
            "GET" or "HEAD" => "pull",
            "DELETE" when kind == "manifests" => "delete",
            _ => "push",
        };
        string scope = kind.Length == 0 ? "" : $"repository:{repository}:{action}";
        switch (options.Auth)
        {
            case LoopbackAuth.Basic when authorization != Basic:
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"loopback\"";
                return false;
            case LoopbackAuth.Token when !HasToken(authorization, repository, action):
                context.Response.Headers.WWWAuthenticate =
                    $"Bearer realm=\"{registry.Scheme}://{registry.Host}/token\",service=\"loopback\""
                    + (scope.Length == 0 ? "" : $",scope=\"{scope}\"");
                return false;
            default:
                return true;
        }
    }

    /// <summary>Makes every token given out so far worthless.</summary>
    public void Revoke() => _issued.Clear();

    public async Task IssueAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool known;
        string[] scopes;
        if (request.Method == "POST")
        {
            if (options.NoTokenPost)
            {
                context.Response.StatusCode = 405;
                return;
            }

            IFormCollection form = await request.ReadFormAsync();
            known = form["refresh_token"] == LoopbackRegistryOptions.IdentityToken && form["grant_type"] == "refresh_token";
            scopes = form["scope"].ToString().Split(' ');
        }
        else
        {
            string? authorization = request.Headers.Authorization;
            known = authorization == Basic;
            scopes = [.. request.Query["scope"].OfType<string>()];
            if (authorization is null && options.AnonymousPull)
            {
                scopes = [.. scopes.Where(static s => s.EndsWith(":pull", StringComparison.Ordinal))];
                known = true;
            }
        }

        if (!known)
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"who are you\"}]}");
            return;
        }

        string token = Guid.NewGuid().ToString("N");
        _issued[token] = (scopes, DateTime.UtcNow + options.TokenLife);
        string name = request.Method == "POST" ? "access_token" : "token";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($"{{\"{name}\":\"{token}\",\"expires_in\":{(int)options.TokenLife.TotalSeconds}}}");
    }

    private bool HasToken(string? authorization, string repository, string action) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.Ordinal)
        && _issued.TryGetValue(authorization["Bearer ".Length..], out (string[] Scopes, DateTime Until) token)
        && token.Until > DateTime.UtcNow
        && (repository.Length == 0 || token.Scopes.Any(s => Grants(s, repository, action)));

    private static bool Grants(string scope, string repository, string action)
    {
        string prefix = $"repository:{repository}:";
        return scope.StartsWith(prefix, StringComparison.Ordinal)
            && scope[prefix.Length..].Split(',').Contains(action);
    }
}
