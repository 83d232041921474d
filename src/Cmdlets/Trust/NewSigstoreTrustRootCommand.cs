using System.Management.Automation;
using SigstorePS.Operations;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>Makes a trust root of the addresses, keys and certificates of your own services.</summary>
[Cmdlet(VerbsCommon.New, "SigstoreTrustRoot", SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreTrustRoot))]
public sealed class NewSigstoreTrustRootCommand : TrustFileCmdlet
{
    /// <summary>Certificate authorities: url, certificate-chain; start-time, end-time, operator.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Fulcio { get; set; } = [];

    /// <summary>Transparency logs: url, public-key, start-time; end-time, origin, operator.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Rekor { get; set; } = [];

    /// <summary>Certificate transparency logs: url, public-key, start-time; end-time, operator.</summary>
    [Parameter]
    [Alias("Ctfe")]
    [ValidateNotNullOrEmpty]
    public object[] CtLog { get; set; } = [];

    /// <summary>Timestamp authorities: url, certificate-chain; start-time, end-time, operator.</summary>
    [Parameter]
    [Alias("Tsa")]
    [ValidateNotNullOrEmpty]
    public object[] TimestampAuthority { get; set; } = [];

    /// <summary>Kinds to leave out of -BaseOn.</summary>
    [Parameter]
    [ValidateSet("Fulcio", "Rekor", "CtLog", "Tsa")]
    public string[] Exclude { get; set; } = [];

    /// <summary>Leaves out what cosign 2 does not know: operators and checkpoint key ids.</summary>
    [Parameter]
    public SwitchParameter Compatible { get; set; }

    private protected override void Begin()
    {
        PathResolver paths = new(this);
        ServiceArgument services = new(paths);
        TrustRootBuilder builder = new();
        IReadOnlySet<TrustKind> excluded = Excluded(Exclude);
        if (BaseOn is not null)
        {
            builder.Begin(
                new TrustArguments(this, paths).TrustRoot(IsPublicGood ? null : BaseOn, FromRepository).Root, excluded);
        }

        AddAuthorities(builder, services, Fulcio, nameof(Fulcio), TrustKind.Fulcio);
        AddLogs(builder, services, Rekor, nameof(Rekor), TrustKind.Rekor);
        AddLogs(builder, services, CtLog, nameof(CtLog), TrustKind.CtLog);
        AddAuthorities(builder, services, TimestampAuthority, nameof(TimestampAuthority), TrustKind.Tsa);

        DateTimeOffset now = Engine.Options.Clock.GetUtcNow();
        TrustedRoot root = builder.Build(Compatible);
        string json = TrustFiles.Describe(root, TrustFiles.Memory, now).Json;
        if (Write(json, "trust root", paths) is { } source)
        {
            WriteObject(TrustFiles.Describe(root, source, now));
        }
    }

    private static void AddAuthorities(
        TrustRootBuilder builder, ServiceArgument services, object[] specs, string parameter, TrustKind kind)
    {
        foreach (object item in specs)
        {
            ServiceSpec spec = ServiceArgument.Read(parameter, item, TrustRootBuilder.AuthorityNames);
            builder.AddAuthority(spec, services.Pem(spec, "certificate-chain"), kind);
        }
    }

    private void AddLogs(
        TrustRootBuilder builder, ServiceArgument services, object[] specs, string parameter, TrustKind kind)
    {
        foreach (object item in specs)
        {
            ServiceSpec spec = ServiceArgument.Read(parameter, item, TrustRootBuilder.LogNames);
            if (builder.AddLog(spec, services.Pem(spec, "public-key"), kind))
            {
                WriteWarning(
                    $"The log {spec.Url()} has an Ed25519 key and no origin. If it is a Rekor v2 log, give its origin, "
                    + "or none of its entries will be recognized.");
            }
        }
    }

    /// <summary>The trust root of the public sigstore, whichever mirror the cache was initialized with.</summary>
    private SigstoreTrustRoot FromRepository() =>
        Await(cancel => Engine.Trust.GetAsync(new TrustRequest { Mirror = TrustOperations.PublicMirror }, cancel));
}
