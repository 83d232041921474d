using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Keys.CodeHosts;
using SigstorePS.Keys.Kubernetes;
using SigstorePS.Keys.Vault;
using SigstorePS.Keys.Plugins;
using SigstorePS.Keys.Pkcs11;

namespace SigstorePS.Operations;

/// <summary>What the key cmdlets do. Passwords belong to the caller, who zeroes them.</summary>
internal sealed class KeyOperations(KeyProviders providers)
{
    /// <summary>All providers there are: ours, those of packs, and programs of the user's.</summary>
    /// <param name="surroundings">What they look at and ask.</param>
    /// <param name="fetch">Downloads a body of at most <see cref="Limits.KeyFile"/> bytes or throws.</param>
    public static KeyOperations Create(
        KeySurroundings surroundings, Func<Uri, CancellationToken, Task<byte[]>> fetch)
    {
        KeyPacks packs = new(surroundings);
        return new KeyOperations(new KeyProviders(
            [
                new FileKeyProvider(),
                new EnvironmentKeyProvider(),
                new UrlKeyProvider(Uri.UriSchemeHttps, fetch),
                new UrlKeyProvider(Uri.UriSchemeHttp, fetch),
                new CertificateStoreProvider(surroundings.Clock),
                new VaultKeyProvider("hashivault", surroundings),
                new VaultKeyProvider("openbao", surroundings),
                new GitLabKeyProvider(surroundings),
                new GitHubKeyProvider(surroundings),
                new Pkcs11Provider(surroundings),
                new KubernetesKeyProvider(surroundings),
            ],
            scheme => packs.Find(scheme) ?? CommandKeyProvider.Find(scheme, surroundings),
            KeyPacks.Schemes));
    }

    /// <summary>Opens a private key once for many signatures.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.OpenAsync"/>.</exception>
    public async Task<SigstoreKey> OpenAsync(string reference, KeyAccess access, CancellationToken cancel)
    {
        KeyReference key = KeyReference.Parse(reference);
        return new SigstoreKey(
            key.ToString(), await providers.OpenAsync(key, access, cancel).ConfigureAwait(false));
    }

    /// <summary>Reads a public key from any reference, a private one included.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.ReadPublicKeyAsync"/>.</exception>
    public async Task<SigstorePublicKey> ReadPublicKeyAsync(
        string reference, KeyAccess access, CancellationToken cancel)
    {
        KeyReference key = KeyReference.Parse(reference);
        return new SigstorePublicKey(
            key.ToString(), await providers.ReadPublicKeyAsync(key, access, cancel).ConfigureAwait(false));
    }

    /// <summary>The private key of a certificate that is at hand. Holds a copy: the certificate stays the caller's.</summary>
    /// <exception cref="SigstoreException">KeyNotFound: it has none. Unsupported, MalformedKey, KeyServiceRejected.</exception>
    public static SigstoreKey OpenCertificate(X509Certificate2 certificate, TimeProvider clock)
    {
        string name = "certificate";
        try
        {
            name = NameOf(certificate);
            return new SigstoreKey(
                name, RemoteSigner.Of(CertificateKey.Of(new X509Certificate2(certificate)), algorithm: null, clock));
        }
        catch (Exception e) when (e is SigstoreException or CryptographicException)
        {
            throw new SigstoreException(
                (e as SigstoreException)?.Code ?? SigstoreErrorCode.KeyServiceRejected, $"Key '{name}': {e.Message}", e);
        }
    }

    /// <summary>The key in a certificate that is at hand.</summary>
    /// <exception cref="SigstoreException">Unsupported, MalformedKey: also of one that was disposed.</exception>
    public static SigstorePublicKey PublicKeyOf(X509Certificate2 certificate)
    {
        try
        {
            return new(NameOf(certificate), CertificateKey.PublicKeyOf(certificate));
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedKey, $"The certificate cannot be read; was it disposed? {e.Message}", e);
        }
    }

    /// <summary>A public key from its PEM text.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, LimitExceeded.</exception>
    public static SigstorePublicKey PublicKeyOf(string reference, string pem) =>
        new(reference, PublicKeyFile.Read(Encoding.UTF8.GetBytes(pem)));

    /// <summary>Generates a key pair and writes it.</summary>
    /// <exception cref="SigstoreException">As <see cref="KeyPairFile.WriteAsync"/>.</exception>
    public async Task<SigstoreKeyPair> GenerateAsync(
        string prefix,
        SigningAlgorithm algorithm,
        ReadOnlyMemory<byte> password,
        bool force,
        CancellationToken cancel)
    {
        byte[] pkcs8 = Pkcs8.Generate(algorithm);
        try
        {
            return await KeyPairFile.WriteAsync(prefix, pkcs8, password, force, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Makes a key where its reference says.</summary>
    /// <param name="reference">Where.</param>
    /// <param name="algorithm">What it is to sign with.</param>
    /// <param name="access">Gives password or PIN.</param>
    /// <param name="force">Whether a stored key pair that exists is replaced.</param>
    /// <param name="publicKeyPath">For the result: where the caller puts the public key.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.CreateAsync"/>.</exception>
    public async Task<SigstoreKeyPair> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool force, string? publicKeyPath,
        CancellationToken cancel)
    {
        CreatedKey key = await providers
            .CreateAsync(reference, algorithm, access, force, cancel).ConfigureAwait(false);
        return new SigstoreKeyPair
        {
            Reference = key.Reference,
            PublicKeyPath = publicKeyPath,
            Algorithm = key.PublicKey.Algorithm.Name,
            KeyId = key.PublicKey.KeyId,
            PublicKey = key.PublicKey.ToPem(),
        };
    }

    /// <summary>Brings a private key, plain or encrypted, into the form cosign reads.</summary>
    /// <param name="reference">The key to import.</param>
    /// <param name="access">Gives the password of the key to import.</param>
    /// <param name="prefix">Full path of the new files without extension.</param>
    /// <param name="password">The password of the new file.</param>
    /// <param name="force">Whether files that exist are replaced.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">
    /// As <see cref="IKeyProvider.OpenAsync"/> and <see cref="KeyPairFile.WriteAsync"/>.
    /// </exception>
    public async Task<SigstoreKeyPair> ImportAsync(
        string reference,
        KeyAccess access,
        string prefix,
        ReadOnlyMemory<byte> password,
        bool force,
        CancellationToken cancel)
    {
        byte[] pkcs8 = await providers
            .ReadPkcs8Async(KeyReference.Parse(reference), access, cancel).ConfigureAwait(false);
        try
        {
            return await KeyPairFile.WriteAsync(prefix, pkcs8, password, force, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static string NameOf(X509Certificate2 certificate) =>
        $"cert:{certificate.GetCertHashString(HashAlgorithmName.SHA1)}";
}
