using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SigstorePS.Http;

/// <summary>
/// Client certificates from PEM, each made once however often it is read: connection pools go on showing the first one
/// they got, and on Windows each has its key in a file of its own until it is disposed of. They live as long as those
/// pools.
/// </summary>
internal sealed class ClientCertificates : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, X509Certificate2> _made = new(StringComparer.Ordinal);
    private bool _disposed;

    public ClientCertificates()
    {
        // A process that ends runs no finalizers: the files would stay.
        if (OperatingSystem.IsWindows())
        {
            AppDomain.CurrentDomain.ProcessExit += OnExit;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _made.Count;
            }
        }
    }

    /// <summary>The certificate of a PEM text and its key. It stays ours.</summary>
    /// <param name="certificate">PEM.</param>
    /// <param name="key">PEM, not encrypted; the caller's to zero.</param>
    /// <exception cref="CryptographicException">Not a certificate and its key.</exception>
    public X509Certificate2 Get(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        string identity = $"{Convert.ToHexString(SHA256.HashData(certificate))}{Convert.ToHexString(SHA256.HashData(key))}";
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_made.TryGetValue(identity, out X509Certificate2? known))
            {
                _made[identity] = known = Make(Encoding.UTF8.GetString(certificate), key);
            }

            return known;
        }
    }

    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
        {
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
        }

        lock (_gate)
        {
            _disposed = true;
            foreach (X509Certificate2 certificate in _made.Values)
            {
                certificate.Dispose();
            }

            _made.Clear();
        }
    }

    /// <summary>A certificate with its key, in the form that TLS takes on this platform; the caller's to dispose of.</summary>
    /// <param name="certificate">PEM.</param>
    /// <param name="key">PEM, not encrypted.</param>
    /// <exception cref="CryptographicException">Not a certificate and its key.</exception>
    public static X509Certificate2 FromPem(string certificate, ReadOnlySpan<char> key)
    {
        byte[]? exported = null;
        try
        {
            X509Certificate2 whole = X509Certificate2.CreateFromPem(certificate, key);
            if (!OperatingSystem.IsWindows())
            {
                return whole;
            }

            // Schannel takes no ephemeral keys; through PKCS#12 the key gets a place of its own.
            using (whole)
            {
                exported = whole.Export(X509ContentType.Pkcs12);
                return X509CertificateLoader.LoadPkcs12(exported, password: null);
            }
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The key is not one of the certificate.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(exported);
        }
    }

    private static X509Certificate2 Make(string certificate, ReadOnlySpan<byte> key)
    {
        char[] text = new char[Encoding.UTF8.GetMaxCharCount(key.Length)];
        try
        {
            return FromPem(certificate, text.AsSpan(0, Encoding.UTF8.GetChars(key, text)));
        }
        finally
        {
            Array.Clear(text);
        }
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();
}
