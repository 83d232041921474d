using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Signing;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>What the user says about services: a configuration, and addresses that take its place.</summary>
internal sealed record ServiceWishes
{
    /// <summary>Null: no configuration, only the addresses given.</summary>
    public SigningConfig? Config { get; init; }

    public Uri? Fulcio { get; init; }

    /// <summary>The log given by its address.</summary>
    public LogTarget? Rekor { get; init; }

    public IReadOnlyList<Uri> TimestampAuthorities { get; init; } = [];

    public bool SkipTransparencyLog { get; init; }

    public bool SkipTimestamp { get; init; }

    /// <summary>A certificate names the signer.</summary>
    public bool Keyless { get; init; }

    /// <summary>A certificate of the user's own PKI names the signer.</summary>
    public bool OwnCertificate { get; init; }

    /// <summary>Formats that will be written.</summary>
    public SignatureFormats Formats { get; init; } = SignatureFormats.Bundle;
}

/// <summary>The services that one command signs with.</summary>
internal sealed record SigningServices
{
    private static readonly uint[] AnyRekor = [1, 2];
    private static readonly uint[] First = [1];

    /// <summary>Null: no certificate is asked for.</summary>
    public Uri? Fulcio { get; init; }

    /// <summary>The identity provider of the configuration; null: it names none.</summary>
    public Uri? OidcIssuer { get; init; }

    public IReadOnlyList<LogTarget> Logs { get; init; } = [];

    /// <summary>Logs for the older format, which holds entries of Rekor v1 only.</summary>
    public IReadOnlyList<LogTarget> LegacyLogs { get; init; } = [];

    public IReadOnlyList<Uri> TimestampAuthorities { get; init; } = [];

    /// <summary>The signer has a certificate already, of his own PKI.</summary>
    public bool OwnCertificate { get; init; }

    /// <summary>Whether a certificate names the signer, whoever issued it.</summary>
    public bool Certified => Fulcio is not null || OwnCertificate;

    /// <summary>Whether any of them is asked: then a trust root is needed to verify what they answer.</summary>
    public bool Any => Fulcio is not null || Logs.Count + LegacyLogs.Count + TimestampAuthorities.Count > 0;

    /// <summary>Hosts that an identity is published on; none when a key signs.</summary>
    public IEnumerable<string> LearnIdentity => !Certified ? []
        : new[] { Fulcio }.OfType<Uri>().Concat(Logs.Concat(LegacyLogs).Select(static l => l.Address))
            .Select(static uri => uri.Authority).Distinct();

    /// <summary>The services valid now, as the configuration selects them (wire format of sigstore_trustroot.proto).</summary>
    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy: what is wanted cannot be had of these services. TransparencyLogRequired: nobody would say
    /// when a certificate was used. MalformedSigningConfig.
    /// </exception>
    public static SigningServices Choose(ServiceWishes wishes, DateTimeOffset now)
    {
        SigningConfig config = wishes.Config ?? SigningConfig.Empty;
        bool legacy = wishes.Formats.HasFlag(SignatureFormats.Legacy);
        bool bundle = wishes.Formats.HasFlag(SignatureFormats.Bundle);
        SigningServices services = new()
        {
            Fulcio = wishes.Keyless ? wishes.Fulcio ?? One(config.Fulcio, now) : null,
            OwnCertificate = wishes.OwnCertificate,
            OidcIssuer = One(config.Oidc, now),
            Logs = bundle && !wishes.SkipTransparencyLog ? Rekor(wishes, config.RekorSelector, AnyRekor, now) : [],
            LegacyLogs = legacy && !wishes.SkipTransparencyLog ? Rekor(wishes, default, First, now) : [],
            TimestampAuthorities = wishes.SkipTimestamp ? []
                : wishes.TimestampAuthorities.Count > 0 ? wishes.TimestampAuthorities
                : [.. Select(config.Tsa, config.TsaSelector, First, now).Select(static s => new Uri(s.Url))],
        };
        services.RefuseContradictions(wishes, config, legacy, bundle);
        return services;
    }

