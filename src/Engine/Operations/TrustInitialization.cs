namespace SigstorePS.Operations;

/// <summary>What a TUF cache is started from.</summary>
internal sealed record TrustInitialization
{
    /// <summary>As in <see cref="TrustRequest.Mirror"/>; null is the public one.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>
    /// Full path or address of the root.json that trust starts from. Null: TUF_ROOT_JSON, the embedded one, or the one
    /// the cache was initialized with before.
    /// </summary>
    public string? Root { get; init; }

    /// <summary>SHA-256 of that file in hex, or <c>sha256:</c> or <c>sha512:</c> with hex; null: not checked.</summary>
    public string? RootChecksum { get; init; }
}
