using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Keys;

/// <summary>
/// A GitHub Enterprise Server with a repository <c>acme/app</c> and an organisation <c>acme</c>:
/// https://docs.github.com/rest/actions/secrets, "Get a repository public key", "Get a repository secret", "Create or
/// update a repository secret" (201 or 204, no body), "Delete a repository secret" (204), and the same of
/// organisations, where <c>visibility</c> is required; https://docs.github.com/rest/about-the-rest-api/api-versions.
/// </summary>
internal sealed class VirtualGitHub : VirtualService
{
    public const string Token = "github_pat_0123456789abcdefghijABCDEFGHIJ";
    private const string KeyId = "568250167242549743";

    private readonly ConcurrentDictionary<string, (string Value, string? Visibility)> _secrets = new(StringComparer.Ordinal);

    public VirtualGitHub() => Secrets.Add(Token);

    /// <summary>The bytes 1 to 32, and what libsodium 1.0.18's crypto_scalarmult_base makes of them.</summary>
    public static byte[] PrivateKey { get; } = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];

    /// <summary>What secrets are sealed for, base64.</summary>
    public string PublicKey { get; set; } = Convert.ToBase64String(
        Convert.FromHexString("07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c"));

    public IEnumerable<string> Names => _secrets.Keys.Order(StringComparer.Ordinal);

    /// <summary>
    /// What a workflow sees of a secret, by <c>repos/acme/app/NAME</c> or <c>orgs/acme/NAME</c>; null: there is none.
    /// </summary>
    public string? this[string place] => _secrets.TryGetValue(place, out (string Value, string?) s) ? s.Value : null;

    public string? VisibilityOf(string place) => _secrets[place].Visibility;

    public void Put(string place, string value, string? visibility = null) => _secrets[place] = (value, visibility);

    public void Remove(string place) => _secrets.TryRemove(place, out _);

    protected override bool HasCredential(HttpRequest request) =>
        request.Headers.Authorization == $"Bearer {Token}";

    protected override Task AnswerAsync(HttpContext context, string method, string path, JsonObject body)
    {
        if (!HasCredential(context.Request))
        {
            return MessageAsync(context, 401, $"Bad credentials: {context.Request.Headers.Authorization}");
        }

        return path.Split('/') switch
        {
            ["", "api", "v3", "repos", "acme", "app", "actions", "secrets", var name] =>
                SecretAsync(context, method, "repos/acme/app", name, body),
            ["", "api", "v3", "orgs", "acme", "actions", "secrets", var name] =>
                SecretAsync(context, method, "orgs/acme", name, body),
            _ => MessageAsync(context, 404, "Not Found"),
        };
    }

    private Task SecretAsync(HttpContext context, string method, string owner, string name, JsonObject body)
    {
        string place = $"{owner}/{name}";
        switch (method, name)
        {
            case ("GET", "public-key"):
                return ReplyAsync(context, 200, new JsonObject { ["key_id"] = KeyId, ["key"] = PublicKey });
            case ("GET", _) when _secrets.TryGetValue(place, out (string, string? Visibility) there):
                JsonObject shown = new()
                {
                    ["name"] = name, ["created_at"] = "2026-01-02T03:04:05Z", ["updated_at"] = "2026-01-02T03:04:05Z",
                };
                if (there.Visibility is not null)
                {
                    shown["visibility"] = there.Visibility;
                }

                return ReplyAsync(context, 200, shown);
            case ("PUT", _):
                return PutAsync(context, place, body);
            case ("DELETE", _) when _secrets.TryRemove(place, out _):
                return ReplyAsync(context, 204, null);
            default:
                return MessageAsync(context, 404, "Not Found");
        }
    }

    private Task PutAsync(HttpContext context, string place, JsonObject body)
    {
        bool organization = place.StartsWith("orgs/", StringComparison.Ordinal);
        string? visibility = (string?)body["visibility"];
        byte[]? opened = (string?)body["key_id"] == KeyId
            ? ClassicCrypto.Current.SealedBoxOpen(PrivateKey, Convert.FromBase64String((string)body["encrypted_value"]!))
            : null;
        if (opened is null || organization != (visibility is "all" or "private" or "selected"))
        {
            return MessageAsync(context, 422, "Validation Failed");
        }

        string value = Encoding.UTF8.GetString(opened);
        Secrets.Add(value);
        bool made = !_secrets.ContainsKey(place);
        _secrets[place] = (value, visibility);
        return ReplyAsync(context, made ? 201 : 204, made ? new JsonObject() : null);
    }

    private static Task MessageAsync(HttpContext context, int status, string message) => ReplyAsync(
        context, status, new JsonObject
        {
            ["message"] = message, ["documentation_url"] = "https://docs.github.com/rest", ["status"] = $"{status}",
        });
}
