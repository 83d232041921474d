using SigstorePS.Certificates;

namespace SigstorePS.Verification;

/// <summary>An identity to trust, and what else its certificate must carry.</summary>
/// <param name="Subject">What a subject alternative name must be.</param>
/// <param name="Issuer">Who must have vouched for it.</param>
/// <param name="Extensions">Extensions by name or object identifier, and the values they must have.</param>
internal sealed record CertificateIdentity(
    TextMatch Subject, TextMatch Issuer, IReadOnlyDictionary<string, string> Extensions)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Subject} ({Issuer})";
}

/// <summary>Whether a certificate, trusted by now, is that of somebody asked for.</summary>
internal static class IdentityCheck
{
    /// <returns>The name in the certificate that matched.</returns>
    /// <exception cref="SigstoreException">IdentityMismatch.</exception>
    public static string Verify(SigningCertificate certificate, IReadOnlyList<CertificateIdentity> wanted)
    {
        SigstoreException? first = null;
        foreach (CertificateIdentity identity in wanted)
        {
            string? reason = Mismatch(certificate, identity, out string? name);
            if (reason is null)
            {
                return name!;
            }

            first ??= new SigstoreException(SigstoreErrorCode.IdentityMismatch, reason);
        }

        throw wanted.Count == 1
            ? first!
            : new SigstoreException(
                SigstoreErrorCode.IdentityMismatch,
                $"The certificate is of {Names(certificate)} by {certificate.Issuer}, none of the {wanted.Count} "
                + "identities asked for.");
    }

    private static string? Mismatch(SigningCertificate certificate, CertificateIdentity identity, out string? name)
    {
        name = certificate.Names
            .Where(static n => n.Kind != AlternativeNameKind.Other).Select(static n => n.Value)
            .FirstOrDefault(identity.Subject.IsMatch);
        if (name is null)
        {
            return $"The certificate is of {Names(certificate)}, not of {identity.Subject}.";
        }

        // A certificate of an authority of one's own names no issuer; only a pattern for nothing matches that.
        if (!identity.Issuer.IsMatch(certificate.Issuer ?? string.Empty))
        {
            return $"The identity was vouched for by {certificate.Issuer ?? "nobody"}, not by {identity.Issuer}.";
        }

        foreach ((string extension, string value) in identity.Extensions)
        {
            string? actual = certificate.Extension(extension);
            if (!string.Equals(actual, value, StringComparison.Ordinal))
            {
                return $"The extension {extension} of the certificate is "
                    + (actual is null ? "not there" : $"'{actual}'") + $", not '{value}'.";
            }
        }

        return null;
    }

    private static string Names(SigningCertificate certificate) =>
        certificate.Names.Count == 0 ? "nobody" : string.Join(", ", certificate.Names.Select(static n => n.Value));
}
