using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Rekor;
using SigstorePS.Signing;
using SigstorePS.Support.Sigstore;
using SigstorePS.Timestamp;

namespace SigstorePS.Tests.Signing;

/// <summary>A signer and the whole virtual sigstore.</summary>
internal sealed class SigningSession : IAsyncDisposable
{
    private readonly HttpTransport _transport = new(
        new HttpOptions { Attempts = 2, RequestTimeout = TimeSpan.FromSeconds(5) });
    private readonly List<IDisposable> _opened = [];

    public SigningSession() => Signer = new ArtifactSigner(
        new RekorWriter(_transport.Open(TlsSettings.Default, RekorReplies.Http), TimeProvider.System),
        new TimestampClient(_transport.Open(TlsSettings.Default, TimestampReplies.Http)), TimeProvider.System);

    public VirtualSigstore Sigstore { get; } = VirtualSigstore.Start();

    public ArtifactSigner Signer { get; }

    public int Tokens { get; private set; }

    /// <summary>A key by the name of its algorithm, or <c>keyless</c>.</summary>
    public ISigningCredentials Credentials(string who)
    {
        if (who == "keyless")
        {
            FulcioCredentials credentials = new(
                new FulcioClient(_transport.Open(TlsSettings.Default, FulcioReplies.Http), Sigstore.Fulcio.Address),
                new CertificateOrder { Root = Sigstore.Root },
                _ =>
                {
                    Tokens++;
                    return Task.FromResult(Sigstore.Fulcio.Token());
                },
                TimeProvider.System);
            _opened.Add(credentials);
            return credentials;
        }

        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == who);
        LocalSigner signer = LocalSigner.FromPkcs8(Pkcs8.Generate(algorithm), algorithm);
        _opened.Add(signer);
        return new KeyCredentials(who, signer);
    }

    /// <summary>The plan that a signing configuration leads to.</summary>
    public SigningPlan Plan(string logs, SignatureFormat format = SignatureFormat.Bundle, bool keyless = false)
    {
        uint[] rekor = logs switch { "v1" => [1], "v2" => [2], _ => [] };
        SigningServices services = SigningServices.Choose(
            new ServiceWishes
            {
                Config = Sigstore.Config(rekor, tsa: logs is "v2" or "tsa"),
                Keyless = keyless,
                Formats = format == SignatureFormat.Bundle ? SignatureFormats.Bundle : SignatureFormats.Legacy,
            },
            TimeProvider.System.GetUtcNow());
        return services.PlanFor(format) with { Root = Sigstore.Root };
    }

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(static o => o.Dispose());
        _transport.Dispose();
        await Sigstore.DisposeAsync();
    }
}
