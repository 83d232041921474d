using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Oidc;

/// <summary>
/// An OpenID Connect identity token (OpenID Connect Core 1.0 section 2), read and checked as far as one can who is not
/// its audience: it is the certificate authority that verifies its signature. The text is a credential: it is shown
/// nowhere.
/// </summary>
internal sealed class IdentityToken
{
    /// <summary>How far the clocks of an issuer and of this machine may be apart (nbf and iat, not exp).</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    // Characters of a claim that a message shows.
    private const int Shown = 200;

    /// <summary>The compact serialization: goes to the certificate authority and nowhere else.</summary>
    public required string Raw { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required IReadOnlyList<string> Audience { get; init; }

    /// <summary>Claim <c>email</c>; null when there is none.</summary>
    public string? Email { get; init; }

    /// <summary>Claim <c>email_verified</c>: true, or the text "true".</summary>
    public bool EmailVerified { get; init; }

    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>Claim <c>nbf</c>.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>Claim <c>nonce</c>.</summary>
    public string? Nonce { get; init; }

    /// <summary>Where it came from, such as <c>github-actions</c>.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>What the proof of possession is made over: the verified address, else the subject.</summary>
    public string ProofText => Email is { Length: > 0 } email && EmailVerified ? email : Subject;

    /// <summary>
    /// Reads a signed JWT in compact serialization (RFC 7519, RFC 7515 section 3.1). Any signature algorithm but
    /// <c>none</c> is taken; the signature is not verified.
    /// </summary>
    /// <param name="raw">The token; white space around it, such as the line end of a file, is left out.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="SigstoreException">
    /// MalformedIdentityToken; IdentityTokenRefused: unsigned; LimitExceeded. No message holds a part of the text.
    /// </exception>
    public static IdentityToken Parse(string raw, string source)
    {
        string text = raw.Trim();
        if (text.Length > Limits.IdentityToken)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The identity token of {source} has {text.Length} characters, over {Limits.IdentityToken}.");
        }

        try
        {
            return Read(text, source);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // What the BCL says of bad JSON quotes it; the place alone is told.
            string reason = e is FormatException ? e.Message : "it is not strict JSON";
            throw new SigstoreException(
                SigstoreErrorCode.MalformedIdentityToken, $"The identity token of {source} cannot be read: {reason}.");
        }
    }

