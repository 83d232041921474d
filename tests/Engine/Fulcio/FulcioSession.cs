using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Signing;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Fulcio;

/// <summary>A certificate authority in this process and a client for it, with a clock that stands still.</summary>
internal sealed class FulcioSession : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly HttpTransport _transport = new(new HttpOptions { Attempts = 3 });
    private readonly List<FulcioCredentials> _opened = [];
    private int _tokens;

    public FulcioSession()
    {
        Clock = new ManualClock(Start);
        Server = VirtualFulcio.Start(Clock);
        Client = ClientOf(Server.Address);
        Order = new CertificateOrder { Root = Server.Root };
        Source = _ => Task.FromResult(Server.Token());
    }

    public ManualClock Clock { get; }

    public VirtualFulcio Server { get; }

    public FulcioClient Client { get; }

    public CertificateOrder Order { get; set; }

    /// <summary>Where tokens come from.</summary>
    public Func<CancellationToken, Task<IdentityToken>> Source { get; set; }

    /// <summary>How often a token was asked for.</summary>
    public int Tokens => _tokens;

    public FulcioClient ClientOf(Uri address) =>
        new(_transport.Open(TlsSettings.Default, FulcioReplies.Http), address);

    public FulcioCredentials Credentials()
    {
        FulcioCredentials credentials = new(
            Client, Order,
            cancel =>
            {
                Interlocked.Increment(ref _tokens);
                return Source(cancel);
            },
            Clock);
        _opened.Add(credentials);
        return credentials;
    }

    public Task<SigningCredential> GetAsync() => Credentials().GetAsync(TestContext.Current.CancellationToken);

    public static LocalSigner NewKey(SigningAlgorithm? algorithm = null)
    {
        algorithm ??= SigningAlgorithm.EcdsaP256;
        return LocalSigner.FromPkcs8(Pkcs8.Generate(algorithm), algorithm);
    }

    public static async Task<FulcioRequest> RequestAsync(IdentityToken token, ISigner signer) =>
        new(token, signer.PublicKey)
        {
            Proof = await signer.SignAsync(
                Encoding.UTF8.GetBytes(token.ProofText), TestContext.Current.CancellationToken),
        };

    /// <summary>The code, and that no part of the token is in what is shown.</summary>
    public static async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> work, string? token = null)
    {
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.True(code == failure.Code, $"{failure.Code}: {failure.Message}");
        foreach (string part in token?.Split('.') ?? [])
        {
            Assert.DoesNotContain(part, failure.ToString(), StringComparison.Ordinal);
        }

        return failure;
    }

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(static credentials => credentials.Dispose());
        _transport.Dispose();
        await Server.DisposeAsync();
    }
}
