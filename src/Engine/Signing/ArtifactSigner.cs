using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Rekor;
using SigstorePS.Timestamp;
using SigstorePS.Transparency;

namespace SigstorePS.Signing;

/// <summary>A signature with its witnesses, verified, and stored nowhere yet.</summary>
/// <param name="Artifact">The signature and what belongs to it.</param>
/// <param name="Credential">What it was made with.</param>
/// <param name="Algorithm">How.</param>
internal sealed record MadeSignature(SignedArtifact Artifact, SigningCredential Credential, SigningAlgorithm Algorithm)
{
    /// <summary>Whether all of it was verified before it left here.</summary>
    public bool Verified { get; init; }

    /// <summary>
    /// What of it was: <c>Skipped</c>; <c>SignatureOnly</c>: by the certificate of one's own that came without a chain,
    /// so nobody knows whether it leads anywhere; <c>Passed</c>: all.
    /// </summary>
    public string SelfVerification => !Verified ? "Skipped"
        : Credential is { OwnAuthority: true, Chain.Count: 0 } ? "SignatureOnly" : "Passed";
}

/// <summary>
/// Makes one signature: signature, certificate, timestamps, log entries, in this order (sigstore client specification,
/// signing). What needs no log is verified before the log is asked, because an entry cannot be taken back; all of it is
/// verified before anybody stores it.
/// </summary>
internal sealed class ArtifactSigner(RekorWriter logs, TimestampClient timestamps, TimeProvider clock)
{
    private readonly SigningPace _pace = new(clock);
    private readonly SelfVerification _verification = new(clock);

    /// <exception cref="SigstoreException">
    /// Of the credentials; Timestamp…, Rekor…, SelfVerificationFailed, Unsupported. Nothing was stored then; the message
    /// says whether a log entry may exist.
    /// </exception>
    public async Task<MadeSignature> SignAsync(
        SigningSubject subject, ISigningCredentials credentials, SignatureFormat format, SigningPlan plan,
        CancellationToken cancel)
    {
        // Before there is a certificate: one that waits for its turn at the log can expire in the queue.
        await _pace.TurnAsync(plan.Logs, cancel).ConfigureAwait(false);
        SigningCredential credential = await credentials.GetAsync(cancel).ConfigureAwait(false);
        if (credential is { OwnAuthority: true, Expires: { } expires }
            && (plan.Logs.Count > 0 || plan.TimestampAuthorities.Count > 0))
        {
            OwnCertificate.RequireReserve(expires, clock.GetUtcNow());
        }

        Draft draft = await DraftAsync(subject, credential, format, plan, cancel).ConfigureAwait(false);
        draft = draft with
        {
            Artifact = draft.Artifact with
            {
                Timestamps = await TimestampAsync(draft.Artifact, plan, cancel).ConfigureAwait(false),
            },
        };
        _verification.Demand(draft.Artifact, draft.Content, credential, plan, logged: false);
        if (plan.Logs.Count > 0)
        {
            LogProposal proposal = Propose(draft, plan);
            LogEntry[] entries = await LogAsync(plan, proposal, cancel).ConfigureAwait(false);
            draft = draft with { Artifact = draft.Artifact with { LogEntries = entries } };
        }

        // Read back from the bytes that will be stored, so that nothing is stored that cannot be read.
        SignedArtifact artifact = format == SignatureFormat.Bundle
            ? SignedArtifact.FromBundle(BundleWriter.Write(BundleOf(draft.Artifact)))
            : draft.Artifact;
        _verification.Demand(artifact, draft.Content, credential, plan, logged: true);
        return new MadeSignature(artifact, credential, draft.Algorithm) { Verified = plan.Root is not null };
    }

