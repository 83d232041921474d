using System.Management.Automation;
using SigstorePS.Operations;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>Makes a signing configuration: which services to sign with.</summary>
[Cmdlet(VerbsCommon.New, "SigstoreSigningConfig", SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreSigningConfig))]
public sealed class NewSigstoreSigningConfigCommand : TrustFileCmdlet
{
    /// <summary>Fulcio servers: url, api-version, start-time, operator; end-time.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Fulcio { get; set; } = [];

    /// <summary>OpenID Connect issuers: url, api-version, start-time, operator; end-time.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] OidcProvider { get; set; } = [];

    /// <summary>Rekor logs: url, api-version, start-time, operator; end-time.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Rekor { get; set; } = [];

    /// <summary>Timestamp authorities: url, api-version, start-time, operator; end-time.</summary>
    [Parameter]
    [Alias("Tsa")]
    [ValidateNotNullOrEmpty]
    public object[] TimestampAuthority { get; set; } = [];

    /// <summary>How many logs are written to: Any (one of them), All, or Exact:n.</summary>
    [Parameter]
    [Alias("RekorConfig")]
    [ValidatePattern("^(?i:any|all|exact:[1-9][0-9]{0,3})$")]
    public string? RekorSelector { get; set; }

    /// <summary>How many timestamp authorities are asked: Any (one of them), All, or Exact:n.</summary>
    [Parameter]
    [Alias("TsaConfig")]
    [ValidatePattern("^(?i:any|all|exact:[1-9][0-9]{0,3})$")]
    public string? TsaSelector { get; set; }

    /// <summary>Kinds to leave out of -BaseOn.</summary>
    [Parameter]
    [ValidateSet("Fulcio", "Oidc", "Rekor", "Tsa")]
    public string[] Exclude { get; set; } = [];

    private protected override void Begin()
    {
        PathResolver paths = new(this);
        SigningConfigBuilder builder = new();
        IReadOnlySet<TrustKind> excluded = Excluded(Exclude);
        if (BaseOn is not null)
        {
            builder.Begin(
                new TrustArguments(this, paths).SigningConfig(IsPublicGood ? null : BaseOn, FromRepository).Config,
                excluded);
        }

        Add(builder, Fulcio, nameof(Fulcio), TrustKind.Fulcio);
        Add(builder, OidcProvider, nameof(OidcProvider), TrustKind.Oidc);
        Add(builder, Rekor, nameof(Rekor), TrustKind.Rekor);
        Add(builder, TimestampAuthority, nameof(TimestampAuthority), TrustKind.Tsa);
        if (RekorSelector is not null)
        {
            builder.Select(TrustKind.Rekor, RekorSelector);
        }

        if (TsaSelector is not null)
        {
            builder.Select(TrustKind.Tsa, TsaSelector);
        }

        DateTimeOffset now = Engine.Options.Clock.GetUtcNow();
        SigningConfig config = builder.Build();
        string json = TrustFiles.Describe(config, TrustFiles.Memory, now).Json;
        if (Write(json, "signing configuration", paths) is { } source)
        {
            WriteObject(TrustFiles.Describe(config, source, now));
        }
    }

    private static void Add(SigningConfigBuilder builder, object[] specs, string parameter, TrustKind kind)
    {
        foreach (object item in specs)
        {
            builder.Add(ServiceArgument.Read(parameter, item, SigningConfigBuilder.Names), kind);
        }
    }

    /// <summary>
    /// The signing configuration of the public sigstore, whichever mirror the cache was initialized with.
    /// </summary>
    private SigstoreSigningConfig FromRepository() => Await(cancel => Engine.Trust.GetSigningConfigAsync(
        new TrustRequest { Mirror = TrustOperations.PublicMirror }, rekorV2: false, cancel));
}