    /// <summary>Whether a text has the form of a signed token: three base64url parts, the first a header.</summary>
    public static bool LooksLikeToken(string text)
    {
        string[] parts = text.Trim().Split('.');
        try
        {
            if (parts.Length != 3 || text.Length > Limits.IdentityToken)
            {
                return false;
            }

            using JsonDocument header = StrictJson.Parse(Part(parts[0], "header"));
            return header.RootElement.TryGetProperty("alg", out _);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// Refuses a token that the certificate authority would refuse, or that is a credential for somebody else.
    /// </summary>
    /// <param name="now">The time it must be valid at.</param>
    /// <param name="audience">Must be among its audiences; null: not looked at.</param>
    /// <param name="nonce">Must be its nonce; null: not looked at.</param>
    /// <param name="advice">A sentence for whoever got the wrong audience.</param>
    /// <returns>The token.</returns>
    /// <exception cref="SigstoreException">IdentityTokenExpired, IdentityTokenRefused.</exception>
    public IdentityToken Check(DateTimeOffset now, string? audience, string? nonce, string? advice = null)
    {
        string issuer = PlainText.Clean(Issuer, Shown);
        if (Expires <= now)
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenExpired,
                $"The identity token of {issuer} ({Source}) expired at {Rfc3339.Write(Expires)}; "
                + $"it is {Rfc3339.Write(now)} here. Get a new one.");
        }

        if (Later(NotBefore, IssuedAt) is { } begin && begin > now + ClockSkew)
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenExpired,
                $"The identity token of {issuer} ({Source}) is not valid before {Rfc3339.Write(begin)}; "
                + $"it is {Rfc3339.Write(now)} here. Check the clock of this machine.");
        }

        if (audience is not null && !Audience.Contains(audience, StringComparer.Ordinal))
        {
            string found = PlainText.Clean(string.Join(", ", Audience.Take(10)), Shown);
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"The identity token of {issuer} ({Source}) is for the audience '{found}', and '{audience}' is wanted. "
                + (advice ?? "Ask for a token with that audience, or give -OidcAudience when your certificate "
                    + "authority expects another."));
        }

        return nonce is null || nonce == Nonce
            ? this
            : throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"The identity token of {issuer} ({Source}) is not of this login: its nonce is another.");
    }

    /// <summary>Issuer and subject: no part of the credential.</summary>
    public override string ToString() => $"{ProofText} ({Issuer})";

    private static IdentityToken Read(string text, string source)
    {
        string[] parts = text.Split('.', 6);
        if (parts.Length != 3)
        {
            throw new FormatException(parts.Length == 5
                ? "it is encrypted, and only signed ones are taken"
                : "it is not three parts with dots between them");
        }

        using JsonDocument header = StrictJson.Parse(Part(parts[0], "header"));
        if (parts[2].Length == 0 || StrictJson.OptionalString(header.RootElement, "alg") is null or ""
            || string.Equals(header.RootElement.GetProperty("alg").GetString(), "none", StringComparison.OrdinalIgnoreCase))
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused, $"The identity token of {source} is unsigned.");
        }

        _ = Part(parts[2], "signature");
        using JsonDocument document = StrictJson.Parse(Part(parts[1], "payload"));
        JsonElement claims = document.RootElement;
        return new IdentityToken
        {
            Raw = text,
            Source = source,
            Issuer = Required(claims, "iss"),
            Subject = Required(claims, "sub"),
            Audience = Audiences(claims),
            Email = StrictJson.OptionalString(claims, "email"),
            EmailVerified = Verified(claims),
            Nonce = StrictJson.OptionalString(claims, "nonce"),
            IssuedAt = Time(claims, "iat"),
            NotBefore = Time(claims, "nbf"),
            Expires = Time(claims, "exp") ?? throw new FormatException("it has no 'exp'"),
        };
    }

    private static byte[] Part(string text, string name)
    {
        // Base64Text takes the other alphabet and padding too, which RFC 7515 section 2 does not.
        if (text.Length == 0 || text.AsSpan().ContainsAny("+/="))
        {
            throw new FormatException($"its {name} is not base64url");
        }

        try
        {
            return Base64Text.Decode(text);
        }
        catch (FormatException)
        {
            throw new FormatException($"its {name} is not base64url");
        }
    }

    private static string Required(JsonElement claims, string name) =>
        StrictJson.OptionalString(claims, name) is { Length: > 0 } text
            ? text
            : throw new FormatException($"it has no '{name}'");

    /// <summary>One text, or an array of texts (RFC 7519 section 4.1.3).</summary>
    private static string[] Audiences(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out JsonElement aud))
        {
            throw new FormatException("it has no 'aud'");
        }

        string[] all = aud.ValueKind switch
        {
            JsonValueKind.String => [Required(claims, "aud")],
            JsonValueKind.Array => [.. aud.EnumerateArray().Select(static item => TextOf(item))],
            _ => throw new FormatException("its 'aud' is neither text nor a list of texts"),
        };
        return all.Length > 0 && all.All(static a => a.Length > 0)
            ? all
            : throw new FormatException("its 'aud' is empty");
    }

    private static string TextOf(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.String
                ? item.GetString()!
                : throw new FormatException("its 'aud' has an element that is no text");
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("its 'aud' has an element that is no text");
        }
    }

    /// <summary>Some issuers write the text (OpenID Connect Core section 5.1 says boolean).</summary>
    private static bool Verified(JsonElement claims)
    {
        if (!claims.TryGetProperty("email_verified", out JsonElement value))
        {
            return false;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            JsonValueKind.String => StrictJson.String(claims, "email_verified") == "true",
            _ => throw new FormatException("its 'email_verified' is neither true nor false"),
        };
    }

    /// <summary>Seconds since 1970, with or without fractions (RFC 7519 section 2, NumericDate).</summary>
    private static DateTimeOffset? Time(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        // The last second of the year 9999 is the last that a DateTimeOffset knows.
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds)
            && seconds is >= 0 and < 253402300800
                ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
                : throw new FormatException($"its '{name}' is no time");
    }

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}
