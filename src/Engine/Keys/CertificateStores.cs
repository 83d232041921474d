using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SigstorePS.Keys;

/// <summary>A store of the platform: whose, and its name.</summary>
internal sealed record CertificateStoreName(StoreLocation Location, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Location}\\{Name}";
}

/// <summary>Certificates in .NET's stores, found by their thumbprint alone and never by a name somebody else may bear.</summary>
internal static class CertificateStores
{
    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;

    /// <summary>Where authorities are, the user's own first.</summary>
    public static IReadOnlyList<CertificateStoreName> Authorities { get; } =
    [
        new(StoreLocation.CurrentUser, nameof(StoreName.Root)), new(StoreLocation.CurrentUser, "CA"),
        new(StoreLocation.LocalMachine, nameof(StoreName.Root)), new(StoreLocation.LocalMachine, "CA"),
    ];

    /// <summary>
    /// A thumbprint, upper-case hex: SHA-1 as Windows shows it, or SHA-256. Blanks and the mark that Windows' dialog copies
    /// along are left out; null: the text is none.
    /// </summary>
    public static string? Thumbprint(string text)
    {
        string digits = string.Concat(text.Where(static c => !char.IsWhiteSpace(c) && c != '\u200E')).ToUpperInvariant();
        return digits.Length is Sha1Digits or Sha256Digits && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }

    /// <summary>The certificate with this thumbprint, which the caller disposes; null: no store that is there has it.</summary>
    /// <exception cref="SigstoreException">KeyAmbiguous: different certificates have it, as SHA-1 allows.</exception>
    public static X509Certificate2? Find(IEnumerable<CertificateStoreName> stores, string thumbprint)
    {
        X509Certificate2? found = null;
        foreach (CertificateStoreName name in stores)
        {
            X509Certificate2Collection all = In(name);
            try
            {
                foreach (X509Certificate2 certificate in all.Where(c => Has(c, thumbprint)))
                {
                    if (found is not null && !Same(found, certificate))
                    {
                        throw new SigstoreException(
                            SigstoreErrorCode.KeyAmbiguous,
                            "Different certificates have this thumbprint: somebody made one to collide. Use the SHA-256.");
                    }

                    if (found is null || (!found.HasPrivateKey && certificate.HasPrivateKey))
                    {
                        X509Certificate2 copy = new(certificate);
                        found?.Dispose();
                        found = copy;
                    }
                }
            }
            catch
            {
                found?.Dispose();
                throw;
            }
            finally
            {
                foreach (X509Certificate2 certificate in all)
                {
                    certificate.Dispose();
                }
            }
        }

        return found;
    }

    /// <summary>All of a store; nothing when the platform has no such store or it was never made.</summary>
    private static X509Certificate2Collection In(CertificateStoreName name)
    {
        try
        {
            using X509Store store = new(name.Name, name.Location);
            store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            return store.Certificates;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or ArgumentException
            or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Has(X509Certificate2 certificate, string thumbprint) => string.Equals(
        certificate.GetCertHashString(
            thumbprint.Length == Sha1Digits ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256),
        thumbprint, StringComparison.OrdinalIgnoreCase);

    private static bool Same(X509Certificate2 one, X509Certificate2 other) =>
        one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);
}
