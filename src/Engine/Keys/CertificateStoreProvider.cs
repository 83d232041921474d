using System.Security.Cryptography.X509Certificates;
using SigstorePS.Crypto;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Keys;

/// <summary>
/// Keys of certificates in .NET's certificate stores: <c>cert:\CurrentUser\My\THUMBPRINT</c> as PowerShell's drive names
/// them, with either slash, or <c>cert:THUMBPRINT</c> for the personal stores of user and machine.
/// </summary>
internal sealed class CertificateStoreProvider(TimeProvider clock) : IKeyProvider
{
    private const string Personal = nameof(StoreName.My);

    /// <inheritdoc/>
    public string Scheme => "cert";

    /// <inheritdoc/>
    public Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel) => Task.Run<ISigner>(
        () => RemoteSigner.Of(CertificateKey.Of(Find(reference)), access.Algorithm, clock), cancel);

    /// <inheritdoc/>
    public Task<PublicKey> ReadPublicKeyAsync(
        KeyReference reference, KeyAccess access, CancellationToken cancel) => Task.Run(
            () =>
            {
                using X509Certificate2 certificate = Find(reference);
                return CertificateKey.PublicKeyOf(certificate);
            },
            cancel);

    /// <inheritdoc/>
    public Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel) =>
        throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            "A certificate store holds certificates, not keys alone: have one issued and import it (Import-PfxCertificate).");

    private static X509Certificate2 Find(KeyReference reference)
    {
        (IReadOnlyList<CertificateStoreName> stores, string thumbprint) = Read(reference);
        return CertificateStores.Find(stores, thumbprint) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound, $"No certificate with this thumbprint is in {string.Join(" or ", stores)}.");
    }

    private static (IReadOnlyList<CertificateStoreName> Stores, string Thumbprint) Read(KeyReference reference)
    {
        string[] parts = reference.Text["cert:".Length..].TrimStart('/', '\\').Split('/', '\\');
        if (CertificateStores.Thumbprint(parts[^1]) is { } thumbprint)
        {
            if (parts.Length == 1)
            {
                return ([new(StoreLocation.CurrentUser, Personal), new(StoreLocation.LocalMachine, Personal)], thumbprint);
            }

            // The platform makes a path of a store's name where stores are folders.
            if (parts is [var location, { Length: > 0 } store, _] && Enum.TryParse(location, true, out StoreLocation whose)
                && char.IsAsciiLetter(location[0])
                && store.All(static c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_'))
            {
                return ([new(whose, store)], thumbprint);
            }
        }

        throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference,
            @"A key of the certificate store is written as cert:\CurrentUser\My\THUMBPRINT, or cert:THUMBPRINT for the "
            + "personal stores; a thumbprint is 40 (SHA-1) or 64 (SHA-256) hex digits.");
    }
}
