using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Support;

namespace SigstorePS.Tests.Http;

/// <summary>Credentials in headers of a protocol's own stay where they were meant to go.</summary>
public sealed class SecretHeaderTests
{
    [Theory]
    [InlineData(false, "secret")]
    [InlineData(true, "")]
    public async Task A_secret_header_follows_to_the_same_origin_only(bool elsewhere, string arrives)
    {
        string? seen = null, open = null;
        await using LoopbackServer target = LoopbackServer.Start(Note);
        await using LoopbackServer server = LoopbackServer.Start(context =>
        {
            if (context.Request.Path == "/to")
            {
                return Note(context);
            }

            context.Response.StatusCode = 307;
            context.Response.Headers.Location = (elsewhere ? target.Address : "") + "/to";
            return Task.CompletedTask;
        });
        using HttpTransport transport = new(new HttpOptions());
        HttpReply reply = await transport.Open(TlsSettings.Default, KeyServiceReplies.Http).SendAsync(
            new HttpCall(HttpMethod.Get, new Uri(server.Address))
            {
                SecretHeaders = [("X-Secret", "secret")], Headers = [("X-Open", "open")],
            },
            TestContext.Current.CancellationToken);
        Assert.True(reply.IsSuccess);
        Assert.Equal((arrives, "open"), (seen, open));

        Task Note(Microsoft.AspNetCore.Http.HttpContext context)
        {
            (seen, open) = (context.Request.Headers["X-Secret"].ToString(), context.Request.Headers["X-Open"].ToString());
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_redirect_that_is_not_followed_is_an_answer()
    {
        await using LoopbackServer server = LoopbackServer.Start(static context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "/again";
            return Task.CompletedTask;
        });
        using HttpTransport transport = new(new HttpOptions());
        HttpReply reply = await transport.Open(TlsSettings.Default, KeyServiceReplies.Http).SendAsync(
            new HttpCall(HttpMethod.Get, new Uri(server.Address)) { FollowsRedirects = false },
            TestContext.Current.CancellationToken);
        Assert.Equal(307, (int)reply.Status);
    }
}
