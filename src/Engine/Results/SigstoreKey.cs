using SigstorePS.Keys;

namespace SigstorePS;

/// <summary>
/// A private key, opened once for any number of signatures, from any number of threads. Disposing it zeroes the key.
/// </summary>
public sealed class SigstoreKey : IDisposable
{
    internal SigstoreKey(string reference, ISigner signer)
    {
        Reference = reference;
        Signer = signer;
        Algorithm = signer.Algorithm.Name;
        KeyId = signer.PublicKey.KeyId;
        PublicKey = signer.PublicKey.ToPem();
    }

    /// <summary>Where it was opened from; without the query part, which may hold a secret.</summary>
    public string Reference { get; }

    /// <summary>Name of the algorithm signatures are made with, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public string Algorithm { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public string KeyId { get; }

    /// <summary>The public half as PEM text, LF and a final newline.</summary>
    public string PublicKey { get; }

    internal ISigner Signer { get; }

    /// <inheritdoc/>
    public void Dispose() => Signer.Dispose();

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
