using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>Whatever can sign: that is all a key must be.</summary>
public interface ISigner : IDisposable
{
    /// <summary>The algorithm the signatures are made with.</summary>
    SigningAlgorithm Algorithm { get; }

    /// <summary>The public half.</summary>
    PublicKey PublicKey { get; }

    /// <summary>
    /// Signs a message, not a digest: Ed25519 and some KMS modes cannot sign a digest. ECDSA signatures are ASN.1 DER.
    /// </summary>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancel);
}
