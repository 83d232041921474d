using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Trust;

namespace SigstorePS.Signing;

/// <summary>Which certificates are asked for, and against what they are checked before anything is signed.</summary>
internal sealed record CertificateOrder
{
    /// <summary>Algorithm of the keys that are made; of no meaning with a <see cref="Signer"/>.</summary>
    public SigningAlgorithm Algorithm { get; init; } = SigningAlgorithm.EcdsaP256;

    /// <summary>A key of the user's to certify, who also disposes it; null: a new key for each certificate.</summary>
    public ISigner? Signer { get; init; }

    /// <summary>Prove possession of the key by a PKCS#10 request, whatever the key could do otherwise.</summary>
    public bool AsSigningRequest { get; init; }

    /// <summary>Whose certificates and promises count; null: nothing but the certificate itself is looked at.</summary>
    public TrustedRoot? Root { get; init; }

    /// <summary>A certificate need not have been published.</summary>
    public bool SkipSct { get; init; }

    /// <summary>One certificate for as long as it lives; false: each credential has a key and a certificate of its own.</summary>
    public bool Reuse { get; init; } = true;
}
