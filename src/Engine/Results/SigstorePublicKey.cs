using SigstorePS.Crypto;

namespace SigstorePS;

/// <summary>A public key.</summary>
public sealed class SigstorePublicKey
{
    internal SigstorePublicKey(string reference, PublicKey key)
    {
        Reference = reference;
        Key = key;
    }

    /// <summary>Where it came from; without the query part of a URL.</summary>
    public string Reference { get; }

    /// <summary>Name of the algorithm signatures are expected with, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public string Algorithm => Key.Algorithm.Name;

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public string KeyId => Key.KeyId;

    /// <summary>The key as PEM text, LF and a final newline.</summary>
    public string Pem => Key.ToPem();

    internal PublicKey Key { get; }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
