namespace SigstorePS;

/// <summary>
/// Who listens to the work that is under way on this flow of control. What registries are found out to be is found out
/// once, for all, deep inside the work of whoever comes first: there is no parameter that leads there.
/// </summary>
internal static class AmbientReports
{
    private static readonly AsyncLocal<IProgress<EngineReport>?> Listener = new();

    /// <summary>From here on, and in all that is started from here.</summary>
    public static void GoTo(IProgress<EngineReport> listener) => Listener.Value = listener;

    public static void Send(EngineReport report) => Listener.Value?.Report(report);
}