    private static async Task<Draft> DraftAsync(
        SigningSubject subject, SigningCredential credential, SignatureFormat format, SigningPlan plan,
        CancellationToken cancel)
    {
        SigningAlgorithm algorithm = SignatureMaker.AlgorithmFor(
            credential.Signer.Algorithm, subject is SigningSubject.Message, format, plan);
        switch (subject)
        {
            case SigningSubject.Message message:
                byte[] signature = await SignatureMaker
                    .SignAsync(credential, message.Content, algorithm, cancel).ConfigureAwait(false);
                SignedArtifact artifact = message.Payload is { } payload
                    ? LegacySignature.OverPayload(payload, signature)
                    : LegacySignature.OverArtifact(signature);
                return new Draft(
                    Named(artifact, credential, format) with
                    {
                        MessageDigest = message.Content.DigestOf(algorithm.Hash),
                    },
                    message.Content, algorithm, credential.Signer.PublicKey);
            case SigningSubject.Statement statement:
                SignedContent pae = SignedContent.Of(Envelope.Pae(statement.PayloadType, statement.Payload));
                Envelope envelope = new(
                    statement.PayloadType, statement.Payload,
                    await SignatureMaker.SignAsync(credential, pae, algorithm, cancel).ConfigureAwait(false));
                byte[] json = EnvelopeWriter.Write(envelope);
                SignedArtifact signed = SignedArtifact.FromEnvelope(json);
                return new Draft(
                    Named(
                        format == SignatureFormat.Legacy ? signed : signed with { EnvelopeContent = null }, credential,
                        format),
                    pae, algorithm, credential.Signer.PublicKey);
            default:
                throw new ArgumentException($"{subject} cannot be signed", nameof(subject));
        }
    }

    private static SignedArtifact Named(SignedArtifact artifact, SigningCredential credential, SignatureFormat format) =>
        artifact with
        {
            Format = format,
            KeyHint = credential.Certificate is null ? credential.Signer.PublicKey.Hint : null,
            Certificate = credential.Certificate,
            Chain = format == SignatureFormat.Legacy ? credential.Chain : [],
            DetachedSct = credential.DetachedSct,
        };

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> TimestampAsync(
        SignedArtifact artifact, SigningPlan plan, CancellationToken cancel)
    {
        Task<byte[]>[] asked =
        [
            .. plan.TimestampAuthorities.Select(
                authority => timestamps.RequestAsync(authority, artifact.TimestampedBytes, cancel)),
        ];
        byte[][] tokens = await Task.WhenAll(asked).ConfigureAwait(false);
        return [.. tokens.Select(static t => (ReadOnlyMemory<byte>)t)];
    }

    private static LogProposal Propose(Draft draft, SigningPlan plan) => new()
    {
        Kind = draft.Artifact.Envelope is null ? "hashedrekord" : plan.EnvelopeKind,
        Digest = draft.Content.DigestOf(draft.Algorithm.Hash) ?? throw new InvalidOperationException("not hashed"),
        Signature = draft.Artifact.Signature,
        Key = draft.Key,
        Certificate = draft.Artifact.Certificate,
        Algorithm = draft.Algorithm,
        Envelope = draft.Artifact.Envelope,
        EnvelopeText = draft.Artifact.EnvelopeContent,
    };

    /// <summary>
    /// All logs at once: a Rekor v2 log answers only with its next checkpoint. One that has the entry already, because
    /// the answer to a first try was lost, does not say its id: that is the trust root's to know.
    /// </summary>
    private async Task<LogEntry[]> LogAsync(SigningPlan plan, LogProposal proposal, CancellationToken cancel)
    {
        IReadOnlyList<LogTarget> targets = plan.Logs;
        Task<LogWrite>[] writes =
        [
            .. targets.Select(
                log => logs.WriteAsync(log.Address, log.Version, proposal, plan.Root?.Logs ?? [], cancel)),
        ];
        try
        {
            LogWrite[] written = await Task.WhenAll(writes).ConfigureAwait(false);
            return [.. written.Select(static w => w.Record.Entry)];
        }
        catch (SigstoreException e)
        {
            string made = string.Join(", ", writes.Zip(targets)
                .Where(static w => w.First.IsCompletedSuccessfully).Select(static w => w.Second.Address.Authority));
            throw new SigstoreException(
                e.Code,
                made.Length > 0
                    ? $"{e.Message} The entry in {made} was made; nothing was stored. Repeating signs and logs anew."
                    : $"{e.Message} Nothing was stored; repeating is safe.",
                e);
        }
    }

    private static Bundle BundleOf(SignedArtifact artifact) => new()
    {
        KeyHint = artifact.KeyHint,
        Certificate = artifact.Certificate,
        Message = artifact.Envelope is null
            ? new MessageSignature(artifact.MessageDigest, artifact.Signature) : null,
        Envelope = artifact.Envelope,
        LogEntries = artifact.LogEntries,
        Timestamps = artifact.Timestamps,
    };

    private sealed record Draft(
        SignedArtifact Artifact, SignedContent Content, SigningAlgorithm Algorithm, PublicKey Key);
}
