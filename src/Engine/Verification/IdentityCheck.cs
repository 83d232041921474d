using SigstorePS.Certificates;
using SigstorePS.Encodings;

namespace SigstorePS.Verification;

/// <summary>An identity to trust, and what else its certificate must carry.</summary>
/// <param name="Subject">What a subject alternative name must be.</param>
/// <param name="Issuer">
/// Who must have vouched for it; null: the certificate names no issuer, as those of a traditional PKI, and the authorities
/// the user named vouch for it.
/// </param>
/// <param name="Extensions">Extensions by name or object identifier, and the values they must have.</param>
internal sealed record CertificateIdentity(
    TextMatch Subject, TextMatch? Issuer, IReadOnlyDictionary<string, string> Extensions)
{
    /// <inheritdoc/>
    public override string ToString() => Issuer is null ? $"{Subject}" : $"{Subject} ({Issuer})";
}

/// <summary>Whether a certificate, trusted by now, is that of somebody asked for.</summary>
internal static class IdentityCheck
{
    /// <param name="certificate">Whose.</param>
    /// <param name="wanted">Who may be.</param>
    /// <param name="ownAuthorities">Whether the user named the authorities that the certificate led to.</param>
    /// <returns>The name in the certificate that matched.</returns>
    /// <exception cref="SigstoreException">
    /// IdentityMismatch; ContradictoryPolicy: an identity without an issuer, by authorities that serve everybody.
    /// </exception>
    public static string Verify(
        SigningCertificate certificate, IReadOnlyList<CertificateIdentity> wanted, bool ownAuthorities)
    {
        // An authority such as the public Fulcio writes any name into a certificate that any of its issuers says.
        if (!ownAuthorities && wanted.Any(static w => w.Issuer is null))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "An identity means nothing without who vouched for it: give -CertificateIssuer.");
        }

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

    /// <summary>
    /// Whom a certificate names: the alternative names. Where a traditional PKI gave none, on request the whole subject
    /// as .NET writes it; never a part of it, since an authority that checks one part may copy another.
    /// </summary>
    public static IEnumerable<string> NamesOf(SigningCertificate certificate, bool withSubject) =>
        withSubject && SubjectAsName(certificate) is { } subject ? [subject]
            : Usable(certificate).Select(static n => n.Value);

    /// <summary>Why a certificate names nobody, for messages.</summary>
    public static string Nameless(SigningCertificate certificate) =>
        certificate.Names.Count == 0 ? certificate.Subject.Length == 0
            ? "it has neither an alternative name nor a subject"
            : "it has no alternative name, and its subject has characters that cannot be shown"
        : certificate.Names.All(static n => n.Kind == AlternativeNameKind.Other)
            ? "its alternative names are all of kinds that are not compared here, such as an otherName (the user principal "
                + "name of Active Directory); it needs an e-mail address, a URI or a DNS name"
            : "its alternative names are none that their kinds can have";

    /// <summary>
    /// An authority may let who asks for a certificate choose the subject, or a part of it: a pattern that was written
    /// with addresses in mind would match CN=x@acme.example, so only the exact and whole subject counts.
    /// </summary>
    private static string? SubjectAsName(SigningCertificate certificate) =>
        certificate.Names.Count == 0 && certificate.Subject.Length > 0
            && PlainText.Clean(certificate.Subject) == certificate.Subject.Trim() ? certificate.Subject : null;

    private static IEnumerable<AlternativeName> Usable(SigningCertificate certificate) =>
        certificate.Names.Where(static n => n.Kind != AlternativeNameKind.Other && n.IsPossible);

    private static string? Match(SigningCertificate certificate, TextMatch wanted, bool withSubject) =>
        wanted.ExactText is not { } text ? Usable(certificate).FirstOrDefault(n => wanted.IsMatch(n.Value))?.Value
        : withSubject && SubjectAsName(certificate) is { } subject ? wanted.IsMatch(subject) ? subject : null
        : Usable(certificate).FirstOrDefault(n => n.CanBeMeantBy(text) && wanted.IsMatch(n.Value))?.Value;

    private static string? Mismatch(SigningCertificate certificate, CertificateIdentity identity, out string? name)
    {
        bool withSubject = identity.Issuer is null && certificate.Issuer is null;
        name = Match(certificate, identity.Subject, withSubject);
        if (name is null && withSubject && identity.Subject.ExactText is null && SubjectAsName(certificate) is { } subject)
        {
            return $"The certificate has no alternative name, and its subject '{subject}' is compared with no pattern: give "
                + "all of it as -CertificateIdentity.";
        }

        if (name is null)
        {
            return $"The certificate is of {Names(certificate)}, not of {identity.Subject}.";
        }

        // One that names an issuer was asked for without: an authority that serves several vouches for none of them.
        if (identity.Issuer is null && certificate.Issuer is not null)
        {
            return $"The certificate names who vouched for the identity, {certificate.Issuer}: give -CertificateIssuer.";
        }

        // A certificate of an authority of one's own names no issuer; only a pattern for nothing matches that.
        if (identity.Issuer is not null && !identity.Issuer.IsMatch(certificate.Issuer ?? string.Empty))
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

    private static string Names(SigningCertificate certificate)
    {
        string[] names = [.. Usable(certificate).Select(static n => n.Value)];
        return PlainText.Clean(
            names.Length > 0 ? string.Join(", ", names)
            : SubjectAsName(certificate) is { } subject ? $"'{subject}'" : $"nobody ({Nameless(certificate)})");
    }
}
