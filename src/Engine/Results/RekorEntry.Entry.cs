namespace SigstorePS;

/// <content>What the engine has behind the text; apart, since results name nothing else of the log's types.</content>
public sealed partial class RekorEntry
{
    internal Transparency.LogEntry Entry { get; init; } = null!;
}
