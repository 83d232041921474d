using System.Buffers.Text;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Git;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Where signatures of a commit or tag are looked for.</summary>
internal sealed record GitSearch
{
    /// <summary>Notes are looked at.</summary>
    public bool Notes { get; init; } = true;

    /// <summary>Full name of the one notes ref; null: that of sigstore and git's own.</summary>
    public string? NotesRef { get; init; }

    /// <summary>Files are looked at.</summary>
    public bool Files { get; init; } = true;

    /// <summary>Signatures that were given; null: the bundle named after the commit, in <see cref="Folder"/>.</summary>
    public IReadOnlyList<BlobCandidate>? Given { get; init; }

    public string Folder { get; init; } = string.Empty;

    /// <summary>The object itself is looked at.</summary>
    public bool Object { get; init; } = true;
}

/// <summary>
/// Verifies a commit or tag: by signatures of its id that were put aside, or by what gitsign put into it. Any one that
/// passes is enough.
/// </summary>
internal static class GitVerifier
{
    /// <exception cref="SigstoreException">
    /// GitUnavailable, GitObjectNotFound, DigestMismatch; the reason why it is not verified:
    /// <see cref="SigstoreException.Result"/> is the failed <see cref="GitVerification"/> then.
    /// </exception>
    public static async Task<GitVerification> VerifyAsync(
        GitSource source, string name, GitSearch search, VerificationPolicy policy, CancellationToken cancel)
    {
        GitObject what = await source.Repository.ReadAsync(name, cancel).ConfigureAwait(false);
        List<Found> found = [];
        if (search.Notes)
        {
            found.AddRange(await NotesAsync(source.Repository, what, search, cancel).ConfigureAwait(false));
        }

        if (search.Files)
        {
            found.AddRange(await FilesAsync(what, search, cancel).ConfigureAwait(false));
        }

        if (search.Object && what.Signature is not null)
        {
            found.Add(Inside(what));
        }

        return Judge(source, name, what, found, policy);
    }

