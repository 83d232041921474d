using System.Net;
using SigstorePS.Http;
using SigstorePS.Oidc;
using SigstorePS.Support.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>An issuer in this process, an imitation of a browser, and the login that is tested.</summary>
internal sealed class LoginSession : IAsyncDisposable
{
    private readonly HttpTransport _transport;
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly TaskCompletionSource<HttpStatusCode> _page = new();

    public LoginSession(
        TimeProvider? clock = null, TimeSpan? browserTime = null, TimeSpan? requestTime = null)
    {
        Clock = clock ?? TimeProvider.System;
        _transport = new HttpTransport(new HttpOptions
        {
            Clock = Clock, RequestTimeout = requestTime ?? Limits.Request,
        });
        Issuer = VirtualIssuer.Start(Clock);
        Issuer.Algorithm = "ES256";
        Login = new OidcLogin(
            _transport.Open(
                TlsSettings.Default,
                new HttpErrors(SigstoreErrorCode.OidcUnavailable, SigstoreErrorCode.OidcProtocolViolation)), Clock)
        {
            BrowserTime = browserTime ?? TimeSpan.FromSeconds(60),
        };
        Request = new LoginRequest(Issuer.Name);
        Prompts = new IdentityPrompts(Told.Add, Browse, null);
    }

    public TimeProvider Clock { get; }

    public VirtualIssuer Issuer { get; }

    public OidcLogin Login { get; }

    public LoginRequest Request { get; set; }

    /// <summary>A browser that is logged in at once, and nobody at the keyboard.</summary>
    public IdentityPrompts Prompts { get; set; }

    public List<string> Told { get; } = [];

    /// <summary>Every address the browser was opened with.</summary>
    public List<Uri> Opened { get; } = [];

    /// <summary>The page the imitation browser was shown in the end.</summary>
    public string Page { get; private set; } = string.Empty;

    /// <summary>Its status; waits for it.</summary>
    public Task<HttpStatusCode> PageStatus => _page.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public HttpResponseMessage? PageReply { get; private set; }

    /// <summary>What to do instead of going where the issuer sends the browser.</summary>
    public Func<Uri, Task>? Instead { get; set; }

    public Task<IdentityToken> BrowserAsync() =>
        Login.BrowserAsync(Request, Prompts, TestContext.Current.CancellationToken);

    public Task<IdentityToken> DeviceAsync() =>
        Login.DeviceAsync(Request, Prompts, TestContext.Current.CancellationToken);

    public Task<IdentityToken> ClientCredentialsAsync() =>
        Login.ClientCredentialsAsync(Request, TestContext.Current.CancellationToken);

    /// <summary>Fails with a code, and with no secret in its text.</summary>
    public async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> work)
    {
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.True(code == failure.Code, failure.ToString());
        ShowsNoSecret(failure.ToString());
        return failure;
    }

    /// <summary>No code, token, verifier or secret is in a text.</summary>
    public void ShowsNoSecret(string text)
    {
        foreach (string secret in Issuer.Secrets.Concat(
            Issuer.LastForm.Where(static f => f.Key is "code" or "code_verifier" or "device_code" or "client_secret")
                .Select(static f => f.Value)).Append(Request.ClientSecret ?? "-none-"))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    /// <summary>As a browser does: asks, follows the one redirect, shows a page.</summary>
    public bool Browse(Uri address)
    {
        Opened.Add(address);
        _ = Task.Run(async () =>
        {
            try
            {
                using HttpResponseMessage reply = await _browser.GetAsync(address);
                Uri back = reply.Headers.Location ?? throw new InvalidOperationException($"{reply.StatusCode}");
                await (Instead is null ? GoAsync(back) : Instead(back));
            }
            catch (Exception e)
            {
                _page.TrySetException(e);
            }
        });
        return true;
    }

    public async Task GoAsync(Uri back)
    {
        PageReply = await _browser.GetAsync(back);
        Page = await PageReply.Content.ReadAsStringAsync();
        _page.TrySetResult(PageReply.StatusCode);
    }

    /// <summary>The code that the issuer shows to somebody who opens an address that was told.</summary>
    public async Task<string> ShownCodeAsync()
    {
        string told = Told.Last(static t => t.Contains("oob", StringComparison.Ordinal));
        return await _browser.GetStringAsync(
            told.Split(' ').First(static w => w.StartsWith("http", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        PageReply?.Dispose();
        _browser.Dispose();
        _transport.Dispose();
        await Issuer.DisposeAsync();
    }
}
