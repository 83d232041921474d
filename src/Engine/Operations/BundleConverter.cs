using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Transparency;

namespace SigstorePS.Operations;

/// <summary>Finds log entries of a signature, newest last; none when the log has none.</summary>
internal delegate Task<IReadOnlyList<LogEntry>> FindLogEntries(
    SignedArtifact artifact, Digest? digest, CancellationToken cancel);

/// <summary>
/// Makes a bundle v0.3 of the pieces cosign 1 and 2 leave behind. Nothing is verified: the bundle says what the pieces
/// say.
/// </summary>
internal sealed class BundleConverter(FetchLogEntry? fetch, FindLogEntries? find)
{
    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy: a piece is missing or there twice. SignerMismatch, TransparencyLogRequired,
    /// LogEntryMissing, OfflineUnavailable, Unsupported, MalformedSignature, and whatever the log's client throws.
    /// </exception>
    public async Task<Bundle> ConvertAsync(BundleParts parts, CancellationToken cancel)
    {
        SignedArtifact artifact = Read(parts);
        string? hint = Signer(artifact, parts);
        if (artifact is { EnvelopeContent: not null, Timestamps.Count: > 0 })
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "The timestamp of an old attestation is over the whole envelope, in a bundle it has to be over the "
                + "signature: it cannot be carried over.");
        }

        Digest? digest = artifact.Envelope is null
            ? await DigestAsync(artifact, parts, cancel).ConfigureAwait(false) : null;
        return new Bundle
        {
            KeyHint = hint,
            Certificate = artifact.Certificate,
            Message = digest is null ? null : new MessageSignature(digest, artifact.Signature),
            Envelope = artifact.Envelope,
            LogEntries = await EntriesAsync(artifact, digest, parts, cancel).ConfigureAwait(false),
            Timestamps = artifact.Timestamps,
        };
    }

    private static SignedArtifact Read(BundleParts parts)
    {
        SignedArtifact artifact = (parts.OldBundle, parts.Attestation, parts.Signature) switch
        {
            ({ } bundle, null, null) => parts.Material.AddTo(SignatureFile.ReadSingle(bundle)),
            (null, { } envelope, null) => parts.Material.AddTo(SignedArtifact.FromEnvelope(envelope)),
            (null, null, { } signature) => parts.Material.OfSignature(signature),
            _ => throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "Give one of -BundlePath, -Attestation and -Signature."),
        };
        return artifact.Bundle is null
            ? artifact
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported, "The file is a sigstore bundle already; Update-SigstoreBundle renews it.");
    }

    /// <summary>The hint, when a key names the signer.</summary>
    private static string? Signer(SignedArtifact artifact, BundleParts parts)
    {
        if (artifact.Certificate is not null)
        {
            return parts.KeyHint is null
                ? null
                : throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy, "A certificate names the signer; -Key cannot name another.");
        }

        if (artifact.KeyHint is { } known && parts.KeyHint is { } given && known != given)
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignerMismatch, "The old bundle names another key than -Key.");
        }

        return artifact.KeyHint ?? parts.KeyHint ?? throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy, "Nothing names the signer: give -Certificate or -Key.");
    }

    /// <summary>cosign 1 and 2 hash with SHA-256 whatever the key.</summary>
    private static async Task<Digest> DigestAsync(SignedArtifact artifact, BundleParts parts, CancellationToken cancel)
    {
        if (artifact.SignedBytes is { } payload)
        {
            return Digest.Sha256(payload.Span);
        }

        string path = parts.ArtifactPath ?? throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy, "A bundle states the digest of the signed file: give -Path.");
        return (await FileContent.HashAsync(path, [HashAlgorithmName.SHA256], cancel).ConfigureAwait(false))[0];
    }

    private async Task<IReadOnlyList<LogEntry>> EntriesAsync(
        SignedArtifact artifact, Digest? digest, BundleParts parts, CancellationToken cancel)
    {
        if (parts.SkipTransparencyLog)
        {
            return [];
        }

        IReadOnlyList<LogEntry> known = artifact.LogEntries;
        if (known.Count == 0)
        {
            if (parts.Offline || find is null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.TransparencyLogRequired,
                    "There is no log entry: give -RekorBundlePath, or say -SkipTransparencyLog to do without.");
            }

            known = await find(artifact, digest, cancel).ConfigureAwait(false);
        }

        List<LogEntry> entries = [];
        foreach (LogEntry entry in known)
        {
            entries.Add(await BundleUpgrade.WithProofAsync(entry, parts.Offline ? null : fetch, cancel)
                .ConfigureAwait(false));
        }

        return entries.Count > 0
            ? entries
            : throw new SigstoreException(
                SigstoreErrorCode.LogEntryMissing,
                "The log has no entry of this signature; say -SkipTransparencyLog to do without.");
    }
}
