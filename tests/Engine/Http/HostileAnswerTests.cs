using SigstorePS.Http;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using SigstorePS.Tests.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Http;

/// <summary>Headers that are legal text and absurd in meaning.</summary>
public sealed class HostileAnswerTests
{
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000_000)]
    public async Task An_announced_length_no_deadline_can_hold_is_over_the_limit(long length)
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/manifests/", LoopbackFault.Announce(200, length), method: "GET");
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000_000)]
    public async Task An_error_that_announces_a_length_no_deadline_can_hold_ends_in_time(long length)
    {
        await using RegistrySession session = new(requestTimeout: TimeSpan.FromMilliseconds(500));
        session.Server.AddFault("/manifests/", LoopbackFault.Announce(403, length), method: "GET");
        await FailsAsync(SigstoreErrorCode.Timeout, () => session.Open().GetManifestAsync("1.0", default));
    }

    [Theory]
    [InlineData("//")]
    [InlineData("//:80/x")]
    [InlineData("//[::1")]
    [InlineData("//a b/")]
    [InlineData("//a:99999/")]
    [InlineData("//xn--/")]
    [InlineData("https://xn--iñvalid/")]
    [InlineData("https://\u00ad/")]
    [InlineData("https://üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example/")]
    [InlineData("https://a\u3002\u3002b/")]
    public void A_location_without_a_usable_host_is_a_violation_and_no_crash(string location)
    {
        using HttpTransport transport = new(new HttpOptions());
        HttpChannel channel = transport.Open(TlsSettings.Default, RegistryErrors.Http);
        if (!Uri.TryCreate(location, UriKind.RelativeOrAbsolute, out Uri? parsed))
        {
            return; // The header itself does not parse; there is no redirect to follow.
        }

        try
        {
            Uri target = channel.Target(new Uri("https://registry.example/v2/"), parsed);
            Assert.NotEmpty(target.IdnHost);
        }
        catch (SigstoreException e)
        {
            Assert.Equal(SigstoreErrorCode.RegistryProtocolViolation, e.Code);
        }
    }

    [Theory]
    [InlineData("W/\"x\"")]
    [InlineData("\"x y\"")]
    [InlineData("x")]
    public async Task An_entity_tag_that_cannot_be_compared_is_not_sent_back(string etag)
    {
        // RFC 9110 section 13.1.1: If-Match compares strongly, so a weak one would never match and nothing be stored.
        await using RegistrySession session = new(new() { EntityTags = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        Assert.NotEqual(PutOutcome.Conflict, await store.PutManifestAsync(
            "1.0", manifest.Content, manifest.MediaType, new TagState(manifest.Digest, etag), default));
    }
}
