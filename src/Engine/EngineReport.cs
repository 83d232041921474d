namespace SigstorePS;

internal enum ReportLevel
{
    Debug,
    Verbose,
    Warning,

    /// <summary>For whoever sits in front: what to do next, such as to enter a code in a browser.</summary>
    Information,
}

/// <summary>What the engine tells while it works. Takes text only: no headers, so no credential can slip in.</summary>
internal sealed record EngineReport(ReportLevel Level, string Text)
{
    public static EngineReport Verbose(string text) => new(ReportLevel.Verbose, text);

    public static EngineReport Debug(string text) => new(ReportLevel.Debug, text);

    public static EngineReport Information(string text) => new(ReportLevel.Information, text);

    public static EngineReport Warning(string text) => new(ReportLevel.Warning, text);
}
