using System.Globalization;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>
/// Makes of what the user said who signs and who witnesses: opens keys, chooses services, and prepares for certificates
/// without asking for one before it is needed.
/// </summary>
internal sealed class SigningArguments(SigstoreCmdlet cmdlet, PathResolver paths, ISigningParameters said) : IDisposable
{
    private readonly List<IDisposable> _opened = [];
    private string _public = string.Empty;
    private SigstoreSigningConfig? _config;
    private TrustedRoot? _root;

    /// <summary>Whether a certificate names the signer.</summary>
    public bool Keyless => said.Key.Length == 0 || said.IssueCertificate;

    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy, TransparencyLogRequired, InvalidValue; of keys, trust roots and signing configurations.
    /// </exception>
    public SigningMeans Open(SignatureFormats formats, string envelopeKind = "dsse")
    {
        RefuseContradictions();

        _config = Config();
        SigningServices services = Services(formats);
        _public = string.Join(", ", services.LearnIdentity);
        if (_public.Length > 0 && !said.Force && cmdlet.Session.FirstNotice())
        {
            cmdlet.WriteWarning(
                $"The identity that signs becomes known to {_public}. What is in a public log is public for ever and cannot "
                + "be taken back. (Shown once a session; -Force leaves it out.)");
        }

        _root = said.SkipSelfVerification ? null : services.Any ? Root() : TrustedRoot.Empty;
        return new SigningMeans
        {
            Credentials = Credentials(services),
            Formats = formats,
            Services = services,
            Root = _root,
            SkipSct = said.SkipSct,
            EnvelopeKind = envelopeKind,
        };
    }

    /// <summary>What is about to be done, and who will learn of the identity by it.</summary>
    public string Action(string verb) => _public.Length == 0 ? verb : $"{verb}, identity becomes public: {_public}";

    public void Dispose() => _opened.ForEach(static one => one.Dispose());

    private bool HasOwn => said.Certificate is not null || said.UseKeyCertificate;

