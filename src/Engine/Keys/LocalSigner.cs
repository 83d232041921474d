using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// A private key in this process. Safe for many threads at once: the BCL's key objects are not documented to be, so
/// each signature borrows one. <see cref="Dispose"/> zeroes the key.
/// </summary>
internal sealed class LocalSigner : ISigner
{
    private readonly Lock _gate = new();
    private readonly Stack<AsymmetricAlgorithm> _idle = [];
    private readonly byte[] _pkcs8;
    private readonly byte[] _seed;
    private bool _disposed;

    private LocalSigner(byte[] pkcs8, SigningAlgorithm? algorithm)
    {
        _pkcs8 = pkcs8;
        (AsymmetricAlgorithm? key, byte[]? seed) = Pkcs8.Load(_pkcs8);
        _seed = seed ?? [];
        if (key is not null)
        {
            _idle.Push(key);
        }

        try
        {
            PublicKey = key switch
            {
                ECDsa ec => PublicKey.FromSpki(ec.ExportSubjectPublicKeyInfo()),
                RSA rsa => PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo()),
                _ => PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(_seed)),
            };
            Algorithm = algorithm ?? PublicKey.Algorithm;
            RequireFit();
            RequireConsistency();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SigningAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Opens a PKCS#8 key, of which it keeps a copy.</summary>
    /// <param name="pkcs8">DER.</param>
    /// <param name="algorithm">What to sign with; null: the default of the key.</param>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public static LocalSigner FromPkcs8(ReadOnlySpan<byte> pkcs8, SigningAlgorithm? algorithm = null)
    {
        // Pinned: the garbage collector would leave copies behind where it moved the key from.
        byte[] copy = GC.AllocateUninitializedArray<byte>(pkcs8.Length, pinned: true);
        pkcs8.CopyTo(copy);
        try
        {
            return new LocalSigner(copy, algorithm);
        }
        catch (CryptographicException e)
        {
            CryptographicOperations.ZeroMemory(copy);
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The private key cannot be used.", e);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(copy);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(Sign(message.Span));
    }

    /// <inheritdoc/>
    public bool SignsHash(SigningAlgorithm algorithm) => Algorithm.Scheme switch
    {
        SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash => algorithm == SigningAlgorithm.Ed25519Prehash,

        // The hash is the caller's business: cosign's older paths sign with SHA-256 on every curve.
        SignatureScheme.Ecdsa => algorithm.Scheme == SignatureScheme.Ecdsa && algorithm.KeySize == Algorithm.KeySize,
        _ => algorithm == Algorithm,
    };

    /// <inheritdoc/>
    public Task<byte[]> SignHashAsync(
        ReadOnlyMemory<byte> hash, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return SignsHash(algorithm)
            ? Task.FromResult(SignHash(hash.Span))
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"A key for {Algorithm} cannot sign a hash with {algorithm}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_pkcs8);
            CryptographicOperations.ZeroMemory(_seed);
            while (_idle.TryPop(out AsymmetricAlgorithm? key))
            {
                key.Dispose();
            }
        }
    }

    private void RequireFit()
    {
        if (Algorithm.KeySize != PublicKey.Algorithm.KeySize
            || Family(Algorithm.Scheme) != Family(PublicKey.Algorithm.Scheme))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"A key for {PublicKey.Algorithm} cannot sign with {Algorithm}.");
        }
    }

    /// <summary>
    /// A damaged RSA key whose parts disagree makes signatures that give its primes away (Boneh, DeMillo, Lipton); a
    /// public half that is not ours makes signatures nobody can verify. Found out before the first one leaves.
    /// </summary>
    private void RequireConsistency()
    {
        if (!PublicKey.Verify("pairwise consistency"u8, Sign("pairwise consistency"u8), Algorithm))
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedKey, "The private and the public half of the key do not belong together.");
        }
    }

    private byte[] Sign(ReadOnlySpan<byte> message)
    {
        if (Algorithm.Scheme is SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash)
        {
            byte[] seed = CopySeed();
            try
            {
                return ClassicCrypto.Current.Ed25519Sign(
                    seed, message, Algorithm.Scheme == SignatureScheme.Ed25519Prehash);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(seed);
            }
        }

        AsymmetricAlgorithm key = Borrow();
        try
        {
            return key is ECDsa ec
                ? ec.SignData(message, Algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).SignData(message, Algorithm.Hash, Padding);
        }
        finally
        {
            Return(key);
        }
    }

    private byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        if (Algorithm.Scheme is SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash)
        {
            byte[] seed = CopySeed();
            try
            {
                return ClassicCrypto.Current.Ed25519SignPrehashed(seed, hash);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(seed);
            }
        }

        AsymmetricAlgorithm key = Borrow();
        try
        {
            return key is ECDsa ec
                ? ec.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).SignHash(hash, Algorithm.Hash, Padding);
        }
        finally
        {
            Return(key);
        }
    }

    private RSASignaturePadding Padding =>
        Algorithm.Scheme == SignatureScheme.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;

    private byte[] CopySeed()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return [.. _seed];
        }
    }

    private AsymmetricAlgorithm Borrow()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _idle.TryPop(out AsymmetricAlgorithm? key) ? key : Pkcs8.Load(_pkcs8).Key!;
        }
    }

    private void Return(AsymmetricAlgorithm key)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                key.Dispose();
            }
            else
            {
                _idle.Push(key);
            }
        }
    }

    private static string Family(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.Ecdsa => "ECDSA",
        SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss => "RSA",
        _ => "Ed25519",
    };
}
