using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Signing;

/// <summary>
/// Verifies what was just made as whoever receives it will: a key that signs wrongly, a service that answers with
/// somebody else's certificate, or a trust root that does not know these services is found out before anything is
/// stored.
/// </summary>
internal sealed class SelfVerification(TimeProvider clock)
{
    /// <param name="artifact">The signature with what it has by now.</param>
    /// <param name="content">What was signed.</param>
    /// <param name="credential">What it was made with.</param>
    /// <param name="plan">What it must have.</param>
    /// <param name="logged">Whether the log entries are there already.</param>
    /// <exception cref="SigstoreException">SelfVerificationFailed; the inner one says which check.</exception>
    public void Demand(
        SignedArtifact artifact, SignedContent content, SigningCredential credential, SigningPlan plan, bool logged)
    {
        try
        {
            if (plan.Root is null)
            {
                DemandSignature(artifact, content, credential);
                return;
            }

            _ = ArtifactVerifier.Verify(artifact, content, Policy(credential, plan, plan.Root, logged));
        }
        catch (SigstoreException e)
        {
            string log = logged && artifact.LogEntries.Count > 0
                ? $" Its log entry exists ({string.Join(", ", artifact.LogEntries.Select(static l => l.LogIndex))})."
                : string.Empty;
            throw new SigstoreException(
                SigstoreErrorCode.SelfVerificationFailed,
                $"What was signed does not verify ({e.Code}): {e.Message} Nothing was stored.{log}", e);
        }
    }

    private static void DemandSignature(SignedArtifact artifact, SignedContent content, SigningCredential credential)
    {
        if (credential.Signer.PublicKey.Match(content, artifact.Signature.Span) is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignatureMismatch, $"The key {credential.Reference} made a signature that does not hold.");
        }
    }

    /// <summary>Who must have signed: the key or the identity of a credential.</summary>
    /// <param name="credential">Of whom.</param>
    /// <param name="root">Null: nobody is trusted but a key itself.</param>
    /// <exception cref="SigstoreException">MalformedCertificate.</exception>
    public static VerificationPolicy PolicyOf(SigningCredential credential, TrustedRoot? root) =>
        credential is { OwnAuthority: true, Certificate: { } own }
            ? OwnPolicy(SigningCertificate.Parse(own), credential.Chain, root ?? TrustedRoot.Empty)
            : new()
            {
                Signer = credential.Certificate is { } der
                    ? Identity(SigningCertificate.Parse(der))
                    : new SignerPolicy.ByKey([new TrustedKey(credential.Reference, credential.Signer.PublicKey)]),
                Root = root ?? TrustedRoot.Empty,
            };

    /// <summary>
    /// Who must have signed with a certificate of a PKI of one's own: whom it names, by the authority its chain ends in;
    /// without a chain, the certificate itself. Logs and timestamp authorities stay those of the trust root.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedCertificate: it names nobody.</exception>
    public static VerificationPolicy OwnPolicy(
        SigningCertificate certificate, IReadOnlyList<ReadOnlyMemory<byte>> chain, TrustedRoot root) => new()
        {
            Signer = chain.Count == 0 ? new SignerPolicy.ByCertificate(certificate) : OwnIdentity(certificate),
            Root = chain.Count == 0 ? root
                : root with { CertificateAuthorities = [OwnCertificate.AuthorityOf(chain)] },
            OwnAuthorities = chain.Count > 0,
            SkipSct = true,
        };

    private VerificationPolicy Policy(SigningCredential credential, SigningPlan plan, TrustedRoot root, bool logged) =>
        PolicyOf(credential, root) with
        {
            SkipTransparencyLog = !logged || plan.Logs.Count == 0,
            LogThreshold = Math.Max(1, plan.Logs.Count),
            SkipSct = plan.SkipSct || credential.OwnAuthority,
            SkipTimestamp = plan.TimestampAuthorities.Count == 0,
            TimestampThreshold = plan.TimestampAuthorities.Count,
            Clock = clock,
        };

    private static SignerPolicy.ByIdentity OwnIdentity(SigningCertificate certificate) =>
        IdentityCheck.NamesOf(certificate, withSubject: certificate.Issuer is null).FirstOrDefault() is { } name
            ? new SignerPolicy.ByIdentity(
            [
                new CertificateIdentity(
                    TextMatch.Exactly(name), certificate.Issuer is { } issuer ? TextMatch.Exactly(issuer) : null,
                    new Dictionary<string, string>()),
            ])
            : throw new SigstoreException(SigstoreErrorCode.MalformedCertificate, "The certificate names nobody.");

    private static SignerPolicy Identity(SigningCertificate certificate) =>
        certificate is { Names: [var name, ..], Issuer: { } issuer }
            ? new SignerPolicy.ByIdentity(
            [
                new CertificateIdentity(
                    TextMatch.Exactly(name.Value), TextMatch.Exactly(issuer), new Dictionary<string, string>()),
            ])
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, "The certificate names no identity, or nobody who vouches for it.");
}
