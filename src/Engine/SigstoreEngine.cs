using System.Collections.Concurrent;
using System.Net;
using SigstorePS.Archives;
using SigstorePS.Fulcio;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Registry;
using SigstorePS.Rekor;
using SigstorePS.Signing;
using SigstorePS.Timestamp;
using SigstorePS.Trust;

namespace SigstorePS;

/// <summary>
/// The composition root: the only place that makes clients. One a runspace, so that credentials and what is known of
/// registries never cross from one session to another.
/// </summary>
internal sealed class SigstoreEngine : IDisposable
{
    private readonly HttpTransport _transport;
    private readonly ClientCertificates _clientCertificates = new();
    private readonly ConcurrentDictionary<string, ImageLayout> _layouts = new(StringComparer.Ordinal);
    private readonly RecentArchives _archives = new();

    public SigstoreEngine(SigstoreOptions options)
    {
        Options = options;
        _transport = new HttpTransport(new HttpOptions { Clock = options.Clock });
        Credentials = new CredentialStore(
            new CredentialEnvironment(options.Environment, options.Home), options.Clock);
        Registries = new RegistryConnections(_transport, Credentials, AmbientReports.Send);
        HttpChannel keys = _transport.Open(
            TlsSettings.Default, new HttpErrors(SigstoreErrorCode.KeyNotFound, SigstoreErrorCode.MalformedKey));
        KeySurroundings surroundings = new()
        {
            Environment = options.Environment,
            Home = options.Home,
            Clock = options.Clock,
            Http = tls => _transport.Open(tls, KeyServiceReplies.Http),
            ClientCertificates = _clientCertificates,
        };
        Keys = KeyOperations.Create(surroundings, (url, cancel) => FetchKeyAsync(keys, url, cancel));
        Tokens = new Pkcs11Operations(surroundings);
        Trust = new TrustOperations(
            options.Environment, options.Home,
            _transport.Open(
                TlsSettings.Default,
                new HttpErrors(SigstoreErrorCode.TufUnavailable, SigstoreErrorCode.TufProtocolViolation)),
            options.Clock);
        Resolver = new ImageResolver(Open);
        ArtifactSigner artifacts = new(
            new RekorWriter(_transport.Open(TlsSettings.Default, RekorReplies.Http), options.Clock),
            Timestamper(null), options.Clock);
        Signer = new ImageSigner(artifacts, options.Clock);
        BlobSigner = new BlobSigner(artifacts);
        GitSigner = new GitSigner(BlobSigner);
        Attester = new ImageAttester(artifacts, options.Clock);
        BaseSigner = new BaseImageSigner(Attester);
        BaseVerifier = new BaseImageVerifier(Resolver);
        BlobAttester = new BlobAttester(artifacts);
        Attacher = new SignatureAttacher(options.Clock);
        AttestationAttacher = new AttestationAttacher(options.Clock);
        Sboms = new SbomAttacher(options.Clock);
        Remover = new ArtifactRemover(options.Clock);
        Rekor = new RekorOperations(
            _transport.Open(TlsSettings.Default, RekorReplies.Http),
            RekorFolders.Of(options.Environment, options.Home), options.Clock);
        Identity = CreateIdentity();
        Timestamps = new TimestampMaker((authority, tls) => Timestamper(tls?.For(authority)));
        Certificates = new CertificateOperations(
            _transport.Open(TlsSettings.Default, FulcioReplies.Http), options.Clock);
    }

    public SigstoreOptions Options { get; }

    public CredentialStore Credentials { get; }

    public RegistryConnections Registries { get; }

    public KeyOperations Keys { get; }

    /// <summary>What is on PKCS #11 tokens.</summary>
    public Pkcs11Operations Tokens { get; }

    public TrustOperations Trust { get; }

    public ImageResolver Resolver { get; }

    public ImageSigner Signer { get; }

    public BlobSigner BlobSigner { get; }

    public GitSigner GitSigner { get; }

    public ImageAttester Attester { get; }

    public BaseImageSigner BaseSigner { get; }

    public BaseImageVerifier BaseVerifier { get; }

    public BlobAttester BlobAttester { get; }

    public SignatureAttacher Attacher { get; }

    public AttestationAttacher AttestationAttacher { get; }

    public SbomAttacher Sboms { get; }

    public ArtifactRemover Remover { get; }

    /// <summary>Writes images to layouts and archives.</summary>
    public ImageExporter NewExporter() => new(Options.Clock);

    /// <summary>Copies images for one command.</summary>
    public ImageCopier NewCopier() => new(Options.Clock);

    public RekorOperations Rekor { get; }

    public IdentityOperations Identity { get; }

