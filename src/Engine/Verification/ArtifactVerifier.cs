using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>Evidence that one signature passed every check. Exists only when it did.</summary>
internal sealed record VerifiedSignature
{
    /// <summary>The key's reference, or the identity in the certificate that matched.</summary>
    public required string Signer { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the key that verified it, hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>The hash or variant that matched.</summary>
    public required SigningAlgorithm Algorithm { get; init; }

    /// <summary>Null when a key was asked for.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>What makes two signers one: key, or identity and issuer.</summary>
    public string SignerId => Certificate is null ? KeyId : $"{Signer}\n{Certificate.Issuer}";

    public IReadOnlyList<LogEvidence> LogEntries { get; init; } = [];

    public IReadOnlyList<VerifiedTimestamp> Times { get; init; } = [];

    /// <summary>Every check, made or skipped, in order.</summary>
    public required IReadOnlyList<VerificationCheck> Checks { get; init; }
}

/// <summary>
/// Decides whether one signature is by whom it should be, made when it should have been. What it says is
/// <see cref="ClaimCheck"/>'s to judge. Pure: no file, no socket.
/// </summary>
internal static class ArtifactVerifier
{
    /// <param name="artifact">The signature and what came with it.</param>
    /// <param name="content">What was signed.</param>
    /// <param name="policy">Whom to trust, and what to skip.</param>
    /// <exception cref="SigstoreException">The first check that failed.</exception>
    public static VerifiedSignature Verify(
        SignedArtifact artifact, SignedContent content, VerificationPolicy policy) => policy.Signer switch
        {
            SignerPolicy.ByKey keys => ByKey(artifact, content, keys, policy),
            SignerPolicy.ByIdentity people => ByIdentity(artifact, content, people, policy),
            var other => throw new ArgumentException($"{other} is no signer policy", nameof(policy)),
        };

    /// <summary>Which of the keys it was must be known before the log entry can be compared with it.</summary>
    private static VerifiedSignature ByKey(
        SignedArtifact artifact, SignedContent content, SignerPolicy.ByKey keys, VerificationPolicy policy)
    {
        // cosign and sigstore-go: a bundle whose material is a certificate does not satisfy a key. In the legacy layout
        // the key given by the user wins over a certificate annotation.
        if (artifact is { Format: SignatureFormat.Bundle, Certificate: not null })
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch,
                "The bundle names its signer by a certificate; a key was asked for.");
        }

        (TrustedKey key, SigningAlgorithm algorithm) = SignatureCheck.WithKeys(artifact, content, keys);
        Evidence evidence = new();
        evidence.Passed("Signature", $"{key.Reference} ({algorithm.Name})");
        SignatureCheck.MessageDigest(artifact, content, algorithm);
        LogCheck.Verified(artifact, content, key.Key, certificate: null, policy, evidence);
        TimeCheck.Collect(artifact, policy, evidence);
        return evidence.Verdict(key.Reference, key.Key.KeyId, algorithm, certificate: null);
    }

    /// <summary>
    /// sigstore client specification: log entries, times, certificate chain at every time, publication of the
    /// certificate, signature, identity.
    /// </summary>
    private static VerifiedSignature ByIdentity(
        SignedArtifact artifact, SignedContent content, SignerPolicy.ByIdentity people, VerificationPolicy policy)
    {
        if (artifact.Certificate is not { } der)
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch, "The signature was made with a key; an identity was asked for.");
        }

        SigningCertificate certificate = SigningCertificate.Parse(der);
        Evidence evidence = new();
        LogCheck.Verified(artifact, content, certificate.Key, der, policy, evidence);
        TimeCheck.Collect(artifact, policy, evidence);
        IReadOnlyList<DateTimeOffset> times = TimeCheck.Observers(certificate, policy, evidence);
        VerifiedChain chain = CertificateCheck.Verify(certificate, artifact.Chain, policy.Root, times);
        evidence.Passed("Certificate", chain.Evidence);
        if (policy.RevocationLists.Count > 0)
        {
            evidence.Passed("Revocation", CrlCheck.Verify(chain, policy.RevocationLists, times));
        }

        SctCheck.Verified(certificate, chain, artifact.DetachedSct, policy, evidence);
        SigningAlgorithm algorithm = SignatureCheck.WithCertificate(artifact, content, certificate);
        SignatureCheck.MessageDigest(artifact, content, algorithm);
        evidence.Passed("Signature", $"certificate {certificate.SerialNumber} ({algorithm.Name})");
        string signer = IdentityCheck.Verify(certificate, people.Identities);
        evidence.Passed("Identity", $"{signer} by {certificate.Issuer ?? "nobody"}");
        return evidence.Verdict(signer, certificate.Key.KeyId, algorithm, certificate.Summary(chain));
    }
}
