using System.Globalization;
using SigstorePS.Certificates;
using SigstorePS.Encodings;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>
/// The certificate of a signer against a trust root, at every time its signature was observed: at each of them some
/// authority in force must give a path of certificates that are all valid then (sigstore client specification,
/// "certificate"). Opens no socket.
/// </summary>
/// <remarks>
/// Signatures and rules do not depend on the time, so that a path is validated once and only times are compared for
/// each observation. The part of a path above the leaf is the same for every leaf of an authority and is validated,
/// by these rules and by the platform, once for each trust root.
/// </remarks>
internal static class CertificateCheck
{
    /// <summary>Verifies the certificate.</summary>
    /// <param name="leaf">The signer's certificate.</param>
    /// <param name="provided">Certificates that came along, DER: tried on the way to an anchor, never trusted.</param>
    /// <param name="root">Whom to trust.</param>
    /// <param name="times">When the signature was observed, at least one.</param>
    /// <exception cref="SigstoreException">
    /// CertificateUntrusted, CertificateExpired, TimestampMissing (no times), LimitExceeded.
    /// </exception>
    public static VerifiedChain Verify(
        SigningCertificate leaf, IReadOnlyList<ReadOnlyMemory<byte>> provided, TrustedRoot root,
        IReadOnlyList<DateTimeOffset> times)
    {
        if (times.Count == 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TimestampMissing, "Nothing says when the certificate must have been valid.");
        }

        if (PathRules.SignerRefusal(leaf.Content) is { } refusal)
        {
            throw Untrusted(refusal);
        }

        if (provided.Count > Limits.ChainCertificates)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"More than {Limits.ChainCertificates} certificates came along.");
        }

        PathSearch search = new(leaf.Content, Readable(provided), Oids.CodeSigning, TrustAnchors.Of(root).Certificate);
        FoundPath? first = null;
        foreach (DateTimeOffset time in times)
        {
            FoundPath found = search.At(time);
            first ??= found;
        }

        return Describe(first!, times);
    }

    private static VerifiedChain Describe(FoundPath found, IReadOnlyList<DateTimeOffset> times)
    {
        string when = string.Join(
            ", ",
            times.Select(static t => t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        return new VerifiedChain
        {
            Authority = found.Authority,
            Certificates = [.. found.Path.Select(static c => c.Der)],
            IssuerSpki = found.Path[1].Spki,
            Evidence = $"issued by '{PlainText.Clean(SigningCertificate.ReadName(found.Path[1].SubjectName))}', valid at {when}",
        };
    }

    /// <summary>A broken certificate on the way is one that is not there.</summary>
    private static List<ParsedCertificate> Readable(IReadOnlyList<ReadOnlyMemory<byte>> provided)
    {
        List<ParsedCertificate> readable = [];
        foreach (ReadOnlyMemory<byte> der in provided)
        {
            try
            {
                readable.Add(ParsedCertificate.Parse(der));
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedCertificate)
            {
            }
        }

        return readable;
    }

    private static SigstoreException Untrusted(string reason) =>
        new(SigstoreErrorCode.CertificateUntrusted, $"The certificate is not trusted: {reason}.");
}
