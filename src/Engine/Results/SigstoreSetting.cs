namespace SigstorePS;

/// <summary>An environment variable or a version that decides how SigstorePS works here.</summary>
public sealed class SigstoreSetting
{
    /// <summary>Name of the variable or component.</summary>
    public required string Name { get; init; }

    /// <summary><c>Version</c> or <c>Variable</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The value; null when not set; asterisks for a secret.</summary>
    public string? Value { get; init; }

    /// <summary>Whether it is set, be it to nothing.</summary>
    public bool IsSet { get; init; }

    /// <summary>Whether the value is a secret.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether this version does something with it.</summary>
    public bool IsUsed { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}={Value}";
}
