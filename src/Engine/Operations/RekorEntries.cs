using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Encodings;
using SigstorePS.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Shows log entries as the objects users see, verified by the trust root or plainly marked as not.</summary>
internal static class RekorEntries
{
    public const string SkippedBy = "-SkipEntryVerification";

    /// <param name="record">The entry.</param>
    /// <param name="place">Where it came from, for people.</param>
    /// <param name="logs">The logs to trust; null when the user skips the verification.</param>
    /// <param name="existed">Of an entry that was to be written: the log had it before. Null of all others.</param>
    /// <exception cref="SigstoreException">As <see cref="RekorEntryCheck.Verify"/>.</exception>
    public static RekorEntry Show(
        RekorRecord record, string place, IReadOnlyList<TransparencyLogInstance>? logs, bool? existed = null)
    {
        LogEntry entry = record.Entry;
        VouchedEntry? vouched = logs is null ? null : RekorEntryCheck.Verify(entry, RekorId.TreeId(record.Uuid), logs);
        LoggedParts parts = LoggedParts.Of(entry);
        SigningCertificate? certificate = CertificateOf(parts.Verifier);
        return new RekorEntry
        {
            Uuid = record.Uuid,
            LogIndex = entry.LogIndex,
            LogId = Convert.ToHexStringLower(entry.LogId.Span),
            Log = place,
            Kind = parts.Kind,
            Version = parts.Version,
            IntegratedTime = TimeOf(entry),
            Body = Encoding.UTF8.GetString(entry.Body.Span),
            Digest = parts.Digest?.ToString(),
            EnvelopeDigest = parts.EnvelopeDigest?.ToString(),
            Signature = parts.Signature is { } signature ? Convert.ToBase64String(signature.Signature.Span) : null,
            PublicKey = parts.Verifier is { Kind: not LogVerifierKind.Certificate } key ? key.ToString() : null,
            Certificate = parts.Verifier is { Kind: LogVerifierKind.Certificate } pem ? pem.ToString() : null,
            Identity = certificate is null ? [] : [.. certificate.Names.Select(static name => name.Value)],
            Issuer = certificate?.Issuer,
            Attestation = record.Attestation is { } attestation ? Encoding.UTF8.GetString(attestation) : null,
            SignedEntryTimestamp = entry.SignedEntryTimestamp is { } set ? Convert.ToBase64String(set) : null,
            InclusionProof = entry.Proof is { } proof ? ProofOf(proof) : null,
            Checkpoint = entry.Proof?.Checkpoint,
            Verified = vouched is not null,
            Existed = existed,
            Checks = vouched is null
                ? [new VerificationCheck("TransparencyLog", "Skipped", SkippedBy)]
                : [.. vouched.Checks],
            TransparencyLogEntry = Encoding.UTF8.GetString(CompactJson.Bytes(LogEntryJson.Write(entry))),
            Entry = entry,
        };
    }

    /// <summary>Names an entry that came without a name: by its own hash.</summary>
    public static RekorRecord Name(LogEntry entry) =>
        new(Convert.ToHexStringLower(MerkleTree.LeafHash(entry.Body.Span)), entry);

    private static DateTimeOffset? TimeOf(LogEntry entry) =>
        entry.IntegratedTime is > 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime) : null;

    private static RekorInclusionProof ProofOf(InclusionProof proof) => new()
    {
        LogIndex = proof.LogIndex,
        TreeSize = proof.TreeSize,
        RootHash = Convert.ToHexStringLower(proof.RootHash.Span),
        Hashes = [.. proof.Hashes.Select(static hash => Convert.ToHexStringLower(hash.Span))],
    };

    /// <summary>For its names only. A log takes certificates that this build cannot read, and they stay shown.</summary>
    private static SigningCertificate? CertificateOf(LogVerifier? verifier)
    {
        if (verifier is not { Kind: LogVerifierKind.Certificate })
        {
            return null;
        }

        try
        {
            return SigningCertificate.Parse(verifier.Data);
        }
        catch (SigstoreException)
        {
            return null;
        }
    }
}
