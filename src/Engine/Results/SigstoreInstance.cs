namespace SigstorePS;

/// <summary>A private deployment that was set up under a name, for <c>-Instance</c>.</summary>
public sealed class SigstoreInstance
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Address of its TUF repository, or path of its trust root.</summary>
    public required string Source { get; init; }

    /// <summary>Whether it keeps a signing configuration of its own; a TUF repository may have one as well.</summary>
    public required bool HasSigningConfig { get; init; }

    /// <summary>Folder it is kept in.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
