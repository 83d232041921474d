using SigstorePS.Git;

namespace SigstorePS.Operations;

/// <summary>Where the signature of a commit goes.</summary>
internal sealed record GitStorage
{
    /// <summary>File, Note or None (<see cref="SignatureStorage"/>).</summary>
    public required string Kind { get; init; }

    /// <summary>Full name of the ref, for notes.</summary>
    public string NotesRef { get; init; } = GitSource.SigstoreNotes;

    /// <summary>File or folder for bundles; a folder gets one named after the commit.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Replaces what is there.</summary>
    public bool Force { get; init; }

    /// <summary>The file for a commit.</summary>
    /// <param name="id">The commit's.</param>
    /// <param name="ending">Of the file, when the user named none.</param>
    public string FileOf(string id, string ending) =>
        Directory.Exists(Path) || System.IO.Path.EndsInDirectorySeparator(Path)
            ? System.IO.Path.Combine(Path, id + ending) : Path;
}

/// <summary>
/// Signs ids of commits and tags, as a line of text: <c>cosign sign-blob &lt;(git rev-parse HEAD)</c> signs the same.
/// </summary>
internal sealed class GitSigner(BlobSigner signer)
{
    public const string BundleEnding = ".sigstore.json";
    public const string LinesEnding = ".sigstore.jsonl";
    public const string BareEnding = ".sig";

    // git builds the new notes on the old ones and writes the ref without comparing: two at once lose one.
    private readonly SemaphoreSlim _notes = new(1);

    /// <summary>One signature a signer.</summary>
    /// <param name="source">The repository.</param>
    /// <param name="name">Commit or tag.</param>
    /// <param name="means">One format.</param>
    /// <param name="storage">Where it goes.</param>
    /// <exception cref="SigstoreException">
    /// GitUnavailable, GitObjectNotFound, FileExists, what <see cref="BlobSigner"/> throws; SignatureLost.
    /// <see cref="SigstoreException.Result"/> holds signatures that were made and could not be stored.
    /// </exception>
    public async Task<IReadOnlyList<GitSignature>> SignAsync(
        GitSource source, string name, SigningMeans means, GitStorage storage, CancellationToken cancel)
    {
        GitObject what = await source.Repository.ReadAsync(name, cancel).ConfigureAwait(false);
        if (storage is { Kind: SignatureStorage.Note, Force: false }
            && await source.Repository.ReadNoteAsync(storage.NotesRef, what.Id, cancel).ConfigureAwait(false) is not null)
        {
            throw GitRepository.NoteExists(storage.NotesRef, what.Id);
        }

        bool bundle = means.Formats.HasFlag(SignatureFormats.Bundle);
        string ending = !bundle ? BareEnding : means.Credentials.Count > 1 ? LinesEnding : BundleEnding;
        string? file = storage.Kind == SignatureStorage.File ? storage.FileOf(what.Id, ending) : null;
        BlobOutputs outputs = new()
        {
            Bundle = bundle ? file : null,
            Signature = bundle ? null : file,
            Force = storage.Force,
        };
        using MemoryStream line = new(what.IdLine);
        IReadOnlyList<BlobSignature> made = await signer.SignAsync(
            new BlobSource { Stream = line }, means, outputs, cancel).ConfigureAwait(false);
        GitSignature[] signatures = [.. made.Select(s => Record(source, what, s, storage, file))];
        if (storage.Kind == SignatureStorage.Note)
        {
            await NoteAsync(source, what, signatures, storage, cancel).ConfigureAwait(false);
        }

        return signatures;
    }

    private async Task NoteAsync(
        GitSource source, GitObject what, GitSignature[] signatures, GitStorage storage, CancellationToken cancel)
    {
        string text = string.Concat(
            signatures.Select(static s => (s.Format == "Legacy" ? s.Signature : s.Bundle.Trim()) + "\n"));
        await _notes.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await source.Repository.WriteNoteAsync(storage.NotesRef, what.Id, text, storage.Force, cancel)
                .ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(
                e.Code, $"{e.Message} What was signed is kept in TargetObject: its Bundle is what was to be written.", e)
            {
                Result = signatures,
            };
        }
        finally
        {
            _notes.Release();
        }
    }

    private static GitSignature Record(
        GitSource source, GitObject what, BlobSignature made, GitStorage storage, string? file) => new()
        {
            Path = source.Repository.Folder,
            Commit = what.Id,
            ObjectType = what.Type,
            Digest = made.Digest,
            Storage = storage.Kind,
            Reference = storage.Kind == SignatureStorage.Note ? storage.NotesRef : file,
            Format = made.Format,
            Signer = made.Signer,
            Issuer = made.Issuer,
            KeyId = made.KeyId,
            Algorithm = made.Algorithm,
            Signature = made.Signature,
            Certificate = made.Certificate,
            Bundle = made.Bundle,
            TransparencyLog = made.TransparencyLog,
            LogIndex = made.LogIndex,
            Timestamps = made.Timestamps,
            SelfVerification = made.SelfVerification,
        };
}
