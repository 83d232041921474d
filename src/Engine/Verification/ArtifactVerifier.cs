using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

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

    /// <summary>
    /// One signature of each signer, in their order. Who has one key under two names is one signer, as is who has two
    /// keys under one name, and whoever hangs together by such steps: one person must not make a majority.
    /// </summary>
    public static IReadOnlyList<VerifiedSignature> Distinct(IEnumerable<VerifiedSignature> signatures)
    {
        List<List<VerifiedSignature>> signers = [];
        foreach (VerifiedSignature signature in signatures)
        {
            List<List<VerifiedSignature>> same = [.. signers.Where(signer => signer.Any(
                known => known.SignerId == signature.SignerId || known.KeyId == signature.KeyId))];
            if (same.Count == 0)
            {
                signers.Add([signature]);
                continue;
            }

            same[0].Add(signature);
            foreach (List<VerifiedSignature> more in same.Skip(1))
            {
                same[0].AddRange(more);
                signers.Remove(more);
            }
        }

        return [.. signers.Select(static signer => signer[0])];
    }

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
    /// <param name="certificate">The artifact's certificate, if the caller has read it already.</param>
    /// <exception cref="SigstoreException">The first check that failed.</exception>
    public static VerifiedSignature Verify(
        SignedArtifact artifact, SignedContent content, VerificationPolicy policy,
        SigningCertificate? certificate = null) => policy.Signer switch
        {
            SignerPolicy.ByKey keys => ByKey(artifact, content, keys, policy),
            SignerPolicy.ByIdentity people => ByIdentity(artifact, content, people, policy, certificate),
            SignerPolicy.ByCertificate own => ByCertificate(artifact, content, own.Certificate, policy),
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
        IReadOnlyList<VerifiedLogEntry> entries = CheckLogs(artifact, content, key.Key, null, policy, evidence);
        TimeCheck.Collect(artifact, policy, evidence);
        TimeCheck.HoldAgainst(entries, evidence);
        return evidence.Verdict(key.Reference, key.Key.KeyId, algorithm, certificate: null);
    }

    /// <summary>
    /// sigstore client specification: log entries, times, certificate chain at every time, publication of the
    /// certificate, signature, identity.
    /// </summary>
    private static VerifiedSignature ByIdentity(
        SignedArtifact artifact, SignedContent content, SignerPolicy.ByIdentity people, VerificationPolicy policy,
        SigningCertificate? read)
    {
        if (artifact.Certificate is not { } der)
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch, "The signature was made with a key; an identity was asked for.");
        }

        SigningCertificate certificate = read ?? SigningCertificate.Parse(der);
        Evidence evidence = new();
        IReadOnlyList<VerifiedLogEntry> entries = CheckLogs(artifact, content, certificate.Key, der, policy, evidence);
        TimeCheck.HoldAgainst(entries, certificate);
        TimeCheck.Collect(artifact, policy, evidence);
        TimeCheck.HoldAgainst(entries, evidence);
        IReadOnlyList<DateTimeOffset> times = TimeCheck.Observers(policy, evidence);
        VerifiedChain chain = CertificateCheck.Verify(certificate, artifact.Chain, policy.Root, times);
        evidence.Passed("Certificate", chain.Evidence);
        CheckRevocation(chain, policy, evidence);
        CheckPublication(artifact, certificate, chain, policy, evidence);
        SigningAlgorithm algorithm = SignatureCheck.WithCertificate(artifact, content, certificate);
        SignatureCheck.MessageDigest(artifact, content, algorithm);
        evidence.Passed("Signature", $"key of the certificate ({algorithm.Name})");
        string signer = IdentityCheck.Verify(certificate, people.Identities, policy.OwnAuthorities);
        evidence.Passed("Identity", $"{signer} by {certificate.Issuer ?? "nobody"}");
        if (people.Identities.Any(static i => i.Issuer is null))
        {
            evidence.Skipped("Issuer", "none was asked for: -CertificateAuthority names the authority that vouches");
        }

        return evidence.Verdict(signer, certificate.Key.KeyId, algorithm, Summary(certificate, chain));
    }

    /// <summary>The signature, its witnesses and its times by a certificate whose path nobody can check here.</summary>
    private static VerifiedSignature ByCertificate(
        SignedArtifact artifact, SignedContent content, SigningCertificate own, VerificationPolicy policy)
    {
        if (artifact.Certificate is not { } der || !der.AsSpan().SequenceEqual(own.Der.Span))
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch, "The signature does not carry the certificate it was made with.");
        }

        Evidence evidence = new();
        IReadOnlyList<VerifiedLogEntry> entries = CheckLogs(artifact, content, own.Key, der, policy, evidence);
        TimeCheck.HoldAgainst(entries, own);
        TimeCheck.Collect(artifact, policy, evidence);
        TimeCheck.HoldAgainst(entries, evidence);
        foreach (DateTimeOffset time in TimeCheck.Observers(policy, evidence))
        {
            if (!own.Content.IsValidAt(time))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.CertificateExpired, $"The certificate was not valid at {time:u}.");
            }
        }

        evidence.Skipped("Certificate", "nothing above it is known");
        SigningAlgorithm algorithm = SignatureCheck.WithCertificate(artifact, content, own);
        SignatureCheck.MessageDigest(artifact, content, algorithm);
        evidence.Passed("Signature", $"key of the certificate ({algorithm.Name})");
        return evidence.Verdict(PlainText.Clean(own.Subject), own.Key.KeyId, algorithm, certificate: null);
    }

    private static IReadOnlyList<VerifiedLogEntry> CheckLogs(
        SignedArtifact artifact, SignedContent content, PublicKey key, byte[]? certificate, VerificationPolicy policy,
        Evidence evidence)
    {
        if (policy.SkipTransparencyLog)
        {
            evidence.Skipped("TransparencyLog", "-SkipTransparencyLog");
            return [];
        }

        LogVerdict verdict = LogCheck.Verify(artifact, content, key, certificate, policy.Root);
        verdict.Require(policy.LogThreshold);
        foreach (VerifiedLogEntry entry in verdict.Entries)
        {
            evidence.LogEntries.Add(new LogEvidence(
                entry.BaseUrl, entry.LogIndex, entry.Kind, entry.TimeIsPromised ? entry.IntegratedTime : null,
                entry.Evidence));
            evidence.Passed("TransparencyLog", $"entry {entry.LogIndex} of {entry.BaseUrl} ({entry.Evidence})");
        }

        return verdict.Entries;
    }

    private static void CheckRevocation(VerifiedChain chain, VerificationPolicy policy, Evidence evidence)
    {
        if (policy.RevocationLists.Count == 0)
        {
            return;
        }

        evidence.Passed("Revocation", string.Join(
            "; ", RevocationCheck.Verify(chain, policy.RevocationLists, policy.Clock.GetUtcNow())));
    }

    private static void CheckPublication(
        SignedArtifact artifact, SigningCertificate certificate, VerifiedChain chain, VerificationPolicy policy,
        Evidence evidence)
    {
        if (policy.SkipSct)
        {
            evidence.Skipped("Sct", "-SkipSct");
            return;
        }

        SctResult result = SctCheck.Verify(certificate, chain, artifact.DetachedSct, policy.Root);
        if (result.Verified.Count < policy.SctThreshold)
        {
            throw new SigstoreException(
                result.Refused.Any(static r => r.Forged) ? SigstoreErrorCode.SctInvalid : SigstoreErrorCode.SctMissing,
                $"{result.Verified.Count} certificate logs vouch for the certificate; {policy.SctThreshold} are asked "
                + $"for. {string.Join(" ", result.Refused.Select(static r => $"Log {r.LogId}: {r.Reason}."))}");
        }

        foreach (VerifiedSct sct in result.Verified)
        {
            evidence.Passed("Sct", $"{sct.BaseUrl} at {sct.Time:u}");
        }
    }

    private static CertificateSummary Summary(SigningCertificate certificate, VerifiedChain chain) => new()
    {
        Identity = [.. certificate.Names.Select(static n => n.Value)],
        Issuer = certificate.Issuer,
        SerialNumber = certificate.SerialNumber,
        NotBefore = certificate.NotBefore,
        NotAfter = certificate.NotAfter,
        Authority = PlainText.Clean(chain.Authority.CommonName ?? chain.Authority.Uri),
        Extensions = certificate.Extensions,
        Pem = Encoding.ASCII.GetString(Pem.Write("CERTIFICATE", certificate.Der.Span)),
    };
}
