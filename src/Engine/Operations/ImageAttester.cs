using SigstorePS.Bundles;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>What to attest about images, by whom, in which forms, and where to put it.</summary>
internal sealed record AttestRequest
{
    public required SigningMeans Means { get; init; }

    public required IReadOnlyList<StatementSource> Sources { get; init; }

    /// <summary>Type of the statements made here: v0.1 is what cosign writes, and every version of it reads.</summary>
    public string StatementType { get; init; } = Statement.TypeV01;

    public AttestationStorage Storage { get; init; } = new();

    /// <summary>False: make the attestation, store it nowhere.</summary>
    public bool Upload { get; init; } = true;
}

/// <summary>Attests about an image: each predicate by each signer in each format.</summary>
internal sealed class ImageAttester(ArtifactSigner signer, TimeProvider clock)
{
    private readonly AttestationWriter _writer = new(clock);

    /// <summary>One attestation a predicate, signer and format, in that order.</summary>
    /// <exception cref="SigstoreException">
    /// ClaimMismatch, LimitExceeded, SignatureLost, what <see cref="ArtifactSigner"/> and the store throw.
    /// <see cref="SigstoreException.Result"/> is then a <see cref="PartialWork{T}"/>, if anything was made.
    /// </exception>
    public async Task<IReadOnlyList<ImageAttestation>> AttestAsync(
        ImageTarget target, AttestRequest request, string tagPrefix, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        // All of them before the first is signed: a log entry cannot be taken back.
        StatementSubject subject = new(NameOf(target), target.Digest);
        (StatementSource Source, byte[] Statement)[] statements =
            [.. request.Sources.Select(s => (s, s.About([subject], request.StatementType)))];
        List<ImageAttestation> done = [];
        HashSet<(string, SignatureFormat)> replaced = [];
        try
        {
            foreach ((StatementSource source, byte[] statement) in statements)
            {
                foreach (ISigningCredentials credentials in request.Means.Credentials)
                {
                    foreach (SignatureFormat format in request.Means.EachFormat)
                    {
                        // What this command has just stored of the type is not older, and stays.
                        bool replace = request.Storage.Replace && replaced.Add((source.PredicateType, format));
                        done.Add(await AttestAsync(
                            target, request, new Draft(source.PredicateType, statement, credentials, format),
                            request.Storage with { Replace = replace, TagPrefix = tagPrefix }, reports, cancel)
                            .ConfigureAwait(false));
                    }
                }
            }
        }
        catch (Exception e) when (
            e is SigstoreException { Result: ImageAttestation }
            || (done.Count > 0 && (e is SigstoreException or OperationCanceledException)))
        {
            string before = done.Count > 0 && request.Upload
                ? $" ({done.Count} attestations of {target.Pinned} were stored before.)" : string.Empty;
            ImageAttestation? unstored = e is SigstoreException { Result: ImageAttestation made } ? made : null;
            throw Interruption.Of(e, before, new PartialWork<ImageAttestation>(done, unstored));
        }

        return done;
    }

    private async Task<ImageAttestation> AttestAsync(
        ImageTarget target, AttestRequest request, Draft draft, AttestationStorage storage,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        MadeSignature made = await signer.SignAsync(
            new SigningSubject.Statement(MediaTypes.InToto, draft.Statement), draft.Credentials, draft.Format,
            request.Means.PlanFor(draft.Format), cancel).ConfigureAwait(false);
        StoredAt stored = StoredAt.Nowhere;
        try
        {
            stored = !request.Upload ? stored
                : draft.Format == SignatureFormat.Bundle
                ? await _writer.WriteBundleAsync(
                    target, made.Artifact.BundleContent!.Value, draft.PredicateType, storage, reports, cancel)
                    .ConfigureAwait(false)
                : await _writer.WriteLegacyAsync(
                    target, made.Artifact.EnvelopeContent!, draft.PredicateType,
                    LegacyWriter.Annotations(made.Artifact), storage, reports, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SigstoreException or OperationCanceledException)
        {
            // The entry in the log cannot be taken back: the attestation it is of must not be lost.
            string logged = made.Artifact.LogEntries is [var entry, ..]
                ? $" was logged (entry {entry.LogIndex}) and" : string.Empty;
            string parts = draft.Format == SignatureFormat.Bundle ? string.Empty
                : ", with its Certificate, CertificateChain, RekorBundle and Rfc3161Timestamp as far as it has them";
            throw Interruption.Of(
                e,
                $" The attestation{logged} is kept in TargetObject: Add-ImageAttestation stores it{parts}. Repeating signs "
                + "anew.",
                AttestationRecords.Made(target, made, StoredAt.Nowhere, Created(draft, storage)));
        }

        return AttestationRecords.Made(target, made, stored, Created(draft, storage));
    }

    private DateTimeOffset? Created(Draft draft, AttestationStorage storage) => draft.Format == SignatureFormat.Bundle
        ? storage.BundleCreated ?? clock.GetUtcNow()
        : storage.LegacyCreated;

    /// <summary>The repository, as cosign names it; nothing for a directory, which says nothing to others.</summary>
    private static string NameOf(ImageTarget target) =>
        target.Store.Registry == "oci" ? string.Empty : $"{target.Store.Registry}/{target.Store.Repository}";

    private sealed record Draft(
        string PredicateType, byte[] Statement, ISigningCredentials Credentials, SignatureFormat Format);
}
