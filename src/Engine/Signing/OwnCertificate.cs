using System.Globalization;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Signing;

/// <summary>
/// A certificate of the user's own PKI for the key that signs. What no verifier would take is refused here, before
/// anything is signed with it.
/// </summary>
internal sealed class OwnCertificate
{
    private OwnCertificate(SigningCertificate leaf, string name, IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        Leaf = leaf;
        Name = name;
        Chain = chain;
    }

    public SigningCertificate Leaf { get; }

    /// <summary>Whom it names, as a verifier says it: the first alternative name, or the whole subject.</summary>
    public string Name { get; }

    /// <summary>Certificates above it, DER, nearest first; empty: its path cannot be checked here.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>The authority that <see cref="Chain"/> ends in.</summary>
    public static CertificateAuthority AuthorityOf(IReadOnlyList<ReadOnlyMemory<byte>> chain) =>
        new() { Uri = "the chain that was given", Chain = chain, Validity = ValidityPeriod.Always };

    /// <summary>Checks the certificate and what is above it against the key and the present.</summary>
    /// <param name="certificates">DER, the signer's first, then each one's issuer.</param>
    /// <param name="key">The key that will sign.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="SigstoreException">
    /// CertificateKeyMismatch, CertificateExpired, CertificateUntrusted, MalformedCertificate, Unsupported, LimitExceeded.
    /// </exception>
    public static OwnCertificate Read(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates, PublicKey key, DateTimeOffset now)
    {
        if (certificates.Count - 1 > Limits.ChainCertificates)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"More than {Limits.ChainCertificates} certificates are above the signer's.");
        }

        SigningCertificate leaf = SigningCertificate.Parse(certificates[0]);
        RequireKey(leaf, certificates, key);
        RequireTime(leaf, now);
        if (PathRules.SignerRefusal(leaf.Content) is { } refusal)
        {
            throw Refused($"cannot sign here: {refusal}. It needs the key usage digitalSignature and the extended key usage "
                + $"codeSigning ({Oids.CodeSigning})");
        }

        // No verifier takes it: whoever trusts it as an authority finds that it is none.
        if (leaf.Content.IsSelfIssued && PathRules.Unissued(leaf.Content, leaf.Content) is null)
        {
            throw Refused("is signed by itself, so no authority vouches for it and no verifier takes it; sign with the key "
                + "alone, or have an authority issue a certificate");
        }

        string name = IdentityCheck.NamesOf(leaf, withSubject: leaf.Issuer is null).FirstOrDefault()
            ?? throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate,
                $"The certificate names nobody: {IdentityCheck.Nameless(leaf)}.");
        IReadOnlyList<ReadOnlyMemory<byte>> chain = [.. certificates.Skip(1)];
        if (chain.Count > 0)
        {
            RequireLinks([.. certificates.Select(ParsedCertificate.Parse)]);
            _ = CertificateCheck.Verify(
                leaf, [], TrustedRoot.Empty with { CertificateAuthorities = [AuthorityOf(chain)] }, [now]);
        }

        return new OwnCertificate(leaf, name, chain);
    }

    /// <summary>Whether it is valid at a time.</summary>
    /// <exception cref="SigstoreException">CertificateExpired.</exception>
    public static void RequireTime(SigningCertificate leaf, DateTimeOffset now)
    {
        if (!leaf.Content.IsValidAt(now))
        {
            throw new SigstoreException(
                SigstoreErrorCode.CertificateExpired,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The certificate is valid from {leaf.NotBefore:u} to {leaf.NotAfter:u}, and it is {now.ToUniversalTime():u} here."));
        }
    }

    /// <summary>
    /// Whether it lives until log and timestamp authority have answered: an entry they made for one that is over by then
    /// cannot be taken back and proves nothing.
    /// </summary>
    /// <exception cref="SigstoreException">CertificateExpired.</exception>
    public static void RequireReserve(DateTimeOffset expires, DateTimeOffset now)
    {
        if (expires < now + Limits.CertificateReserve)
        {
            throw new SigstoreException(
                SigstoreErrorCode.CertificateExpired,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The certificate expires at {expires.ToUniversalTime():u}, before log or timestamp authority may have answered."));
        }
    }

    private static void RequireKey(
        SigningCertificate leaf, IReadOnlyList<ReadOnlyMemory<byte>> certificates, PublicKey key)
    {
        if (leaf.Key.Equals(key))
        {
            return;
        }

        bool later = certificates.Skip(1).Any(der => ParsedCertificate.Parse(der).Spki.Span.SequenceEqual(key.Spki.Span));
        throw new SigstoreException(
            SigstoreErrorCode.CertificateKeyMismatch,
            later
                ? "The first certificate is for another key; one after it is for this key. The signer's own comes first."
                : $"The certificate is for another key ({leaf.Key.KeyId}) than the one that signs ({key.KeyId}).");
    }

    /// <summary>Each certificate issued by the next: a chain in another order is one that others read differently.</summary>
    private static void RequireLinks(IReadOnlyList<ParsedCertificate> path)
    {
        if (path[1].Der.Span.SequenceEqual(path[0].Der.Span))
        {
            throw Refused("stands in its own chain as well: the chain begins with its issuer");
        }

        for (int i = 0; i + 1 < path.Count; i++)
        {
            // What is signed by itself ends a chain: anything after it is not part of this one.
            if (path[i].IsSelfIssued && PathRules.Unissued(path[i], path[i]) is null)
            {
                throw Refused($"has a chain that goes on after its root: {Show(path[i + 1])} does not belong to it");
            }

            if (PathRules.Unissued(path[i], path[i + 1]) is not { } reason)
            {
                continue;
            }

            bool elsewhere = path.Skip(1).Where((_, at) => at != i).Any(other => PathRules.Unissued(path[i], other) is null
                && !other.Der.Span.SequenceEqual(path[i].Der.Span));
            throw Refused(elsewhere
                ? $"has a chain in another order than nearest first: {Show(path[i + 1])} did not issue {Show(path[i])}"
                : $"has a chain that does not lead from it: {Show(path[i + 1])} did not issue {Show(path[i])} ({reason})");
        }
    }

    private static string Show(ParsedCertificate certificate) =>
        $"'{Encodings.PlainText.Clean(SigningCertificate.ReadName(certificate.SubjectName), 200)}'";

    private static SigstoreException Refused(string why) =>
        new(SigstoreErrorCode.CertificateUntrusted, $"The certificate {why}.");
}

/// <summary>A key of the user's with a certificate of his own PKI.</summary>
internal sealed class OwnCertificateCredentials(ISigner signer, OwnCertificate certificate, TimeProvider clock)
    : ISigningCredentials
{
    private readonly SigningCredential _credential = new(certificate.Name, signer)
    {
        Certificate = certificate.Leaf.Der.ToArray(),
        Chain = certificate.Chain,
        Expires = certificate.Leaf.NotAfter,
        OwnAuthority = true,
    };

    public string Name => certificate.Name;

    public SigningAlgorithm Algorithm => signer.Algorithm;

    /// <exception cref="SigstoreException">CertificateExpired: since it was read.</exception>
    public Task<SigningCredential> GetAsync(CancellationToken cancel)
    {
        OwnCertificate.RequireTime(certificate.Leaf, clock.GetUtcNow());
        return Task.FromResult(_credential);
    }

    /// <summary>The key belongs to whoever opened it.</summary>
    public void Dispose()
    {
    }
}
