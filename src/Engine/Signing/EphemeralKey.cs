using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Signing;

/// <summary>
/// A key made for one certificate. Disposing it zeroes it, but for the signer that was <see cref="Release">released
/// </see>.
/// </summary>
internal sealed class EphemeralKey : IDisposable
{
    private readonly LocalSigner _signer;
    private readonly LocalSigner _prover;
    private bool _released;

    private EphemeralKey(LocalSigner signer, LocalSigner prover)
    {
        _signer = signer;
        _prover = prover;
    }

    /// <summary>Signs with the algorithm asked for.</summary>
    public ISigner Signer => _signer;

    /// <summary>The same key with its default algorithm: the one a proof of possession is checked with.</summary>
    public ISigner Prover => _prover;

    public static EphemeralKey Generate(SigningAlgorithm algorithm)
    {
        byte[] pkcs8 = Pkcs8.Generate(algorithm);
        try
        {
            LocalSigner signer = LocalSigner.FromPkcs8(pkcs8, algorithm);
            return new EphemeralKey(
                signer, algorithm == signer.PublicKey.Algorithm ? signer : LocalSigner.FromPkcs8(pkcs8));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>The signer, which the caller disposes from now on.</summary>
    public ISigner Release()
    {
        _released = true;
        return _signer;
    }

    public void Dispose()
    {
        if (!_released)
        {
            _signer.Dispose();
        }

        if (!ReferenceEquals(_prover, _signer))
        {
            _prover.Dispose();
        }
    }
}
