using System.Management.Automation;
using System.Security;
using System.Text.Json;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support.Oidc;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Get-SigstoreIdentityToken: what it takes, and that the token leaves it only where it is asked to.</summary>
public sealed class IdentityCmdletTests : IAsyncDisposable
{
    private const string Held = "BITBUCKET_STEP_OIDC_TOKEN";

    private readonly string _folder = Directory.CreateTempSubdirectory("identity").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(Held);
    private readonly Session _session;
    private readonly VirtualProviders _issuer = VirtualProviders.Start();

    public IdentityCmdletTests() => _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(Held, _before);
        _session.Dispose();
        await _issuer.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public static TheoryData<string> Kinds => [.. "text secure path file object script secret-script object-script".Split(' ')];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_token_is_taken_in_every_shape(string kind)
    {
        string token = _issuer.Mint("sigstore");

        RunResult result = Run(new() { ["IdentityToken"] = Shape(kind, token) });

        SigstoreIdentityToken identity = Assert.IsType<SigstoreIdentityToken>(Assert.Single(result.Output));
        Assert.Equal("https://issuer.example", identity.Issuer);
        Assert.Equal("job:1", identity.Subject);
        Assert.Null(identity.Email);
        Assert.Equal(["sigstore"], identity.Audience);
        Assert.Equal(TimeSpan.FromMinutes(5), identity.Expires - identity.IssuedAt);
        ShowsNothing(result);
        ShowsNothing(JsonSerializer.Serialize(identity) + identity);
        Assert.Equal(token, Assert.Single(Run(new() { ["IdentityToken"] = identity, ["AsPlainText"] = true }).Output));
    }

