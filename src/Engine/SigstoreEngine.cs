using SigstorePS.Http;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS;

/// <summary>Composition root (stand-in until the lead's lands).</summary>
internal sealed class SigstoreEngine : IDisposable
{
    private readonly HttpTransport _transport = new(new HttpOptions());

    public SigstoreEngine(SigstoreOptions options)
    {
        Options = options;
        CredentialStore credentials = new(CredentialEnvironment.OfProcess());
        Registries = new RegistryConnections(_transport, credentials);
        Logins = new RegistryLogins(Registries, credentials);
        Keys = KeyOperations.Create((_, _) => throw new SigstoreException(SigstoreErrorCode.Unsupported, "no fetch"));
        Resolver = new ImageResolver(Open);
        Signer = new ImageSigner(options.Clock);
        Attacher = new SignatureAttacher(options.Clock);
        Remover = new ArtifactRemover(options.Clock);
    }

    public SigstoreOptions Options { get; }
    public RegistryConnections Registries { get; }
    public RegistryLogins Logins { get; }
    public KeyOperations Keys { get; }
    public ImageResolver Resolver { get; }
    public ImageSigner Signer { get; }
    public SignatureAttacher Attacher { get; }
    public ArtifactRemover Remover { get; }

    public IImageStore Open(ImageReference reference, RegistryAccess access) =>
        reference.IsLayout ? new ImageLayout(reference.Repository) : Registries.Open(reference, access);

    public void Dispose() => _transport.Dispose();
}
