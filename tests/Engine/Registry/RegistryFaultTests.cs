using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryFaultTests
{
    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_passing_failure_is_sat_out(int status)
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.Status(status), times: 3);
        Assert.Equal(image, (await session.Open().ResolveAsync("1.0", default))!.Digest);
        Assert.Equal(3, session.Clock.Waits.Count);
        // Exponential, with a jitter of at most half.
        Assert.InRange(session.Clock.Waits[2], TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("Thu, 01 Jan 2026 00:00:07 GMT")]
    public async Task Retry_after_is_obeyed(string retryAfter)
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.Status(429, retryAfter: retryAfter), times: 1);
        Assert.NotNull(await session.Open().ResolveAsync("1.0", default));
        Assert.InRange(Assert.Single(session.Clock.Waits), TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_retry_after_of_an_hour_is_not_waited_for()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.Status(429, retryAfter: "3600"));
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.RegistryThrottled, () => session.Open().GetManifestAsync("1.0", default));
        Assert.Contains("3600 s", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, session.Count("GET", "/manifests/"));
    }

    [Theory]
    [InlineData(429, SigstoreErrorCode.RegistryThrottled)]
    [InlineData(500, SigstoreErrorCode.RegistryUnavailable)]
    [InlineData(503, SigstoreErrorCode.RegistryUnavailable)]
    public async Task A_failure_that_lasts_ends_after_all_tries(int status, object code)
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.Status(status));
        await FailsAsync((SigstoreErrorCode)code, () => session.Open().GetManifestAsync("1.0", default));
        Assert.Equal(Limits.RequestAttempts, session.Count("GET", "/manifests/"));
    }

    [Fact]
    public async Task A_registry_that_hangs_is_a_timeout_and_not_a_cancellation()
    {
        await using RegistrySession session = new(requestTimeout: TimeSpan.FromMilliseconds(500));
        RegistryClient store = session.Open();
        await store.ResolveAsync("warm", default);
        session.Server.AddFault("/manifests/", LoopbackFault.Hang);
        await FailsAsync(SigstoreErrorCode.Timeout, () => store.GetManifestAsync("1.0", default));
        Assert.Equal(1, session.Count("GET", "/manifests/1.0"));
    }

    [Fact]
    public async Task A_body_that_stalls_is_a_timeout()
    {
        await using RegistrySession session = new(requestTimeout: TimeSpan.FromMilliseconds(500));
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.StallBody, method: "GET");
        await FailsAsync(SigstoreErrorCode.Timeout, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task A_truncated_body_is_asked_for_again_and_then_given_up()
    {
        await using RegistrySession session = new();
        Digest image = session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.Truncate, times: 2, method: "GET");
        Assert.Equal(image, (await session.Open().GetManifestAsync("1.0", default))!.Digest);

        session.Server.AddFault("/manifests/", LoopbackFault.Truncate, method: "GET");
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task A_dropped_connection_is_tried_again_and_then_given_up()
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault("/manifests/", LoopbackFault.Drop, times: 4);
        Assert.NotNull(await session.Open().GetManifestAsync("1.0", default));

        session.Server.AddFault("/manifests/", LoopbackFault.Drop);
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task Redirects_without_end_are_left()
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.RedirectLoop);
        await FailsAsync(
            SigstoreErrorCode.RegistryProtocolViolation, () => session.Open().GetManifestAsync("1.0", default));
        Assert.Equal(Limits.Redirects + 1, session.Count("GET", "/manifests/"));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("http://user:pass@127.0.0.1/x")]
    public async Task Redirects_to_what_is_no_plain_web_address_are_refused(string location)
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.RedirectTo(location));
        await FailsAsync(
            SigstoreErrorCode.RegistryProtocolViolation, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task Blobs_behind_a_redirect_are_fetched_without_credentials()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token, BlobsElsewhere = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open(access: Account);
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        await store.ReadBlobAsync(manifest.Layers[0], 100, default);

        LoopbackRequest blob = Assert.Single(session.Server.Requests, static r => r.Elsewhere);
        Assert.Null(blob.Authorization);
        Assert.All(
            session.Server.Requests.Where(static r => r.Path.Contains("/app/", StringComparison.Ordinal) && !r.Elsewhere),
            static r => Assert.NotNull(r.Authorization));
    }

    [Fact]
    public async Task What_a_registry_says_is_shown_clean_and_short()
    {
        await using RegistrySession session = new();
        string evil = "\\u001b[2Jgone\\r\\n" + new string('x', 5000);
        session.Server.AddFault(
            "/manifests/", LoopbackFault.Status(400, $"{{\"errors\":[{{\"code\":\"BAD\",\"message\":\"{evil}\"}}]}}"));
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.RegistryRejected, () => session.Open().GetManifestAsync("1.0", default));
        Assert.Contains("BAD", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', e.Message);
        Assert.True(e.Message.Length < 600);
    }

    [Fact]
    public async Task Nobody_at_the_port_is_unavailable()
    {
        RegistryClient store;
        await using (RegistrySession session = new())
        {
            store = session.Open();
        }

        await using RegistrySession other = new();
        using HttpTransport transport = new(new HttpOptions { Clock = other.Clock });
        RegistryConnections connections = new(transport, NoCredentials);
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () =>
            connections.Open(store.Registry, "app", RegistryAccess.Default).ResolveAsync("1.0", default));
    }

    [Theory]
    [InlineData("user@evil")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task A_registry_name_that_is_none_is_refused(string registry)
    {
        using HttpTransport transport = new(new HttpOptions());
        RegistryConnections connections = new(transport, NoCredentials);
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () =>
            connections.Open(registry, "app", RegistryAccess.Default).ResolveAsync("1.0", default));
    }
}
