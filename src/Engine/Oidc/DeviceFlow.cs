using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// A login on another device (RFC 8628), bound to us by PKCE as the clients of sigstore do: the user enters a code
/// there while the issuer is asked from here.
/// </summary>
internal sealed class DeviceFlow(
    IssuerMetadata provider, LoginRequest login, TokenEndpoint tokens, TimeProvider clock)
{
    private const string Source = "device";
    private const string Sought = "a device code";
    private const int LongestUserCode = 64;
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);

    /// <summary>Logs in.</summary>
    /// <exception cref="SigstoreException">As of <see cref="OidcLogin.DeviceAsync"/>.</exception>
    public async Task<IdentityToken> RunAsync(IdentityPrompts prompts, CancellationToken cancel)
    {
        provider.DemandPkce();
        Pkce proof = Pkce.Create();
        HttpReply reply = await tokens.PostAsync(
            provider.Demand(provider.DeviceEndpoint, "on another device"),
            [
                ("scope", login.Scopes),
                ("code_challenge", proof.Challenge),
                ("code_challenge_method", Pkce.Method),
            ],
            RetryRule.Idempotent, cancel).ConfigureAwait(false);
        DeviceCode device = Read(reply);
        prompts.Tell(device.Invitation);
        return await PollAsync(device, proof, cancel).ConfigureAwait(false);
    }

    private async Task<IdentityToken> PollAsync(DeviceCode device, Pkce proof, CancellationToken cancel)
    {
        DateTimeOffset end = clock.GetUtcNow() + device.Life;
        TimeSpan interval = device.Interval;
        for (int failures = 0; ;)
        {
            if (clock.GetUtcNow() + interval >= end)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Timeout,
                    $"The code was not entered at {provider.Place} within {device.Life.TotalMinutes:0.#} minutes.");
            }

            await Task.Delay(interval, clock, cancel).ConfigureAwait(false);
            HttpReply? reply = await AskAsync(device, proof, failures, cancel).ConfigureAwait(false);
            if (reply is null || TokenReply.IsTransient(reply.Status))
            {
                // RFC 8628 section 3.5: less often after a connection that failed, exponentially.
                interval *= 2;
                if (++failures == Limits.RequestAttempts)
                {
                    return tokens.Token(reply!, Source, null, device.Code, proof.Verifier);
                }

                continue;
            }

            failures = 0;
            switch (TokenReply.ErrorCode(reply))
            {
                case "authorization_pending":
                    break;
                case "slow_down":
                    interval += SlowDown;
                    break;
                default:
                    return tokens.Token(reply, Source, null, device.Code, proof.Verifier);
            }
        }
    }

    /// <summary>One question; null when the network failed and may be tried again.</summary>
    private async Task<HttpReply?> AskAsync(DeviceCode device, Pkce proof, int failures, CancellationToken cancel)
    {
        try
        {
            return await tokens.PostAsync(
                provider.TokenEndpoint,
                [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                    ("device_code", device.Code),
                    ("code_verifier", proof.Verifier),
                ],
                RetryRule.Once, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.OidcUnavailable or SigstoreErrorCode.Timeout
            && failures + 1 < Limits.RequestAttempts)
        {
            return null;
        }
    }

    private DeviceCode Read(HttpReply reply)
    {
        using JsonDocument document = TokenReply.Read(reply, Sought, login.ClientSecret);
        JsonElement root = document.RootElement;
        try
        {
            string code = StrictJson.String(root, "device_code");
            string userCode = PlainText.Clean(StrictJson.String(root, "user_code"), LongestUserCode);
            if (code.Length == 0 || userCode.Length == 0)
            {
                throw new FormatException("a code is empty");
            }

            // Google calls it verification_url, and was there before the RFC.
            Uri address = Address(root, "verification_uri") ?? Address(root, "verification_url")
                ?? throw new FormatException("'verification_uri' is missing");
            return new DeviceCode(
                code, userCode, address, Address(root, "verification_uri_complete"),
                Seconds(root, "expires_in", Limits.DeviceLogin, Limits.DeviceLogin),
                Seconds(root, "interval", DefaultInterval, Limits.DeviceLogin));
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation,
                $"The answer of {reply.Uri.Authority} to the request for {Sought} cannot be read: {e.Message}.");
        }
    }

    private static Uri? Address(JsonElement root, string name) =>
        StrictJson.OptionalString(root, name) is not { Length: > 0 } text ? null
        : Discovery.TryEndpoint(text, out Uri? uri) ? uri
        : throw new FormatException($"'{name}' is no https address");

    /// <summary>One second at least, so that a zero does not become a storm.</summary>
    private static TimeSpan Seconds(JsonElement root, string name, TimeSpan otherwise, TimeSpan most)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return otherwise;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double seconds)
            || !double.IsFinite(seconds))
        {
            throw new FormatException($"'{name}' is no number");
        }

        return TimeSpan.FromSeconds(Math.Clamp(seconds, 1, most.TotalSeconds));
    }

    /// <summary>What the issuer gave; the code of it is a credential, so this is no record.</summary>
    private sealed class DeviceCode(
        string code, string userCode, Uri address, Uri? complete, TimeSpan life, TimeSpan interval)
    {
        public string Code => code;

        public TimeSpan Life => life;

        public TimeSpan Interval => interval;

        public string Invitation =>
            $"Enter the code {userCode} at {address.AbsoluteUri} on any device"
            + (complete is null ? string.Empty : $", or open {complete.AbsoluteUri}")
            + $". The code is good for {life.TotalMinutes:0.#} minutes.";
    }
}
