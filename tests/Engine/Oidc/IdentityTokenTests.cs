using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>Tokens of every kind that must be taken, and those that must not (RFC 7519, OpenID Connect Core 2).</summary>
public sealed class IdentityTokenTests
{
    private const string Signature = "c2lnbmF0dXJl";
    private const string Good = """{"iss":"https://issuer.example","sub":"me","aud":"sigstore","exp":1800000000}""";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_799_999_000);

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("EdDSA")]
    [InlineData("ML-DSA-65")]
    public void Any_algorithm_is_a_signature(string algorithm)
    {
        // cosign takes a token of anything but RS256 for the name of a file (internal/auth/auth.go).
        string raw = Token($$"""{"alg":"{{algorithm}}","typ":"JWT"}""", Good);

        IdentityToken token = IdentityToken.Parse(raw + "\n", "test").Check(Now, "sigstore", null);

        Assert.Equal(raw, token.Raw);
        Assert.Equal("https://issuer.example", token.Issuer);
        Assert.Equal(["sigstore"], token.Audience);
        Assert.Equal("me", token.ProofText);
        Assert.Equal("me (https://issuer.example)", token.ToString());
        Assert.True(IdentityToken.LooksLikeToken(raw));
    }

    [Fact]
    public void Claims_are_read()
    {
        IdentityToken token = Parse(
            """
            {"iss":"i","sub":"s","aud":["a","sigstore"],"exp":1800000000.75,"iat":1799999000,"nbf":1.7999e9,
             "email":"me@example.com","email_verified":"true","nonce":"n","extra":{"a":[1]}}
            """).Check(Now, "sigstore", "n");

        Assert.Equal(["a", "sigstore"], token.Audience);
        Assert.Equal("me@example.com", token.ProofText);
        Assert.True(token.EmailVerified);
        Assert.Equal(1_799_999_000, token.IssuedAt!.Value.ToUnixTimeSeconds());
        Assert.Equal(1_799_900_000, token.NotBefore!.Value.ToUnixTimeSeconds());
        Assert.Equal(1_800_000_000_750, token.Expires.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("\"true\"", true)]
    [InlineData("\"false\"", false)]
    [InlineData("\"TRUE\"", false)]
    [InlineData("null", false)]
    public void An_address_counts_when_it_is_verified(string verified, bool counts) => Assert.Equal(
        counts ? "me@example.com" : "s",
        Parse($$"""{"iss":"i","sub":"s","aud":"a","exp":1,"email":"me@example.com","email_verified":{{verified}}}""").ProofText);

    [Theory]
    [InlineData("""{"alg":"none"}""", Signature)]
    [InlineData("""{"alg":"None"}""", Signature)]
    [InlineData("""{"alg":"RS256"}""", "")]
    [InlineData("""{"alg":""}""", Signature)]
    [InlineData("""{"alg":null}""", Signature)]
    [InlineData("""{"typ":"JWT"}""", Signature)]
    [InlineData("{}", "")]
    public void An_unsigned_token_is_refused(string header, string signature) =>
        Refused(SigstoreErrorCode.IdentityTokenRefused, $"{Encode(header)}.{Encode(Good)}.{signature}", "unsigned");

    [Theory]
    [InlineData("""{"alg":"RS256","alg":"none"}""")]
    [InlineData("""{"alg":1}""")]
    [InlineData("""["alg"]""")]
    [InlineData("""{"alg":"RS256"} """ + "x")]
    [InlineData("""{"alg":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"\ud800":2}""")]
    [InlineData("{")]
    [InlineData("")]
    public void A_bad_header_is_refused(string header) =>
        Refused(SigstoreErrorCode.MalformedIdentityToken, $"{Encode(header)}.{Encode(Good)}.{Signature}", "test");

    [Theory]
    [InlineData("""{"sub":"s","aud":"a","exp":1}""", "'iss'")]
    [InlineData("""{"iss":"","sub":"s","aud":"a","exp":1}""", "'iss'")]
    [InlineData("""{"iss":7,"sub":"s","aud":"a","exp":1}""", "'iss'")]
    [InlineData("""{"iss":"\udc00","sub":"s","aud":"a","exp":1}""", "'iss'")]
    [InlineData("""{"iss":"i","aud":"a","exp":1}""", "'sub'")]
    [InlineData("""{"iss":"i","sub":["s"],"aud":"a","exp":1}""", "'sub'")]
    [InlineData("""{"iss":"i","sub":"s","exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":[],"exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":[1],"exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":["\ud800"],"exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":{"a":1},"exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"","exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":["a",""],"exp":1}""", "'aud'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a"}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":null}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":"1"}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":-1}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1e300}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1e999}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":253402300800}""", "'exp'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1,"iat":"now"}""", "'iat'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1,"nbf":true}""", "'nbf'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1,"email":1}""", "'email'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1,"email_verified":1}""", "'email_verified'")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1,"nonce":1}""", "'nonce'")]
    [InlineData("""{"iss":"i","sub":"s","sub":"t","aud":"a","exp":1}""", "strict JSON")]
    [InlineData("""{"iss":"i","sub":"s","aud":"a","exp":1}x""", "strict JSON")]
    [InlineData("""[]""", "object")]
    [InlineData("", "payload")]
    public void Bad_claims_are_refused(string claims, string named) => Refused(
        SigstoreErrorCode.MalformedIdentityToken, $"{Encode("""{"alg":"RS256"}""")}.{Encode(claims)}.{Signature}", named);

    [Theory]
    [InlineData("")]
    [InlineData("secretsecretsecret")]
    [InlineData("secretsecretsecret.b")]
    [InlineData("a.b.c.d")]
    [InlineData("a.b.c.d.secretsecretsecret")]
    [InlineData("a.b.c.d.e.f")]
    [InlineData("..")]
    [InlineData("secretsecretsecret .b.c")]
    public void What_is_no_token_is_refused_and_not_shown(string text)
    {
        Refused(SigstoreErrorCode.MalformedIdentityToken, text, "test");
        Assert.False(IdentityToken.LooksLikeToken(text));
    }

    [Fact]
    public void Every_cut_and_every_other_alphabet_is_refused()
    {
        string raw = Token("""{"alg":"RS256"}""", Good);
        int payloadEnd = raw.LastIndexOf('.');
        for (int length = 0; length <= payloadEnd; length++)
        {
            SigstoreException e = Assert.Throws<SigstoreException>(() => IdentityToken.Parse(raw[..length], "test"));
            Assert.True(e.Code is SigstoreErrorCode.MalformedIdentityToken, $"{length}: {e.Code}");
        }

        Refused(SigstoreErrorCode.MalformedIdentityToken, raw + "=", "base64url");
        Refused(SigstoreErrorCode.MalformedIdentityToken, raw + "+/", "base64url");
        Refused(SigstoreErrorCode.IdentityTokenRefused, raw[..(payloadEnd + 1)], "unsigned");
    }

    [Fact]
    public void A_token_over_the_limit_is_refused()
    {
        string claims = Good[..^1] + $",\"pad\":\"{new string('a', Limits.IdentityToken)}\"}}";
        Refused(SigstoreErrorCode.LimitExceeded, Token("""{"alg":"RS256"}""", claims), "over");
        Assert.False(IdentityToken.LooksLikeToken(Token("""{"alg":"RS256"}""", claims)));
    }

    [Fact]
    public void Deep_claims_are_refused() => Refused(
        SigstoreErrorCode.MalformedIdentityToken,
        Token("""{"alg":"RS256"}""", Good[..^1] + ",\"x\":" + new string('[', 100) + new string(']', 100) + "}"), "test");

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(60, false)]
    public void Expiry_is_exact(int secondsAfter, bool good)
    {
        IdentityToken token = Parse(Good);
        DateTimeOffset now = token.Expires.AddSeconds(secondsAfter);
        if (good)
        {
            token.Check(now, "sigstore", null);
            return;
        }

        SigstoreException e = Assert.Throws<SigstoreException>(() => token.Check(now, "sigstore", null));
        Assert.Equal(SigstoreErrorCode.IdentityTokenExpired, e.Code);
        Assert.Contains("https://issuer.example", e.Message, StringComparison.Ordinal);
        Assert.Contains("2027-01-15T08:00:00Z", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nbf", 60, true)]
    [InlineData("nbf", 61, false)]
    [InlineData("iat", 60, true)]
    [InlineData("iat", 61, false)]
    public void A_clock_may_be_a_minute_off(string claim, int ahead, bool good)
    {
        IdentityToken token = Parse(
            Good[..^1] + FormattableString.Invariant($",\"{claim}\":{Now.ToUnixTimeSeconds() + ahead}}}"));
        if (good)
        {
            token.Check(Now, "sigstore", null);
            return;
        }

        SigstoreException e = Assert.Throws<SigstoreException>(() => token.Check(Now, "sigstore", null));
        Assert.Equal(SigstoreErrorCode.IdentityTokenExpired, e.Code);
        Assert.Contains("not valid before", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"sts.amazonaws.com\"")]
    [InlineData("[\"sts.amazonaws.com\",\"Sigstore\",\"sigstore \"]")]
    public void Another_audience_is_refused_with_both_names(string audience)
    {
        IdentityToken token = Parse($$"""{"iss":"i","sub":"s","aud":{{audience}},"exp":1800000000}""");

        SigstoreException e = Assert.Throws<SigstoreException>(() => token.Check(Now, "sigstore", null));

        Assert.Equal(SigstoreErrorCode.IdentityTokenRefused, e.Code);
        Assert.Contains("sts.amazonaws.com", e.Message, StringComparison.Ordinal);
        Assert.Contains("'sigstore' is wanted", e.Message, StringComparison.Ordinal);
        token.Check(Now, null, null);
    }

    [Theory]
    [InlineData("\"nonce\":\"other\",")]
    [InlineData("")]
    public void Another_nonce_is_refused(string nonce)
    {
        IdentityToken token = Parse("{" + nonce + Good[1..]);
        SigstoreException e = Assert.Throws<SigstoreException>(() => token.Check(Now, "sigstore", "mine-4711"));
        Assert.Equal(SigstoreErrorCode.IdentityTokenRefused, e.Code);
        Assert.DoesNotContain("mine-4711", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Claims_cannot_write_on_the_terminal()
    {
        JsonObject claims = new()
        {
            ["iss"] = "https://a\u001b[2J\nfake", ["sub"] = "s", ["aud"] = "x\u202ey", ["exp"] = 1800000000,
        };
        SigstoreException e = Assert.Throws<SigstoreException>(() => Parse(claims.ToJsonString()).Check(Now, "sigstore", null));
        Assert.DoesNotContain(e.Message, static c => char.IsControl(c) || c == '\u202e');
    }

    [Fact]
    public void Nothing_that_is_shown_holds_the_token()
    {
        IdentityToken token = Parse(Good);
        SigstoreIdentityToken shown = new(token);
        string json = System.Text.Json.JsonSerializer.Serialize(shown);
        foreach (string text in (string[])[token.ToString(), shown.ToString(), json, new IdentityRequest { Token = token.Raw, ClientSecret = "hush" }.ToString()])
        {
            Assert.DoesNotContain(Signature, text, StringComparison.Ordinal);
            Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hush", text, StringComparison.Ordinal);
        }

        Assert.All(
            typeof(SigstoreIdentityToken).GetProperties(),
            static p => Assert.True(p.PropertyType != typeof(IdentityToken), p.Name));
    }

    private static IdentityToken Parse(string claims) => IdentityToken.Parse(Token("""{"alg":"ES256"}""", claims), "test");

    private static void Refused(SigstoreErrorCode code, string raw, string named)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => IdentityToken.Parse(raw, "test"));
        Assert.True(code == e.Code, $"{e.Code}: {e.Message}");
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secretsecretsecret", e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Signature, e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", e.ToString(), StringComparison.Ordinal);
    }

    private static string Token(string header, string claims) => $"{Encode(header)}.{Encode(claims)}.{Signature}";

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