    [Fact]
    public void A_file_is_read_again_each_time_relative_to_the_location()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), _issuer.Mint("sigstore") + "\n");
        Assert.Single(Run(new() { ["IdentityToken"] = "token" }).Output);
        File.WriteAllText(Path.Combine(_folder, "token"), "spoilt");
        RunResult result = Run(new() { ["IdentityToken"] = "token" });
        Assert.Equal(["MalformedIdentityToken"], Ids(result));
    }

    [Theory]
    [InlineData("secret-that-is-no-path")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30")]
    [InlineData("aaa.bbb.ccc")]
    [InlineData("two\nlines")]
    public void Text_that_is_neither_token_nor_path_is_not_said_back(string text)
    {
        RunResult result = Run(new() { ["IdentityToken"] = text });
        Assert.Equal(["PathNotFound"], Ids(result));
        Assert.DoesNotContain(text, Everything(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_text_is_not_looked_up() => Assert.Equal(
        ["PathNotFound"], Ids(Run(new() { ["IdentityToken"] = new string('a', 100_000) })));

    [Fact]
    public void A_script_that_fails_or_gives_no_one_token_says_so()
    {
        string token = _issuer.Mint("sigstore");
        foreach ((ScriptBlock script, string id, string reason) in (ReadOnlySpan<(ScriptBlock, string, string)>)
            [
                (Scripted.Of(() => []), "IdentityTokenUnavailable", "0 objects"),
                (Scripted.Of(() => [token, token]), "IdentityTokenUnavailable", "2 objects"),
                (Scripted.Of(() => [null]), "IdentityTokenUnavailable", "1 objects"),
                (Scripted.Of(() => [7]), "InvalidValue", "Int32"),
                (Scripted.Of(() => ["nonsense"]), "MalformedIdentityToken", "script"),
                (Scripted.Of(() => throw new InvalidDataException($"bad answer {token}")), "IdentityTokenUnavailable", "bad answer [token]"),
            ])
        {
            RunResult result = Run(new() { ["IdentityToken"] = script });
            Assert.Equal([id], Ids(result));
            Assert.Contains(reason, Everything(result), StringComparison.Ordinal);
            ShowsNothing(result);
        }
    }

    [Fact]
    public void What_is_no_token_and_what_lost_it_is_refused()
    {
        PSObject twin = new(new SigstoreTwin());
        twin.TypeNames.Insert(0, "Deserialized.SigstorePS.SigstoreIdentityToken");
        Assert.Equal(["InvalidValue"], Ids(Run(new() { ["IdentityToken"] = 4711 })));
        Assert.Equal(["InvalidValue"], Ids(Run(new() { ["IdentityToken"] = twin })));
    }

    [Fact]
    public void A_provider_is_asked_by_name_and_its_failure_names_it()
    {
        Environment.SetEnvironmentVariable(Held, _issuer.Mint("sigstore"));
        Assert.Equal("bitbucket", Identity(Run(new() { ["OidcProvider"] = "bitbucket" })).Source);

        Environment.SetEnvironmentVariable(Held, _issuer.Mint("ari:cloud:bitbucket::workspace/1"));
        RunResult result = Run(new() { ["OidcProvider"] = "bitbucket" });
        Assert.Equal(["IdentityTokenRefused"], Ids(result));
        Assert.Contains("oidc: audiences: [sigstore]", Everything(result), StringComparison.Ordinal);
        ShowsNothing(result);
        Identity(Run(new() { ["OidcProvider"] = "bitbucket", ["OidcAudience"] = "ari:cloud:bitbucket::workspace/1" }));

        Environment.SetEnvironmentVariable(Held, null);
        Assert.Equal(["IdentityTokenUnavailable"], Ids(Run(new() { ["OidcProvider"] = "bitbucket" })));
        Assert.Equal(["InvalidValue"], Ids(Run(new() { ["OidcProvider"] = "google" })));
        Assert.Equal(
            ["ContradictoryPolicy"], Ids(Run(new() { ["OidcProvider"] = "bitbucket", ["SkipAmbientProvider"] = true })));
    }

    [Fact]
    public void Without_a_token_nobody_is_asked_where_nobody_is()
    {
        RunResult result = Run(new() { ["SkipAmbientProvider"] = true });
        Assert.Equal(["IdentityTokenUnavailable"], Ids(result));
        result = Run(new() { ["SkipAmbientProvider"] = true, ["OidcFlow"] = "none" });
        Assert.Equal(["IdentityTokenUnavailable"], Ids(result));
        Assert.Contains("-OidcFlow None", Everything(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Providers_are_listed_and_completed()
    {
        SigstoreIdentityProvider[] providers =
            [.. Run(new() { ["ListProvider"] = true }).Output.Cast<SigstoreIdentityProvider>()];
        Assert.Equal(10, providers.Length);
        Assert.All(providers, static p => Assert.Equal(p.Name, p.ToString()));
        Assert.Equal(
            ["google-impersonate", "google-workload-identity"],
            _session.Complete("Get-SigstoreIdentityToken", "OidcProvider", "goo").Select(static c => c.CompletionText).Order());
    }

    private object Shape(string kind, string token)
    {
        string path = Path.Combine(_folder, "my token.txt");
        File.WriteAllText(path, token + "\r\n");
        return kind switch
        {
            "text" => token,
            "secure" => Secure(token),
            "path" => "my token.txt",
            "file" => new FileInfo(path),
            "object" => Identity(Run(new() { ["IdentityToken"] = token })),
            "script" => Scripted.Of(() => [token]),
            "secret-script" => Scripted.Of(() => [Secure(token)]),
            _ => Scripted.Of(() => [Identity(Run(new() { ["IdentityToken"] = token }))]),
        };
    }

    private static SecureString Secure(string text)
    {
        SecureString secret = new();
        foreach (char c in text)
        {
            secret.AppendChar(c);
        }

        secret.MakeReadOnly();
        return secret;
    }

    private static SigstoreIdentityToken Identity(RunResult result) =>
        Assert.IsType<SigstoreIdentityToken>(Assert.Single(result.Output));

    private RunResult Run(Dictionary<string, object?> parameters) =>
        _session.Invoke("Get-SigstoreIdentityToken", parameters);

    private static IEnumerable<string> Ids(RunResult result) =>
        result.ErrorIds.Concat(result.TerminatingError is { } end ? [end.FullyQualifiedErrorId] : [])
            .Select(static id => id.Split(',')[0]);

    private static string Everything(RunResult result) => string.Join('\n',
        [
            .. result.Errors.Select(static e => $"{e} {e.Exception} {e.TargetObject}"), .. result.Warnings,
            .. result.Verbose, .. result.Debug, .. result.Information.Select(static i => $"{i.MessageData}"),
            $"{result.Terminating}",
        ]);

    private void ShowsNothing(RunResult result) => ShowsNothing(Everything(result));

    private void ShowsNothing(string text) =>
        Assert.All(_issuer.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));

    private sealed class SigstoreTwin
    {
        public string Issuer => "https://issuer.example";
    }
}
