using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Crypto;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Keys;

/// <summary>
/// The private key of a certificate, wherever the platform keeps it: a file, a TPM, a smart card. It signs there and is
/// never exported. Each signature borrows a handle of its own: .NET's are not for several threads.
/// </summary>
internal sealed class CertificateKey : IRemoteKey
{
    private readonly Lock _gate = new();
    private readonly Stack<AsymmetricAlgorithm> _idle = [];
    private readonly X509Certificate2 _certificate;
    private bool _disposed;

    private CertificateKey(X509Certificate2 certificate)
    {
        _certificate = certificate;
        PublicKey = PublicKeyOf(certificate);
        AsymmetricAlgorithm first = Handle();
        try
        {
            Certificates = [certificate.RawData, .. Above(certificate)];
        }
        catch
        {
            first.Dispose();
            throw;
        }

        _idle.Push(first);
    }

    /// <inheritdoc/>
    public SigningAlgorithm Algorithm => PublicKey.Algorithm;

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>A card answers one after the other; more would only queue in its driver.</summary>
    public int Parallelism => Environment.ProcessorCount;

    /// <summary>Takes a certificate with its private key over.</summary>
    /// <param name="certificate">Disposed with the key, and when it cannot sign.</param>
    /// <exception cref="SigstoreException">KeyNotFound: no private key. Unsupported, MalformedKey, KeyServiceRejected.</exception>
    public static CertificateKey Of(X509Certificate2 certificate)
    {
        try
        {
            return new CertificateKey(certificate);
        }
        catch (CryptographicException e)
        {
            certificate.Dispose();
            throw Failed(e);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>The key in a certificate; dates and issuer are not looked at.</summary>
    /// <exception cref="SigstoreException">Unsupported, MalformedKey.</exception>
    public static PublicKey PublicKeyOf(X509Certificate2 certificate)
    {
        try
        {
            return PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The key in the certificate cannot be read.", e);
        }
    }

    /// <inheritdoc/>
    public bool SignsDigest(SigningAlgorithm algorithm) => algorithm.KeySize == Algorithm.KeySize
        && (Algorithm.Scheme == SignatureScheme.Ecdsa
            ? algorithm.Scheme == SignatureScheme.Ecdsa
            : algorithm.Scheme is SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss
                && Algorithm.Scheme is SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss);

    /// <summary>On the pool: a card asks its owner for the PIN, and that may take minutes.</summary>
    /// <inheritdoc/>
    public Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel) =>
        Task.Run(() => Sign(digest.Span, algorithm), cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.TryPop(out AsymmetricAlgorithm? key))
            {
                key.Dispose();
            }

            _certificate.Dispose();
        }
    }

    private byte[] Sign(ReadOnlySpan<byte> digest, SigningAlgorithm algorithm)
    {
        AsymmetricAlgorithm? key = null;
        try
        {
            key = Borrow();
            byte[] signature = key is ECDsa ec
                ? ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).SignHash(
                    digest, algorithm.Hash,
                    algorithm.Scheme == SignatureScheme.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
            Return(key);
            return signature;
        }
        catch (Exception e)
        {
            // Whatever state a card or a provider left it in, the next signature takes a new one.
            key?.Dispose();
            if (e is CryptographicException refused)
            {
                throw Failed(refused);
            }

            throw;
        }
    }

    private AsymmetricAlgorithm Borrow()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _idle.TryPop(out AsymmetricAlgorithm? key) ? key : Handle();
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

    private AsymmetricAlgorithm Handle() =>
        (AsymmetricAlgorithm?)_certificate.GetECDsaPrivateKey() ?? _certificate.GetRSAPrivateKey()
        ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound, "The certificate is there, but its private key is not.");

    /// <summary>What the machine's own stores know above the certificate; nobody is asked, nothing is trusted.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>> Above(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        try
        {
            chain.Build(certificate);
            return [.. chain.ChainElements.Skip(1).Select(static e => (ReadOnlyMemory<byte>)e.Certificate.RawData)];
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return [];
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static SigstoreException Failed(CryptographicException e) => new(
        SigstoreErrorCode.KeyServiceRejected, $"The place that keeps the private key refused: {e.Message}", e);
}
