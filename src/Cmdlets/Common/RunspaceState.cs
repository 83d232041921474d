using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>
/// What one runspace remembers between commands: its engine and the registries it connected to. Per runspace, because
/// statics are shared by everything ForEach-Object -Parallel starts; weak, so that it goes when the runspace goes.
/// </summary>
internal sealed class RunspaceState
{
    private static readonly ConditionalWeakTable<object, RunspaceState> PerRunspace = [];
    private static readonly object Nowhere = new();

    private int _noticed;
    private readonly Lazy<SigstoreEngine> _engine = new(static () => new SigstoreEngine(SigstoreOptions.FromProcess()));

    /// <summary>The state of the runspace of the calling (pipeline) thread.</summary>
    public static RunspaceState Current => PerRunspace.GetOrCreateValue(Runspace.DefaultRunspace ?? Nowhere);

    public SigstoreEngine Engine => _engine.Value;

    /// <summary>True the first time it is asked: whether to tell that identities become public.</summary>
    public bool FirstNotice() => Interlocked.Exchange(ref _noticed, 1) == 0;

    /// <summary>Certificates kept by -CertificateReuse Session.</summary>
    public SessionCertificates Certificates { get; } = new();

    /// <summary>How to reach a registry, by host, as said to Connect-ImageRegistry.</summary>
    public ConcurrentDictionary<string, RegistryAccess> Sessions { get; } = new(StringComparer.OrdinalIgnoreCase);
}
