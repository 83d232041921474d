using System.Security.Cryptography;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Operations;

public sealed class TrustRootBuilderTests
{
    private const string Start = "start-time=2020-01-01T00:00:00Z";

    [Theory]
    [InlineData("certificate-chain=x")]                                              // no address
    [InlineData("url=fulcio.test,certificate-chain=x")]                              // no scheme
    [InlineData("url=file:///tmp,certificate-chain=x")]
    [InlineData("url=https://f.test,certificate-chain=x,endtime=2030,end-time=2031")] // twice
    [InlineData("url=https://f.test,certificate-chain=x,until=2030-01-01T00:00:00Z")] // unknown
    [InlineData("url=https://f.test,certificate-chain=x,end-time=2030-01-01")]
    [InlineData("url=https://f.test,certificate-chain=x,end-time=2001-01-01T00:00:00Z")]
    [InlineData("url=https://f.test,certificate-chain=x,start-time=2030-01-01T00:00:00Z,end-time=2030-01-01T00:00:00Z")]
    [InlineData("https://f.test")]
    public void A_wrong_description_is_refused(string text) => Refused(
        SigstoreErrorCode.InvalidValue, () => new TrustRootBuilder().AddAuthority(
            Spec(text, TrustRootBuilder.AuthorityNames), Golden("fulcio-chain.pem"), TrustKind.Fulcio));

    [Fact]
    public void A_chain_must_be_certificates_in_order()
    {
        string chain = File.ReadAllText(RepositoryRoot.Fixture("golden", "trust", "fulcio-chain.pem"));
        int second = chain.IndexOf("-----BEGIN", 10, StringComparison.Ordinal);
        string reversed = $"{chain[second..].TrimEnd()}\n{chain[..second]}";
        Authority(SigstoreErrorCode.InvalidValue, System.Text.Encoding.ASCII.GetBytes(reversed), TrustKind.Fulcio);
        Authority(SigstoreErrorCode.InvalidValue, Golden("rekor1.pub"), TrustKind.Fulcio);
        Authority(SigstoreErrorCode.MalformedCertificate, "no certificate"u8.ToArray(), TrustKind.Fulcio);
        Authority(SigstoreErrorCode.InvalidValue, Golden("tsa-root.pem"), TrustKind.Tsa);
    }

    [Fact]
    public void Of_a_log_the_origin_makes_the_id_only_where_it_counts()
    {
        TrustRootBuilder builder = new();
        byte[] key = Golden("rekor2.pub");
        byte[] plain = SHA256.HashData(PublicKeyFile.Read(key).Spki.Span);
        Assert.True(builder.AddLog(Log("https://a.test"), key, TrustKind.Rekor));
        Assert.False(builder.AddLog(Log("https://rekor2.peers.test,origin=rekor2.peers.test"), key, TrustKind.Rekor));
        Assert.False(builder.AddLog(Log("https://c.test,origin=c.test"), key, TrustKind.CtLog));

        TrustedRoot root = builder.Build(compatible: false);
        Assert.Equal(plain, root.Logs[0].LogId.ToArray());
        Assert.Equal(
            "9zx/jb5iqhr5dAlyoEJjCFAV8j3NZ+kBqRO/hUWXQIA=", Convert.ToBase64String(root.Logs[1].LogId.Span));
        Assert.Equal(plain, root.CertificateLogs[0].LogId.ToArray());
    }

    [Fact]
    public void One_log_twice_is_refused_and_one_of_the_base_is_replaced()
    {
        TrustRootBuilder builder = new();
        builder.Begin(
            TrustedRootReader.Read(Golden("trusted_root.json")),
            new HashSet<TrustKind> { TrustKind.Tsa, TrustKind.CtLog });
        builder.AddLog(Log("https://moved.test"), Golden("rekor1.pub"), TrustKind.Rekor);
        Refused(SigstoreErrorCode.InvalidValue, () =>
            builder.AddLog(Log("https://again.test"), Golden("rekor1.pub"), TrustKind.Rekor));

        TrustedRoot root = builder.Build(compatible: false);
        Assert.Equal(["https://rekor2.peers.test", "https://moved.test"], root.Logs.Select(static l => l.BaseUrl));
        Assert.Single(root.CertificateAuthorities);
        Assert.Empty(root.TimestampAuthorities);
        Assert.Empty(root.CertificateLogs);
    }

    [Theory]
    [InlineData("Some")]
    [InlineData("Exact")]
    [InlineData("Exact:0")]
    [InlineData("Exact:-1")]
    [InlineData("Any:1")]
    [InlineData("")]
    public void A_selector_must_be_one(string text) => Refused(
        SigstoreErrorCode.InvalidValue, () => new SigningConfigBuilder().Select(TrustKind.Rekor, text));

    [Fact]
    public void A_selector_may_be_left_out_where_there_is_no_choice()
    {
        SigningConfigBuilder builder = new();
        Assert.Equal(default, builder.Build().RekorSelector);
        builder.Add(Service("https://a.test"), TrustKind.Rekor);
        Assert.Equal(ServiceSelection.Any, builder.Build().RekorSelector.Selection);
        builder.Add(Service("https://b.test"), TrustKind.Rekor);
        Refused(SigstoreErrorCode.InvalidValue, () => builder.Build());
        builder.Select(TrustKind.Rekor, "exact:2");
        Refused(SigstoreErrorCode.InvalidValue, () => builder.Build());   // both are of one operator
        builder.Select(TrustKind.Rekor, "ALL");
        Assert.Equal(2, builder.Build().Rekor.Count);
    }

    private static void Authority(SigstoreErrorCode code, byte[] pem, TrustKind kind) => Refused(code, () =>
        new TrustRootBuilder().AddAuthority(
            Spec("url=https://f.test,certificate-chain=x", TrustRootBuilder.AuthorityNames), pem, kind));

    private static void Refused(SigstoreErrorCode code, Action action) =>
        Assert.Equal(code, Assert.Throws<SigstoreException>(action).Code);

    private static ServiceSpec Log(string url) => Spec($"url={url},public-key=x,{Start}", TrustRootBuilder.LogNames);

    private static ServiceSpec Service(string url) =>
        Spec($"url={url},api-version=1,{Start},operator=one", SigningConfigBuilder.Names);

    private static ServiceSpec Spec(string text, ReadOnlySpan<string> names) =>
        new("Test", ServiceSpec.Pairs("Test", text), names);

    private static byte[] Golden(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "trust", name));
}
