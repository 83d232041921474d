using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;

namespace SigstorePS.Verification;

/// <summary>
/// .NET's path building and validation, told to dial nobody and to trust nothing but the anchor. What it finds is
/// checked with <see cref="PathRules"/> as well: what the platforms refuse beyond signatures differs between them.
/// </summary>
internal static class PlatformChain
{
    /// <summary>A path from the leaf to the anchor; null when there is none.</summary>
    /// <param name="leaf">The first certificate of the path.</param>
    /// <param name="provided">Certificates to try on the way.</param>
    /// <param name="authority">Certificates to try as well; the last one is the anchor.</param>
    /// <param name="time">When everything must be valid.</param>
    public static IReadOnlyList<ParsedCertificate>? Build(
        ParsedCertificate leaf, IEnumerable<ParsedCertificate> provided, IReadOnlyList<ParsedCertificate> authority,
        DateTimeOffset time)
    {
        ParsedCertificate anchor = authority[^1];
        List<X509Certificate2> handles = [];
        using X509Chain chain = new();
        try
        {
            X509Certificate2 start = Load(leaf);
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationTime = time.UtcDateTime;
            chain.ChainPolicy.CustomTrustStore.Add(Load(anchor));
            foreach (ParsedCertificate step in authority.SkipLast(1).Concat(provided))
            {
                chain.ChainPolicy.ExtraStore.Add(Load(step));
            }

            // An anchor that did not sign itself ends the chain early, which the platform calls partial.
            bool built = chain.Build(start);
            if (!built && (anchor.IsSelfIssued || chain.ChainStatus.Any(
                static s => s.Status != X509ChainStatusFlags.PartialChain)))
            {
                return null;
            }

            List<ParsedCertificate> path = [];
            foreach (X509ChainElement element in chain.ChainElements)
            {
                handles.Add(element.Certificate);
                path.Add(ParsedCertificate.Parse(element.Certificate.RawData));
            }

            return path.Count > 0 && path[^1].Der.Span.SequenceEqual(anchor.Der.Span) ? path : null;
        }
        catch (Exception e) when (e is CryptographicException or SigstoreException or ArgumentException)
        {
            return null;
        }
        finally
        {
            handles.ForEach(static h => h.Dispose());
        }

        X509Certificate2 Load(ParsedCertificate certificate)
        {
            X509Certificate2 handle = X509CertificateLoader.LoadCertificate(certificate.Der.Span);
            handles.Add(handle);
            return handle;
        }
    }
}