    private void RefuseContradictions()
    {
        string? contradiction =
            said.IssueCertificate && said.Key.Length == 0 ? "-IssueCertificate is for a -Key; without one there is one anyway."
            : said.Certificate is not null && said.UseKeyCertificate
                ? "-Certificate and -UseKeyCertificate each say which certificate: give one."
            : HasOwn && said.IssueCertificate ? "-IssueCertificate asks for a certificate, and one is given."
            : HasOwn && said.Key.Length == 0 ? "A certificate of your own needs its -Key."
            : said.Certificate is not null && said.Key.Length > 1 ? "-Certificate is that of one -Key, and several are given."
            : said.CertificateChain.Length > 0 && !HasOwn
                ? "-CertificateChain is what is above a -Certificate, or above that of -UseKeyCertificate."
            : null;
        if (contradiction is not null)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, contradiction);
        }
    }

    private SigningServices Services(SignatureFormats formats) => SigningServices.Choose(
        new ServiceWishes
        {
            Config = _config?.Config,
            Fulcio = Address(said.FulcioUri, nameof(said.FulcioUri)),
            Rekor = Address(said.RekorUri, nameof(said.RekorUri)) is { } log && !said.SkipTransparencyLog
                ? cmdlet.Await(cancel => cmdlet.Engine.Rekor.TargetAsync(log, cancel)) : null,
            TimestampAuthorities = [.. said.TimestampUri.Select(uri => Address(uri, nameof(said.TimestampUri))!)],
            SkipTransparencyLog = said.SkipTransparencyLog,
            SkipTimestamp = said.SkipTimestamp,
            Keyless = Keyless,
            OwnCertificate = HasOwn,
            Formats = formats,
        },
        cmdlet.Engine.Options.Clock.GetUtcNow());

    /// <summary>
    /// The configuration given, that of the instance, or the default one; none where addresses stand in its place: a
    /// private deployment is not mixed with the public one. A key alone asks nobody.
    /// </summary>
    private SigstoreSigningConfig? Config()
    {
        bool addresses = said.FulcioUri is not null || said.RekorUri is not null || said.TimestampUri.Length > 0;
        if (said.SigningConfig is null && said.Instance is null && (addresses || (!Keyless && said.SkipTransparencyLog)))
        {
            return null;
        }

        return new TrustArguments(cmdlet, paths).SigningConfig(said.SigningConfig, offline: false, said.Instance);
    }

    private TrustedRoot Root() =>
        new TrustArguments(cmdlet, paths).TrustRoot(said.TrustedRoot, offline: false, said.Instance).Root;

    private IReadOnlyList<ISigningCredentials> Credentials(SigningServices services)
    {
        KeyArguments keys = new(cmdlet, paths, said.Password, said.Pin);
        _opened.Add(keys);
        IReadOnlyList<SigningKey> own = keys.ForSigning(said.Key);
        return HasOwn ? [.. own.Select(key => Certified(key, services))]
            : !Keyless ? [.. own.Select(static key => new KeyCredentials(key.Reference, key.Signer))]
            : own.Count == 0 ? [Certified(services.Fulcio!, null)]
            : [.. own.Select(key => Certified(services.Fulcio!, key.Signer))];
    }

    /// <summary>A key with the certificate that its owner has for it.</summary>
    private OwnCertificateCredentials Certified(SigningKey key, SigningServices services)
    {
        CertificateArguments certificates = new(paths);
        IReadOnlyList<ReadOnlyMemory<byte>> given = said.Certificate is { } certificate
            ? certificates.Read(certificate, nameof(said.Certificate)) : key.Signer.Certificates;
        if (given.Count == 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.CertificateKeyMismatch,
                $"No certificate lies beside the key {key.Reference}; give -Certificate instead of -UseKeyCertificate.");
        }

        if (said.CertificateChain.Length > 0)
        {
            if (given.Count > 1 && said.Certificate is not null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy,
                    "-Certificate holds a chain already: leave -CertificateChain out, or give the certificate alone.");
            }

            given = [given[0], .. certificates.Read(said.CertificateChain, nameof(said.CertificateChain))];
        }

        OwnCertificate own = OwnCertificate.Read(
            given, key.Signer.PublicKey, cmdlet.Engine.Options.Clock.GetUtcNow());
        cmdlet.WriteVerbose(own.Chain.Count > 0
            ? $"Signing for {own.Name}: the certificate leads to the end of its chain."
            : $"Signing for {own.Name}: no chain was given, so the path of the certificate is not checked.");
        if (!services.Any)
        {
            // Written here: on the pipeline thread nobody hears ambient reports.
            cmdlet.WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"Neither a log nor a timestamp authority is asked when {own.Name} signs: what is signed verifies until the "
                + $"certificate expires at {own.Leaf.NotAfter.ToUniversalTime():u}, and no longer. -TimestampUri asks one."));
        }

        return new OwnCertificateCredentials(key.Signer, own, cmdlet.Engine.Options.Clock);
    }

    /// <summary>Asks for a token when a certificate is needed, and for a certificate when something is signed.</summary>
    private FulcioCredentials Certified(Uri fulcio, ISigner? own)
    {
        IdentityArguments identity = new(cmdlet, paths);
        IdentityRequest request = identity.Request(said, _config);
        IdentityPrompts prompts = identity.Prompts();
        CertificateOrder order = new()
        {
            Algorithm = SigningAlgorithm.All.First(a => a.Name == said.Algorithm.ToLowerInvariant()),
            Signer = own,
            Root = _root,
            SkipSct = said.SkipSct,
            Reuse = !said.CertificateReuse.Equals("None", StringComparison.OrdinalIgnoreCase),
        };
        Task<IdentityToken> Token(CancellationToken cancel) => cmdlet.Engine.Identity.GetAsync(request, prompts, cancel);
        if (own is null && said.CertificateReuse.Equals("Session", StringComparison.OrdinalIgnoreCase))
        {
            return cmdlet.Session.Certificates.Of(
                request, fulcio, order, Token, () => cmdlet.Engine.Certificates.Open(fulcio, order, Token));
        }

        FulcioCredentials credentials = cmdlet.Engine.Certificates.Open(fulcio, order, Token);
        _opened.Add(credentials);
        return credentials;
    }

    private static Uri? Address(string? text, string parameter) =>
        text is null ? null
        : Uri.TryCreate(text.EndsWith('/') || parameter == nameof(ISigningParameters.TimestampUri) ? text : text + "/",
            UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) && uri.UserInfo.Length == 0
            ? uri
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"-{parameter} is '{text}', no address that starts with https://.");
}
