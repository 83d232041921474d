namespace SigstorePS;

/// <summary>One service of a signing configuration.</summary>
public sealed class SigstoreService
{
    /// <summary><c>Fulcio</c>, <c>Oidc</c>, <c>Rekor</c> or <c>Tsa</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Address of the service.</summary>
    public required string Url { get; init; }

    /// <summary>Version of its API.</summary>
    public required long MajorApiVersion { get; init; }

    /// <summary>From when it may be used; null: always could.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Until when it may be used; null: no end is known.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Who runs it.</summary>
    public required string Operator { get; init; }

    /// <summary>Whether it could be used at the moment this object was made.</summary>
    public bool Active { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Url}";
}
