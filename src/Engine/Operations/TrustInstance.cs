using SigstorePS.Tuf;

namespace SigstorePS.Operations;

/// <summary>A private deployment as it was set up under a name: a TUF repository, or files.</summary>
internal sealed record TrustInstance
{
    public required string Name { get; init; }

    /// <summary>Folder it is kept in.</summary>
    public required string Folder { get; init; }

    /// <summary>Null: its trust root is a file.</summary>
    public TufMirror? Mirror { get; init; }

    /// <summary>The root.json that trust in <see cref="Mirror"/> starts from.</summary>
    public byte[]? FirstRoot { get; init; }

    /// <summary>Trust root, JSON; null: the repository's.</summary>
    public byte[]? TrustedRoot { get; init; }

    /// <summary>Signing configuration, JSON; null: the repository's, or none.</summary>
    public byte[]? SigningConfig { get; init; }

    public string TrustedRootPath => Path.Combine(Folder, TrustInstances.TrustedRootFile);

    public string SigningConfigPath => Path.Combine(Folder, TrustInstances.SigningConfigFile);

    public SigstoreInstance Describe() => new()
    {
        Name = Name,
        Source = Mirror?.ToString() ?? TrustedRootPath,
        HasSigningConfig = SigningConfig is not null,
        Path = Folder,
    };
}
