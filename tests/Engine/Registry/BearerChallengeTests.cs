using SigstorePS.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class BearerChallengeTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Basic", "Basic()")]
    [InlineData("Basic realm=\"x\"", "Basic(realm=x)")]
    [InlineData("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull,push\"",
        "Bearer(realm=https://a/t;scope=repository:a/b:pull,push;service=s)")]
    [InlineData("bearer REALM=\"x\" , Service = y", "bearer(realm=x;service=y)")]
    [InlineData("Bearer realm=\"a\\\"b\\\\c\"", "Bearer(realm=a\"b\\c)")]
    [InlineData("Bearer realm=\"a,b\", error=\"insufficient_scope\"", "Bearer(error=insufficient_scope;realm=a,b)")]
    [InlineData("Basic realm=\"x\", Bearer realm=\"y\",service=z", "Basic(realm=x) Bearer(realm=y;service=z)")]
    [InlineData("Negotiate, Basic realm=x", "Negotiate() Basic(realm=x)")]
    [InlineData("Negotiate YWJj==, Basic realm=x", "Negotiate() Basic(realm=x)")]
    [InlineData(",, Basic realm=x,,", "Basic(realm=x)")]
    // A lone word with padding is a token68 by the grammar, whatever it looks like.
    [InlineData("Bearer realm=", "Bearer()")]
    // Out of place: nothing is guessed.
    [InlineData("realm=\"x\"", "")]
    [InlineData("Bearer realm=\"x", "")]
    [InlineData("Bearer realm=\"x\\", "")]
    [InlineData("Bearer service=s, realm=", "")]
    [InlineData("Bearer realm=\"x\"y", "")]
    [InlineData("Bearer realm=x, realm=y", "")]
    [InlineData("Basic realm=x, Bearer realm=\"y\"; drop", "Basic(realm=x)")]
    public void Headers_are_read_as_the_grammar_says(string header, string expected) =>
        Assert.Equal(expected, Show(BearerChallenge.Parse([header])));

    [Fact]
    public void Several_lines_are_several_challenges() => Assert.Equal(
        "Basic(realm=x) Bearer(realm=y)", Show(BearerChallenge.Parse(["Basic realm=x", "Bearer realm=y"])));

    [Theory]
    // Own and elsewhere over TLS.
    [InlineData("https://ghcr.io/token", "https://ghcr.io/v2/", true)]
    [InlineData("https://auth.docker.io/token", "https://index.docker.io/v2/", true)]
    [InlineData("https://gitlab.com/jwt/auth", "https://registry.gitlab.com/v2/", true)]
    [InlineData("https://authn.nvidia.com/token", "https://nvcr.io/v2/", true)]
    [InlineData("https://sso.example.org/token", "https://registry.example.com/v2/", false)]
    // Another registrant below the same public suffix is another site.
    [InlineData("https://evil.com/token", "https://example.com/v2/", false)]
    // Plain HTTP stays at home.
    [InlineData("http://127.0.0.1:5001/token", "http://127.0.0.1:5000/v2/", true)]
    [InlineData("http://auth.local/token", "http://registry.local/v2/", true)]
    public void Realms_that_may_be_asked(string realm, string registry, bool own)
    {
        Uri checkedRealm = RealmPolicy.Check(realm, new Uri(registry));
        Assert.Equal(own, RealmPolicy.IsOwn(checkedRealm, new Uri(registry)));
    }

    [Theory]
    [InlineData(null, "https://ghcr.io/v2/")]
    [InlineData("/token", "https://ghcr.io/v2/")]
    [InlineData("https:///token", "https://ghcr.io/v2/")]
    [InlineData("file:///etc/passwd", "https://ghcr.io/v2/")]
    [InlineData("http://ghcr.io/token", "https://ghcr.io/v2/")]
    [InlineData("http://127.0.0.1/token", "https://127.0.0.1/v2/")]
    [InlineData("http://evil.com/token", "http://127.0.0.1/v2/")]
    [InlineData("http://evil.com/token", "http://other.com/v2/")]
    [InlineData("https://user@ghcr.io/token", "https://ghcr.io/v2/")]
    [InlineData("https://ghcr.io/token#x", "https://ghcr.io/v2/")]
    [InlineData("https://10.0.0.1/token", "https://ghcr.io/v2/")]
    [InlineData("https://localhost/token", "https://ghcr.io/v2/")]
    [InlineData("https://169.254.169.254/token", "https://ghcr.io/v2/")]
    [InlineData("https://[::ffff:10.0.0.1]/token", "https://ghcr.io/v2/")]
    [InlineData("https://[fd00::1]/token", "https://ghcr.io/v2/")]
    [InlineData("https://vault.local/token", "https://ghcr.io/v2/")]
    public async Task Realms_that_may_not(string? realm, string registry) =>
        await FailsAsync(SigstoreErrorCode.RealmRefused, () =>
        {
            RealmPolicy.Check(realm, new Uri(registry));
            return Task.CompletedTask;
        });

    private static string Show(IReadOnlyList<BearerChallenge> challenges) => string.Join(' ', challenges.Select(static c =>
        $"{c.Scheme}({string.Join(';', c.Parameters.OrderBy(static p => p.Key, StringComparer.Ordinal).Select(static p => $"{p.Key}={p.Value}"))})"));
}
