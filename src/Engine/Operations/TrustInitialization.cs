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

    /// <summary>Name under which the deployment is kept; null: the mirror becomes the one used without a name.</summary>
    public string? Instance { get; init; }

    /// <summary>Trust root of the instance, instead of a mirror.</summary>
    public SigstoreTrustRoot? TrustedRoot { get; init; }

    /// <summary>Signing configuration of the instance; null: that of the mirror, or none.</summary>
    public SigstoreSigningConfig? SigningConfig { get; init; }
}
