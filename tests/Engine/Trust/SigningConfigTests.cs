using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Trust;

public sealed class SigningConfigTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Action<JsonObject>> Damages = new()
    {
        ["no media type"] = static r => r.Remove("mediaType"),
        ["services are no array"] = static r => r["caUrls"] = "https://a.test",
        ["a service is text"] = static r => r["caUrls"] = new JsonArray("https://a.test"),
        ["no address"] = static r => First(r).Remove("url"),
        ["a file as address"] = static r => First(r)["url"] = "file:///etc/passwd",
        ["a path as address"] = static r => First(r)["url"] = "a.test",
        ["a user in the address"] = static r => First(r)["url"] = "https://user:secret@a.test",
        ["a version below zero"] = static r => First(r)["majorApiVersion"] = -1,
        ["a version and a half"] = static r => First(r)["majorApiVersion"] = 1.5,
        ["an end before the start"] = static r => First(r)["validFor"]!["end"] = "2000-01-01T00:00:00Z",
        ["a selector nobody knows"] = static r => r["rekorTlogConfig"]!["selector"] = "SOME",
        ["exactly none"] = static r => r["rekorTlogConfig"]!["selector"] = "EXACT",
    };

    public static TheoryData<string> DamageNames() => [.. Damages.Keys];

    [Theory]
    [InlineData("sc-both.json")]
    [InlineData("sc-empty.json")]
    [InlineData("sc-v1.json")]
    public void What_cosign_made_is_written_to_the_byte(string name)
    {
        byte[] text = RootText.Golden(name);
        Assert.Equal(
            Encoding.UTF8.GetString(text).TrimEnd(),
            Encoding.UTF8.GetString(SigningConfigWriter.Write(SigningConfigReader.Read(text))));
    }

    [Theory]
    [InlineData("signing_config.json", 1, 1, 0)]
    [InlineData("signing_config.v0.2.json", 1, 1, 1)]
    [InlineData("signing_config_rekor_v2.v0.2.json", 1, 2, 1)]
    public void The_public_ones_are_read(string name, int fulcio, int rekor, int tsa)
    {
        string file = Path.Combine(RepositoryRoot.Path, "..", "shared", "tuf", "targets", name);
        Assert.SkipUnless(File.Exists(file), "../shared is missing (targets of the public TUF repository)");
        SigningConfig config = SigningConfigReader.Read(File.ReadAllBytes(file));
        Assert.Equal(
            [fulcio, 1, rekor, tsa], [config.Fulcio.Count, config.Oidc.Count, config.Rekor.Count, config.Tsa.Count]);
        Assert.Equal(ServiceSelection.Any, config.RekorSelector.Selection);
        Assert.Equal(1u, config.Fulcio[0].MajorApiVersion);
    }

    [Theory]
    [MemberData(nameof(DamageNames))]
    public void What_is_known_must_be_right(string damage)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(
            () => SigningConfigReader.Read(RootText.Edited("sc-both.json", Damages[damage])));
        Assert.Equal(SigstoreErrorCode.MalformedSigningConfig, e.Code);
    }

    [Fact]
    public void A_version_to_come_is_not_guessed_at() => Assert.Equal(
        SigstoreErrorCode.Unsupported,
        Assert.Throws<SigstoreException>(() => SigningConfigReader.Read(RootText.Edited("sc-both.json",
            static r => r["mediaType"] = "application/vnd.dev.sigstore.signingconfig.v0.9+json"))).Code);

    [Fact]
    public void The_highest_version_that_is_valid_now_wins()
    {
        ServiceEndpoint[] services =
        [
            Service("https://old.test", 1, 2021), Service("https://new.test", 2, 2025),
            Service("https://tomorrow.test", 2, 2027), Service("https://future.test", 3, 2024),
        ];
        Assert.Equal("https://new.test", Assert.Single(Select(services, ServiceSelection.All, 1, 2)).Url);
        Assert.Equal("https://old.test", Assert.Single(Select(services, ServiceSelection.All, 1)).Url);
        Assert.Empty(Select(services, ServiceSelection.Any, 9));
    }

    [Fact]
    public void The_newest_of_each_operator_is_taken_newest_first()
    {
        ServiceEndpoint[] services =
        [
            Service("https://a-old.test", 1, 2021), Service("https://a-new.test", 1, 2024),
            Service("https://b.test", 1, 2022, "b"), Service("https://c.test", 1, 2023, "c", until: 2024),
        ];
        Assert.Equal(
            ["https://a-new.test", "https://b.test"], Select(services, ServiceSelection.All, 1).Select(static s => s.Url));
        Assert.Equal("https://b.test", Assert.Single(SigningConfig.Select(
            services, new ServiceSelector(ServiceSelection.Any), [1], Now, static count => count - 1)).Url);
        Assert.Equal("https://a-new.test", Assert.Single(Select(services, ServiceSelection.Unspecified, 1)).Url);
        Assert.Single(SigningConfig.Select(
            services, new ServiceSelector(ServiceSelection.Exact, 1), [1], Now, static _ => 0));
        Assert.Equal(
            SigstoreErrorCode.MalformedSigningConfig,
            Assert.Throws<SigstoreException>(() => SigningConfig.Select(
                services, new ServiceSelector(ServiceSelection.Exact, 3), [1], Now, static _ => 0)).Code);
    }

    [Fact]
    public void A_client_trust_configuration_holds_both()
    {
        ClientTrustConfig config = new(
            TrustedRootReader.Read(RootText.Golden("trusted_root.json")),
            SigningConfigReader.Read(RootText.Golden("sc-both.json")));
        ClientTrustConfig back = ClientTrustConfig.Read(config.Write());
        Assert.Equal(config.Write(), back.Write());
        Assert.Equal(2, back.TrustedRoot.Logs.Count);
        Assert.Equal(2, back.SigningConfig.Rekor.Count);
    }

    [Theory]
    [InlineData("trustedRoot", SigstoreErrorCode.MalformedTrustRoot)]
    [InlineData("signingConfig", SigstoreErrorCode.MalformedTrustRoot)]
    public void A_half_of_it_is_not_enough(string half, SigstoreErrorCode code)
    {
        JsonObject config = JsonNode.Parse(new ClientTrustConfig(TrustedRoot.Empty, SigningConfig.Empty).Write())!
            .AsObject();
        config.Remove(half);
        byte[] text = Encoding.UTF8.GetBytes(config.ToJsonString());
        Assert.Equal(code, Assert.Throws<SigstoreException>(() => ClientTrustConfig.Read(text)).Code);
    }

    private static IReadOnlyList<ServiceEndpoint> Select(
        ServiceEndpoint[] services, ServiceSelection selection, params uint[] versions) =>
        SigningConfig.Select(services, new ServiceSelector(selection), versions, Now, static _ => 0);

    private static ServiceEndpoint Service(
        string url, uint version, int since, string name = "a", int? until = null) => new()
    {
        Url = url,
        MajorApiVersion = version,
        Operator = name,
        ValidFor = new ValidityPeriod(
            new DateTimeOffset(since, 1, 1, 0, 0, 0, TimeSpan.Zero),
            until is { } year ? new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero) : null),
    };

    private static JsonObject First(JsonObject root) => root["caUrls"]!.AsArray()[0]!.AsObject();
}
