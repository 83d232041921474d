using System.Globalization;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Fulcio;
using SigstorePS.Oidc;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Signing;

/// <summary>
/// A certificate that was just issued, before anything is signed with it: a signature under the wrong name, or one that
/// nobody can verify, is noticed here and not by those who receive it.
/// </summary>
internal static class IssuedCheck
{
    private const string TokenSubject = "TokenSubject";

    // Certificates begin when the authority's clock says so, and clocks differ.
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    /// <summary>Is it for the key and of the token's owner?</summary>
    /// <exception cref="SigstoreException">FulcioProtocolViolation, IdentityMismatch, MalformedCertificate.</exception>
    public static SigningCertificate Read(IssuedCertificate issued, IdentityToken token, PublicKey key)
    {
        SigningCertificate leaf = SigningCertificate.Parse(issued.Chain[0]);
        if (!leaf.Key.Equals(key))
        {
            throw new SigstoreException(
                SigstoreErrorCode.FulcioProtocolViolation, "The certificate that was issued is for another key.");
        }

        return Stranger(leaf, token) is { } reason
            ? throw new SigstoreException(
                SigstoreErrorCode.IdentityMismatch, $"The certificate that was issued is not for this identity: {reason}.")
            : leaf;
    }

    /// <summary>Is it valid now, and for long enough?</summary>
    /// <exception cref="SigstoreException">CertificateExpired.</exception>
    public static void RequireTime(SigningCertificate leaf, DateTimeOffset now, TimeSpan left)
    {
        if (leaf.NotBefore > now + ClockDifference || leaf.NotAfter < now + left)
        {
            throw new SigstoreException(
                SigstoreErrorCode.CertificateExpired,
                $"The certificate that was issued is valid from {Show(leaf.NotBefore)} to {Show(leaf.NotAfter)}, and it "
                + $"is {Show(now)} here; {left.TotalSeconds:0} seconds must be left. Check the clock.");
        }
    }

    /// <summary>Does it lead to an authority of the trust root, and has a log of the trust root published it?</summary>
    /// <returns>What the logs promised; none with <paramref name="skipSct"/>.</returns>
    /// <exception cref="SigstoreException">
    /// CertificateUntrusted, CertificateExpired, SctMissing, SctInvalid, LimitExceeded.
    /// </exception>
    public static IReadOnlyList<VerifiedSct> RequireTrust(
        SigningCertificate leaf, IReadOnlyList<ReadOnlyMemory<byte>> above, byte[]? detachedSct, TrustedRoot root,
        bool skipSct, DateTimeOffset now)
    {
        DateTimeOffset time = now < leaf.NotBefore ? leaf.NotBefore : now;
        VerifiedChain chain = CertificateCheck.Verify(leaf, above, root, [time]);
        if (skipSct)
        {
            return [];
        }

        SctResult scts = SctCheck.Verify(leaf, chain, detachedSct, root);
        return scts.Verified.Count > 0 ? scts.Verified : throw new SigstoreException(
            scts.Refused.Any(static r => r.Forged) ? SigstoreErrorCode.SctInvalid : SigstoreErrorCode.SctMissing,
            "No certificate log that is trusted vouches for the certificate that was issued. "
            + string.Join(" ", scts.Refused.Select(static r => $"Log {r.LogId}: {r.Reason}.")));
    }

    /// <summary>
    /// Why the certificate cannot be that of the token's owner; null when it can. Names of workloads are made from
    /// claims by rules of the authority's, so that for them the issuer and the token's subject, which newer authorities
    /// copy (fulcio docs/oid-info.md, number 24), have to do.
    /// </summary>
    private static string? Stranger(SigningCertificate leaf, IdentityToken token)
    {
        if (leaf.Names is not [var name])
        {
            return $"it has {leaf.Names.Count} names";
        }

        if (leaf.Issuer is not { } issuer || !TokenClaims.Contain(token, issuer))
        {
            return $"its issuer is {PlainText.Clean(leaf.Issuer ?? "not named", 200)}";
        }

        if (leaf.Extension(TokenSubject) is { } subject && !string.Equals(subject, token.Subject, StringComparison.Ordinal))
        {
            return $"it was issued for the subject {PlainText.Clean(subject, 200)}";
        }

        bool fits = name.Kind switch
        {
            AlternativeNameKind.Mail => string.Equals(name.Value, token.Email, StringComparison.Ordinal),
            AlternativeNameKind.UserName => name.Value.StartsWith($"{token.Subject}!", StringComparison.Ordinal),
            AlternativeNameKind.Uri when token.Subject.StartsWith("spiffe://", StringComparison.Ordinal) =>
                string.Equals(name.Value, token.Subject, StringComparison.Ordinal),
            AlternativeNameKind.Uri => true,
            _ => false,
        };
        return fits ? null : $"it names {PlainText.Clean(name.Value, 200)}";
    }

    private static string Show(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
