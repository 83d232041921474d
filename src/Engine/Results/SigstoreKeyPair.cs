namespace SigstorePS;

/// <summary>A key pair written to files.</summary>
public sealed class SigstoreKeyPair
{
    /// <summary>The encrypted private key.</summary>
    public required string PrivateKeyPath { get; init; }

    /// <summary>The public key.</summary>
    public required string PublicKeyPath { get; init; }

    /// <summary>Name of the algorithm signatures are made with, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>The private key as <c>-Key</c> takes it: its path.</summary>
    public string Reference => PrivateKeyPath;

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
