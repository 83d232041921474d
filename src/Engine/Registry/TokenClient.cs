using System.Net;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Registry;

/// <summary>An access token and when to stop using it.</summary>
internal sealed record AccessToken(string Value, DateTimeOffset Until);

/// <summary>Gets access tokens for a Bearer challenge (distribution token authentication, OAuth2 form).</summary>
internal sealed class TokenClient(HttpChannel channel, TimeProvider clock)
{
    private const string ClientId = "SigstorePS";
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    /// <summary>Asks for a token.</summary>
    /// <param name="challenge">Names the service.</param>
    /// <param name="realm">Of the challenge, already allowed by <see cref="RealmPolicy"/>.</param>
    /// <param name="scope">Scopes, separated by spaces.</param>
    /// <param name="credential">Null: anonymous.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">TokenRefused, RegistryProtocolViolation, Registry*.</exception>
    public async Task<AccessToken> GetAsync(
        BearerChallenge challenge, Uri realm, string scope, RegistryCredential? credential, CancellationToken cancel)
    {
        if (credential?.IdentityToken is { } refreshToken)
        {
            HttpReply posted = await PostAsync(challenge, realm, scope, refreshToken, cancel).ConfigureAwait(false);
            // Token servers older than the OAuth2 variant have no POST.
            if (posted.Status is not (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed))
            {
                return Read(posted, realm);
            }
        }

        HttpCall call = new(HttpMethod.Get, WithQuery(challenge, realm, scope))
        {
            Authorization = credential?.Basic,
            BodyLimit = Limits.TokenResponse,
        };
        return Read(await channel.SendAsync(call, cancel).ConfigureAwait(false), realm);
    }

    private Task<HttpReply> PostAsync(
        BearerChallenge challenge, Uri realm, string scope, string refreshToken, CancellationToken cancel)
    {
        KeyValuePair<string, string>[] form =
        [
            new("grant_type", "refresh_token"),
            new("service", challenge["service"] ?? string.Empty),
            new("client_id", ClientId),
            new("scope", scope),
            new("refresh_token", refreshToken),
        ];
        HttpCall call = new(HttpMethod.Post, realm)
        {
            Content = () => new FormUrlEncodedContent(form),
            SecretContent = true,
            BodyLimit = Limits.TokenResponse,
            // A second exchange of the same refresh token is a second token, no more.
            Retry = RetryRule.Idempotent,
        };
        return channel.SendAsync(call, cancel);
    }

    private static Uri WithQuery(BearerChallenge challenge, Uri realm, string scope)
    {
        List<string> query = [];
        if (challenge["service"] is { } service)
        {
            query.Add($"service={Uri.EscapeDataString(service)}");
        }

        query.Add($"client_id={ClientId}");
        foreach (string one in scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            query.Add($"scope={Uri.EscapeDataString(one)}");
        }

        char separator = realm.Query.Length > 0 ? '&' : '?';
        return new Uri($"{realm.AbsoluteUri}{separator}{string.Join('&', query)}");
    }

    private AccessToken Read(HttpReply reply, Uri realm)
    {
        if (reply.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            (string? _, string message) = RegistryErrors.Read(reply);
            throw new SigstoreException(
                SigstoreErrorCode.TokenRefused,
                $"The token server {realm.Authority} answered HTTP {(int)reply.Status}"
                + (message.Length == 0 ? "" : $": {message}") + ". Check user name and password of the registry.");
        }

        if (!reply.IsSuccess)
        {
            throw RegistryErrors.From(reply, realm.Authority, "the request for a token");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            string? value = StrictJson.OptionalString(document.RootElement, "token");
            if (string.IsNullOrEmpty(value))
            {
                value = StrictJson.OptionalString(document.RootElement, "access_token");
            }

            if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                throw new FormatException("it has no usable token");
            }

            return new AccessToken(value, clock.GetUtcNow() + Life(document.RootElement));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.RegistryProtocolViolation,
                $"The answer of the token server {realm.Authority} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Nine tenths of what was granted, so that a token does not end on its way.</summary>
    private static TimeSpan Life(JsonElement root)
    {
        TimeSpan granted = root.TryGetProperty("expires_in", out JsonElement seconds)
            && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out double s) && s > 0
            ? TimeSpan.FromSeconds(Math.Min(s, LongestLife.TotalSeconds))
            : DefaultLife;
        return granted * 0.9;
    }
}
