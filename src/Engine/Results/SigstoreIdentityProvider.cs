namespace SigstorePS;

/// <summary>A place that has identity tokens without anybody logging in, such as a CI system.</summary>
public sealed class SigstoreIdentityProvider
{
    /// <summary>What <c>-OidcProvider</c> calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether this environment looks like having it. The first that is enabled is asked.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>What it looks for.</summary>
    public required string Description { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
