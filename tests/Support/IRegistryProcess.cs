namespace SigstorePS.Support;

/// <summary>A registry that runs as a process of its own. Dispose to end it.</summary>
internal interface IRegistryProcess : IAsyncDisposable
{
    /// <summary>Host and port, as an image reference begins.</summary>
    string Host { get; }
}