    /// <summary>Every signature in a file: bundles, or a bare signature.</summary>
    public static async Task<IReadOnlyList<BlobCandidate>> ReadFileAsync(string path, CancellationToken cancel)
    {
        try
        {
            byte[] content = await BoundedFile.ReadAsync(path, Limits.BundleFile, cancel).ConfigureAwait(false);
            return content.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8)
                ? BlobSignatures.Read(content, path)
                : [BlobSignatures.Detached(content, path, new DetachedMaterial())];
        }
        catch (SigstoreException e) when (e.Code != SigstoreErrorCode.FileUnavailable)
        {
            return [new BlobCandidate(path, null, e)];
        }
    }

    private static GitVerification Judge(
        GitSource source, string name, GitObject what, List<Found> found, VerificationPolicy policy)
    {
        List<SignatureCandidate> candidates = [];
        List<SigstoreException> failures = [];
        foreach (Found one in found)
        {
            try
            {
                SignedArtifact artifact = one.Artifact ?? throw one.Failure!;
                VerifiedSignature passed = ArtifactVerifier.Verify(artifact, ContentOf(one, artifact, what, policy), policy);
                candidates.Add(Candidates.Accepted(
                    one.Storage, one.Reference, artifact.Format, passed, null, Oci.Descriptor.NoAnnotations));
                return Passed(source, name, what, one, passed, candidates);
            }
            catch (SigstoreException e)
            {
                failures.Add(e);
                candidates.Add(Candidates.Refused(
                    one.Storage, one.Reference, one.Artifact?.Format ?? SignatureFormat.Bundle, e));
            }
        }

        throw Refused(source, name, what, failures, candidates);
    }

    /// <summary>
    /// A signature put aside is over the line with the id, whatever its container says it brings; one inside the object is
    /// over its own attributes, which have been compared with the object.
    /// </summary>
    private static SignedContent ContentOf(
        Found one, SignedArtifact artifact, GitObject what, VerificationPolicy policy)
    {
        if (one.Storage != SignatureStorage.Gitsign)
        {
            return artifact.Envelope is null ? SignedContent.Of(what.IdLine) : throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, "What is signed there is a statement, not the id of a commit.");
        }

        if (artifact.LogEntries.Count == 0 && !policy.SkipTransparencyLog && policy.Signer is SignerPolicy.ByIdentity)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LogEntryMissing,
                $"The signature in the {what.Type} has no log entry with it: gitsign put it into the log alone. Have it "
                + "signed with gitsign.rekorMode 'offline', or judge it by its timestamps: -SkipTransparencyLog -RequireTimestamp.");
        }

        return SignedContent.Of(artifact.SignedBytes!.Value);
    }

    private static async Task<IReadOnlyList<Found>> NotesAsync(
        GitRepository repository, GitObject what, GitSearch search, CancellationToken cancel)
    {
        List<Found> found = [];
        string[] refs = search.NotesRef is { } given ? [given] : [GitSource.SigstoreNotes, GitSource.CommitNotes];
        foreach (string notes in refs)
        {
            if (await repository.ReadNoteAsync(notes, what.Id, cancel).ConfigureAwait(false) is not { } note)
            {
                continue;
            }

            // In git's own notes people write what they like.
            bool optional = search.NotesRef is null && notes == GitSource.CommitNotes;
            found.AddRange(Note(note, notes, optional));
        }

        return found;
    }

    private static IEnumerable<Found> Note(byte[] note, string notes, bool optional)
    {
        string text = Encoding.UTF8.GetString(note).Trim();
        if (text.StartsWith('{'))
        {
            return BlobSignatures.Read(note, path: null)
                .Select(c => new Found(SignatureStorage.Note, notes, c.Artifact, c.Failure))
                .Where(f => !optional || f.Artifact is not null);
        }

        try
        {
            string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (optional && !(lines is [var only] && only.Length >= 64 && Base64.IsValid(only)))
            {
                return [];
            }

            return [.. lines.Take(Limits.BundleLines).Select(line => new Found(
                SignatureStorage.Note, notes, Bare(line), null))];
        }
        catch (SigstoreException e)
        {
            return [new Found(SignatureStorage.Note, notes, null, e)];
        }
    }

    private static SignedArtifact Bare(string line) => Base64.IsValid(line)
        ? new DetachedMaterial().OfSignature(Encoding.ASCII.GetBytes(line))
        : throw new SigstoreException(SigstoreErrorCode.MalformedSignature, "The note is neither a bundle nor base64 text.");

    private static async Task<IEnumerable<Found>> FilesAsync(GitObject what, GitSearch search, CancellationToken cancel)
    {
        IReadOnlyList<BlobCandidate> candidates = search.Given ?? [];
        if (search.Given is null)
        {
            string[] endings = [GitSigner.BundleEnding, GitSigner.LinesEnding, GitSigner.BareEnding];
            string? file = endings.Select(e => Path.Combine(search.Folder, what.Id + e)).FirstOrDefault(File.Exists);
            candidates = file is null ? [] : await ReadFileAsync(file, cancel).ConfigureAwait(false);
        }

        return candidates.Select(static c =>
            new Found(SignatureStorage.File, c.Path ?? string.Empty, c.Artifact, c.Failure));
    }

    private static Found Inside(GitObject what)
    {
        string reference = what.Type == "tag" ? "tag" : what.Id.Length == 64 ? "gpgsig-sha256" : "gpgsig";
        try
        {
            return GitsignSignature.Is(what.Signature)
                ? new Found(SignatureStorage.Gitsign, reference, GitsignSignature.Read(what), null)
                : throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The {what.Type} is signed with PGP, SSH or something else that is not gitsign; use git verify-{what.Type}.");
        }
        catch (SigstoreException e)
        {
            return new Found(SignatureStorage.Gitsign, reference, null, e);
        }
    }

    private static GitVerification Passed(
        GitSource source, string name, GitObject what, Found one, VerifiedSignature passed,
        List<SignatureCandidate> candidates) => new()
        {
            Path = source.Repository.Folder,
            Name = name,
            Commit = what.Id,
            ObjectType = what.Type,
            Status = nameof(GitVerification.Verified),
            Verified = true,
            Kind = one.Storage,
            Reference = one.Reference,
            Signer = passed.Signer,
            Issuer = passed.Certificate?.Issuer,
            KeyId = passed.KeyId,
            Algorithm = passed.Algorithm.Name,
            LogIndex = passed.LogEntries.FirstOrDefault()?.LogIndex,
            LogEntries = [.. passed.LogEntries],
            Timestamps = [.. passed.Times],
            Certificate = passed.Certificate,
            Checks =
            [
                new VerificationCheck("Object", "Passed", $"{what.Type} {what.Id}, by its content"), .. passed.Checks,
            ],
            Candidates = [.. candidates],
        };

    private static SigstoreException Refused(
        GitSource source, string name, GitObject what, List<SigstoreException> failures,
        List<SignatureCandidate> candidates)
    {
        SigstoreErrorCode[] codes = [.. failures.Select(static f => f.Code).Distinct()];
        SigstoreErrorCode code = codes.Length switch
        {
            0 => SigstoreErrorCode.NoSignatureFound,
            1 => codes[0],
            _ => SigstoreErrorCode.NoMatchingSignature,
        };
        string reason = codes.Length switch
        {
            0 => $"There is no signature of the {what.Type} {what.Id} where it was looked for.",
            1 => failures[0].Message,
            _ => $"There are {failures.Count} signatures and none fits: {string.Join(", ", codes)}.",
        };
        return new SigstoreException(
            code, reason,
            codes.Length switch { 0 => null, 1 => failures[0], _ => new AggregateException(failures) })
        {
            Result = new GitVerification
            {
                Path = source.Repository.Folder,
                Name = name,
                Commit = what.Id,
                ObjectType = what.Type,
                Status = code.ToString(),
                Verified = false,
                Reason = reason,
                Candidates = [.. candidates],
            },
        };
    }

    private sealed record Found(string Storage, string Reference, SignedArtifact? Artifact, SigstoreException? Failure);
}
