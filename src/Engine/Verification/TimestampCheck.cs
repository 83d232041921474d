using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Rfc3161;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A time that a trusted authority vouches for.</summary>
internal sealed record VerifiedTimestampToken
{
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>uri</c> of the authority in the trust root: tokens of one authority count once.</summary>
    public required string AuthorityUri { get; init; }

    /// <summary>The authority of the trust root.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>Subject of the certificate that signed the token.</summary>
    public required string SignerName { get; init; }

    /// <summary>Serial number of the token, lower-case hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Object identifier.</summary>
    public required string Policy { get; init; }

    /// <summary>The token itself.</summary>
    public required TimestampToken Token { get; init; }
}

/// <summary>RFC 3161 tokens against the timestamp authorities of a trust root. Opens no socket.</summary>
internal static class TimestampCheck
{
    /// <summary>Verifies an authority's answer, or a bare token, over bytes.</summary>
    /// <param name="token">DER.</param>
    /// <param name="signedBytes">What was timestamped; of an artifact its signature.</param>
    /// <param name="root">Whom to trust.</param>
    /// <exception cref="SigstoreException">
    /// MalformedTimestamp, TimestampInvalid, TimestampUntrusted, LimitExceeded.
    /// </exception>
    public static VerifiedTimestampToken Verify(
        ReadOnlyMemory<byte> token, ReadOnlySpan<byte> signedBytes, TrustedRoot root)
    {
        TimestampToken read = TimestampToken.Read(token);
        return read.IsOver(signedBytes) ? Verify(read, root)
            : throw new SigstoreException(
                SigstoreErrorCode.TimestampInvalid, "The timestamp is over other bytes than were signed.");
    }

    /// <summary>Verifies who gave a token; what it is over, the caller has compared.</summary>
    /// <exception cref="SigstoreException">TimestampInvalid, TimestampUntrusted.</exception>
    public static VerifiedTimestampToken Verify(TimestampToken token, TrustedRoot root)
    {
        string reason = "the trust root names no timestamp authority";
        bool forged = false;
        foreach (AnchoredAuthority authority in TrustAnchors.Of(root).Timestamp)
        {
            if (authority.Defect is { } defect)
            {
                reason = defect;
                continue;
            }

            if (!authority.Authority.Validity.Contains(token.Time))
            {
                reason = "no authority of the trust root is in force at its time";
                continue;
            }

            // Where the trust root names the leaf, no other certificate of that authority gives timestamps.
            ParsedCertificate? signer = authority.Leaf ?? token.Signer;
            if (signer is null
                || token.Signer is { } inside && !inside.Der.Span.SequenceEqual(signer.Der.Span))
            {
                reason = "it is not signed with a certificate the trust root leads to";
                continue;
            }

            if (PathRefusal(token, signer, authority) is { } refusal)
            {
                reason = refusal;
                continue;
            }

            if (!IsSigned(token, signer, authority))
            {
                forged |= token.Names(signer);
                reason = "the authority's signature on it does not verify";
                continue;
            }

            return new VerifiedTimestampToken
            {
                Time = token.Time,
                AuthorityUri = authority.Authority.Uri,
                Authority = authority.Authority,
                SignerName = Encodings.PlainText.Clean(SigningCertificate.ReadName(signer.SubjectName)),
                SerialNumber = token.SerialNumber,
                Policy = token.Policy,
                Token = token,
            };
        }

        throw forged
            ? new SigstoreException(
                SigstoreErrorCode.TimestampInvalid, "The authority's signature on the timestamp does not verify.")
            : new SigstoreException(
                SigstoreErrorCode.TimestampUntrusted, $"The timestamp is not trusted: {reason}.");
    }

    private static bool IsSigned(TimestampToken token, ParsedCertificate signer, AnchoredAuthority authority)
    {
        try
        {
            if (authority.LeafHandle is { } handle)
            {
                return token.IsSignedBy(handle);
            }

            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(signer.Der.Span);
            return token.IsSignedBy(certificate);
        }
        catch (CryptographicException)
        {
            return false;   // a certificate that only the platform cannot read
        }
    }

    private static string? PathRefusal(TimestampToken token, ParsedCertificate signer, AnchoredAuthority authority)
    {
        if (PathRules.TimestamperRefusal(signer) is { } refusal)
        {
            return refusal;
        }

        // A trust root may name the end certificate and nothing above it.
        if (authority.Certificates is [var only] && ReferenceEquals(only, signer))
        {
            return signer.IsValidAt(token.Time) ? null : "its certificate was not valid at its time";
        }

        try
        {
            List<ParsedCertificate> inside = authority.Leaf is null ? ReadInside(token) : [];
            new PathSearch(signer, inside, Oids.TimeStamping, [authority]).At(token.Time);
            return null;
        }
        catch (Exception e) when (e is SigstoreException or CryptographicException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static List<ParsedCertificate> ReadInside(TimestampToken token)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> certificates = token.Certificates();
        return certificates.Count > Limits.ChainCertificates ? []
            : [.. certificates.Select(ParsedCertificate.Parse)];
    }
}
