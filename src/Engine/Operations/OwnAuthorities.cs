using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Encodings;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>What the user says of certificate authorities: those of his own, and what they revoked.</summary>
internal static class OwnAuthorities
{
    /// <summary>
    /// A revocation list that can be read. Told here, before any input: a bad file of the user's own is no verdict.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static byte[] RevocationList(byte[] content, string name)
    {
        try
        {
            _ = Certificates.RevocationList.Read(content);
            return content;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedCertificate)
        {
            throw new SigstoreException(e.Code, $"'{name}' is no revocation list: {e.Message}", e);
        }
    }

    /// <summary>
    /// Every self-signed certificate is an authority; without one, the last certificate of the file is. The others
    /// lead to it.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static IReadOnlyList<CertificateAuthority> Read(ReadOnlyMemory<byte> pem, string name)
    {
        List<ReadOnlyMemory<byte>> roots = [];
        List<ReadOnlyMemory<byte>> others = [];
        try
        {
            foreach (PemBlock block in Pem.Read(pem.Span))
            {
                using X509Certificate2 certificate = block.Label == "CERTIFICATE"
                    ? X509CertificateLoader.LoadCertificate(block.Data)
                    : throw new FormatException($"it holds a {block.Label}");
                bool root = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
                (root ? roots : others).Add(block.Data);
            }
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"'{name}' holds no PEM certificates: {e.Message}", e);
        }

        if (roots.Count == 0)
        {
            roots.Add(others[^1]);
            others.RemoveAt(others.Count - 1);
        }

        return
        [
            .. roots.Select(root => new CertificateAuthority
            {
                Uri = name, Chain = [.. others, root], Validity = ValidityPeriod.Always,
            }),
        ];
    }
}
