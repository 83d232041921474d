namespace SigstorePS;

/// <summary>A key pair that was made: in two files, or where its reference says.</summary>
public sealed class SigstoreKeyPair
{
    /// <summary>The private key as <c>-Key</c> takes it: the path of its file, or the reference of a service or token.</summary>
    public required string Reference { get; init; }

    /// <summary>The encrypted private key; null when it is in no file.</summary>
    public string? PrivateKeyPath { get; init; }

    /// <summary>The file of the public key; null when none was written.</summary>
    public string? PublicKeyPath { get; init; }

    /// <summary>Name of the algorithm signatures are made with, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>The public key as PEM text, LF and a final newline.</summary>
    public required string PublicKey { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