    /// <summary>What a signature in this format gets.</summary>
    public SigningPlan PlanFor(SignatureFormat format) => format == SignatureFormat.Bundle
        ? new SigningPlan { Logs = Logs, TimestampAuthorities = TimestampAuthorities }
        : new SigningPlan { Logs = LegacyLogs, TimestampAuthorities = [.. TimestampAuthorities.Take(1)] };

    private void RefuseContradictions(ServiceWishes wishes, SigningConfig config, bool legacy, bool bundle)
    {
        // Addresses stand in for a configuration: what they leave out must be left out by name.
        if (wishes is { Config: null, Rekor: null, SkipTransparencyLog: false })
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "An entry in a transparency log is the default, and the addresses given name no log: give -RekorUri, a "
                + "-SigningConfig, or -SkipTransparencyLog.");
        }

        if (wishes.Keyless && Fulcio is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "No certificate authority: the signing configuration names none that is valid now. Give -FulcioUri, or "
                + "a -Key.");
        }

        // Of a configuration that is out of date nobody wants a signature that is silently in no log.
        if (bundle && !wishes.SkipTransparencyLog && Logs.Count == 0 && (wishes.Rekor is not null || config.Rekor.Count > 0))
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "The signing configuration names logs, and none that is known here is valid now. Renew it, give -RekorUri, "
                + "or -SkipTransparencyLog.");
        }

        if (legacy && !wishes.SkipTransparencyLog && LegacyLogs.Count == 0
            && (wishes.Rekor is not null || config.Rekor.Count > 0))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "-Format Legacy holds entries of Rekor v1 logs only, and there is none here. Use -Format Bundle, or "
                + "-SkipTransparencyLog.");
        }

        RefuseTimeless(wishes, bundle);
        bool witnessed = TimestampAuthorities.Count > 0;
        if (wishes.Keyless && !witnessed
            && ((bundle && !Logs.Any(static l => l.Version == 1)) || (legacy && LegacyLogs.Count == 0)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                Logs.Count > 0
                    ? "A Rekor v2 log does not say when an entry was made: give -TimestampUri, or a signing configuration "
                      + "with a timestamp authority."
                    : "A certificate lives for minutes: without a log or a timestamp nobody can say later that the signature "
                      + "was made in time. Give -RekorUri or -TimestampUri, or a signing configuration that names them.");
        }
    }

    /// <summary>
    /// An own certificate may go without witnesses: whoever verifies it then does so at his present. In a log it must not
    /// be one that tells no time.
    /// </summary>
    private void RefuseTimeless(ServiceWishes wishes, bool bundle)
    {
        if (wishes.OwnCertificate && bundle && TimestampAuthorities.Count == 0 && Logs.Count > 0
            && !Logs.Any(static l => l.Version == 1))
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "A Rekor v2 log does not say when an entry was made: give -TimestampUri, or a signing configuration with a "
                + "timestamp authority, so that the signature holds when its certificate has expired.");
        }
    }

    private static IReadOnlyList<LogTarget> Rekor(
        ServiceWishes wishes, ServiceSelector selector, uint[] versions, DateTimeOffset now) =>
        wishes.Rekor is { } given
            ? versions.Contains(given.Version) ? [given] : []
            : [.. Select(wishes.Config?.Rekor ?? [], selector, versions, now)
                .Select(static s => new LogTarget(new Uri(s.Url), s.MajorApiVersion))];

    private static Uri? One(IReadOnlyList<ServiceEndpoint> services, DateTimeOffset now) =>
        Select(services, default, First, now) is [var service, ..] ? new Uri(service.Url) : null;

    private static IReadOnlyList<ServiceEndpoint> Select(
        IReadOnlyList<ServiceEndpoint> services, ServiceSelector selector, uint[] versions, DateTimeOffset now) =>
        SigningConfig.Select(services, selector, versions, now, RandomNumberGenerator.GetInt32);
}
