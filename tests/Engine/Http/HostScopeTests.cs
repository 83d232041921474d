using System.Net;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Tests.Http;

public sealed class HostScopeTests
{
    [Theory]
    [InlineData("localhost", true, true)]
    [InlineData("LOCALHOST", true, true)]
    [InlineData("127.0.0.1", true, true)]
    [InlineData("127.9.9.9", true, true)]
    [InlineData("::1", true, true)]
    [InlineData("[::1]", true, true)]
    [InlineData("::ffff:127.0.0.1", true, true)]
    [InlineData("registry.local", false, true)]
    [InlineData("10.1.2.3", false, true)]
    [InlineData("172.16.0.1", false, true)]
    [InlineData("172.31.255.255", false, true)]
    [InlineData("192.168.1.1", false, true)]
    [InlineData("169.254.169.254", false, true)]
    [InlineData("fd00::1", false, true)]
    [InlineData("fe80::1", false, true)]
    [InlineData("172.15.0.1", false, false)]
    [InlineData("172.32.0.1", false, false)]
    [InlineData("192.169.1.1", false, false)]
    [InlineData("8.8.8.8", false, false)]
    [InlineData("2001:db8::1", false, false)]
    [InlineData("ghcr.io", false, false)]
    [InlineData("localhost.evil.com", false, false)]
    [InlineData("10.1.2.3.evil.com", false, false)]
    [InlineData("notlocal", false, false)]
    public void Names_are_loopback_private_or_public(string host, bool loopback, bool isPrivate)
    {
        Assert.Equal(loopback, HostScope.IsLoopback(host));
        Assert.Equal(isPrivate, HostScope.IsPrivate(host));
    }

    [Theory]
    [InlineData("https://a.com/x", "https://A.com:443/y", true)]
    [InlineData("https://a.com/x", "http://a.com/x", false)]
    [InlineData("https://a.com/x", "https://a.com:444/x", false)]
    [InlineData("https://a.com/x", "https://b.a.com/x", false)]
    public void Credentials_stay_at_one_origin(string a, string b, bool same) =>
        Assert.Equal(same, HostScope.SameOrigin(new Uri(a), new Uri(b)));

    [Fact]
    public void A_proxy_is_never_used_for_loopback()
    {
        EnvironmentProxy proxy = new(new WebProxy("http://proxy.example.com:3128"));
        Assert.True(proxy.IsBypassed(new Uri("http://127.0.0.1:5000/v2/")));
        Assert.Null(proxy.GetProxy(new Uri("http://localhost:5000/v2/")));
        Assert.False(proxy.IsBypassed(new Uri("https://ghcr.io/v2/")));
        Assert.Equal("proxy.example.com", proxy.GetProxy(new Uri("https://ghcr.io/v2/"))!.Host);
    }

    [Theory]
    [InlineData(0, 10, null, true)]
    [InlineData(10, 10, null, true)]
    [InlineData(11, 10, null, false)]
    [InlineData(100_000, 200_000, null, true)]
    [InlineData(100_000, 200_000, 5L, true)]
    [InlineData(5, 200_000, 100_000L, true)]
    [InlineData(100_000, 99_999, 100_000L, false)]
    public async Task Reading_stops_at_the_limit_whatever_was_announced(int length, long limit, long? announced, bool complete)
    {
        byte[] content = new byte[length];
        Random.Shared.NextBytes(content);
        using MemoryStream stream = new(content);
        (byte[] read, bool whole) = await BoundedReader.ReadAsync(stream, limit, announced, default);
        Assert.Equal(complete, whole);
        Assert.Equal(content[..(int)Math.Min(length, limit)], read);
    }
}