    /// <summary>Timestamps of files and signatures, by themselves.</summary>
    public TimestampMaker Timestamps { get; }

    public CertificateOperations Certificates { get; }

    /// <summary>Work on bundles, with a log to get from what they lack.</summary>
    /// <param name="rekorUri">Address of a Rekor v1 log; null: the public one.</param>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public BundleOperations Bundles(string? rekorUri)
    {
        BundleLog log = new(Rekor.ClientAt(
            rekorUri is null ? RekorQuery.PublicLog : RekorQuery.ParseAddress(rekorUri)));
        return new BundleOperations(log.FetchAsync, log.FindAsync);
    }

    /// <summary>What the evaluation of policies asks others for.</summary>
    /// <param name="trust">The trust root that counts where a policy names none.</param>
    /// <param name="access">How to reach the repositories that policies name.</param>
    /// <param name="keyAccess">Passwords and PINs of keys that policies name.</param>
    public PolicyServices Policies(
        Func<CancellationToken, Task<TrustedRoot>> trust, Func<ImageReference, RegistryAccess> access,
        KeyAccess keyAccess) => new()
        {
            PublicTrust = trust,
            NamedTrust = new PolicyTrust(
                _transport.Open(
                    TlsSettings.Default,
                    new HttpErrors(SigstoreErrorCode.TufUnavailable, SigstoreErrorCode.TufProtocolViolation)),
                Options.Clock),
            Keys = Keys,
            KeyAccess = keyAccess,
            Channel = _transport.Open(
                TlsSettings.Default,
                new HttpErrors(SigstoreErrorCode.PolicyUnresolved, SigstoreErrorCode.PolicyUnresolved)),
            Open = Open,
            Access = access,
            SearchPath = Options.Environment("PATH"),
            Clock = Options.Clock,
        };

    /// <summary>Asks timestamp authorities.</summary>
    /// <param name="tls">How they are reached; null: as every public server.</param>
    public TimestampClient Timestamper(TlsSettings? tls = null) =>
        new(_transport.Open(tls ?? TlsSettings.Default, TimestampReplies.Http), Options.Clock);

    /// <summary>A git repository.</summary>
    /// <param name="folder">Full path.</param>
    /// <exception cref="SigstoreException">GitUnavailable, PathNotFound.</exception>
    public GitSource Git(string folder) => GitSource.Open(folder, Options.Environment);

    /// <summary>The repository of a reference, in a registry or on disk: a directory, or an archive.</summary>
    public IImageStore Open(ImageReference reference, RegistryAccess access) =>
        reference.IsLayout ? OpenLayout(reference.Repository) : Registries.Open(reference, access);

    /// <summary>A layout on disk.</summary>
    /// <param name="path">Full path of its directory or archive; a directory need not exist yet.</param>
    public ILayoutStore OpenLayout(string path) => File.Exists(path)
        ? _archives.Open(path)
        : _layouts.GetOrAdd(path, directory => new ImageLayout(directory, Options.Clock));

    /// <summary>The trust root or signing configuration of an export: see <see cref="ExportedTrust"/>.</summary>
    public Task<byte[]?> ReadExportedAsync(string path, string name, CancellationToken cancel) =>
        ExportedTrust.ReadAsync(path, name, _archives.Open, cancel);

    public void Dispose()
    {
        _transport.Dispose();
        _clientCertificates.Dispose();
    }

    private IdentityOperations CreateIdentity()
    {
        HttpErrors errors = new(SigstoreErrorCode.OidcUnavailable, SigstoreErrorCode.OidcProtocolViolation);
        AmbientSurroundings surroundings = new()
        {
            Environment = Options.Environment,
            Home = Options.Home,
            Clock = Options.Clock,
            Http = _transport.Open(TlsSettings.Default, errors),
            Socket = path => _transport.Open(TlsSettings.OverSocket(path), errors),
        };
        return new IdentityOperations(
            AmbientSources.Create(surroundings), Options.Environment, Options.Clock,
            new OidcLogin(surroundings.Http, Options.Clock).RunAsync);
    }

    private static async Task<byte[]> FetchKeyAsync(HttpChannel channel, Uri url, CancellationToken cancel)
    {
        HttpReply reply = await channel.SendAsync(
            new HttpCall(HttpMethod.Get, url) { BodyLimit = Limits.KeyFile }, cancel).ConfigureAwait(false);
        UrlKeyProvider.RequireSafe(reply.Uri);
        return reply.Status == HttpStatusCode.OK
            ? reply.Body
            : throw new SigstoreException(
                SigstoreErrorCode.KeyNotFound, $"{url.GetLeftPart(UriPartial.Path)} answered with HTTP {(int)reply.Status}.");
    }
}
