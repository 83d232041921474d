using SigstorePS.Keys;

namespace SigstorePS;

/// <summary>
/// A private key, opened once for any number of signatures, from any number of threads. Disposing it zeroes the key.
/// </summary>
public sealed class SigstoreKey : IDisposable
{
    private readonly ISigner _signer;
    private volatile bool _disposed;

    internal SigstoreKey(string reference, ISigner signer)
    {
        Reference = reference;
        _signer = signer;
        Algorithm = signer.Algorithm.Name;
        KeyId = signer.PublicKey.KeyId;
        PublicKey = signer.PublicKey.ToPem();
    }

    /// <summary>Where it was opened from; without the parts that may hold a secret, such as a PIN.</summary>
    public string Reference { get; }

    /// <summary>Name of the algorithm signatures are made with, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public string Algorithm { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public string KeyId { get; }

    /// <summary>The public half as PEM text, LF and a final newline.</summary>
    public string PublicKey { get; }

    /// <exception cref="SigstoreException">InvalidKeyReference: the key was disposed.</exception>
    internal ISigner Signer => !_disposed ? _signer : throw new SigstoreException(
        SigstoreErrorCode.InvalidKeyReference, $"The key {Reference} was disposed; open it again with Get-SigstoreKey.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _signer.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
