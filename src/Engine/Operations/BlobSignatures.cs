using SigstorePS.Bundles;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>Where the signatures of files are.</summary>
internal static class BlobSignatures
{
    /// <summary>What an attestation has between the name of its file and the ending of a bundle.</summary>
    public const string AttestationEnding = ".att";

    /// <summary>Names beside a file, likeliest first.</summary>
    private static readonly string[] Endings = [".sigstore.json", ".sigstore", ".sigstore.jsonl"];

    private static readonly string[] LegacyEndings = [".sig", ".pem", ".cosign.bundle"];

    private static readonly string[] AttestationEndings =
    [
        $"{AttestationEnding}.sigstore.json", $"{AttestationEnding}.sigstore.jsonl", $"{AttestationEnding}.cosign.bundle",
    ];

    /// <summary>The file with bundles beside a file.</summary>
    /// <exception cref="SigstoreException">NoSignatureFound.</exception>
    public static string Beside(string path) =>
        Endings.Select(ending => path + ending).FirstOrDefault(File.Exists)
        ?? throw new SigstoreException(
            SigstoreErrorCode.NoSignatureFound,
            $"There is no bundle beside '{path}': none of {string.Join(", ", Endings)} is there. Give -Bundle or -Signature.");

    /// <summary>
    /// The files with attestations beside a file: all that Set-BlobAttestation writes, else the file with bundles.
    /// </summary>
    /// <exception cref="SigstoreException">NoAttestationFound.</exception>
    public static IReadOnlyList<string> AttestationsBeside(string path)
    {
        string[] found = [.. AttestationEndings.Select(ending => path + ending).Where(File.Exists)];
        return found.Length > 0 ? found
            : Endings.Select(ending => path + ending).FirstOrDefault(File.Exists) is { } bundle ? [bundle]
            : throw new SigstoreException(
                SigstoreErrorCode.NoAttestationFound,
                $"There is no attestation beside '{path}': none of {string.Join(", ", AttestationEndings.Concat(Endings))} "
                + "is there. Give -Bundle.");
    }

    /// <summary>Whether a file is the bundle of another, and no artifact by itself.</summary>
    public static bool IsBundle(string path) =>
        Endings.Concat(AttestationEndings).Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a file is what signing wrote beside another that is there, in any format.</summary>
    public static bool IsWrittenBeside(string path) =>
        IsBundle(path) || LegacyEndings.Any(ending =>
            path.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && File.Exists(path[..^ending.Length]));

    /// <summary>Every signature in a file. One that cannot be read is kept with its reason.</summary>
    public static async Task<IReadOnlyList<BlobCandidate>> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            byte[] content = await BoundedFile.ReadAsync(path, Limits.BundleFile, cancel).ConfigureAwait(false);
            return Read(content, path);
        }
        catch (SigstoreException e) when (e.Code != SigstoreErrorCode.FileUnavailable)
        {
            return [new BlobCandidate(path, null, e)];
        }
    }

    /// <summary>Every signature in a text.</summary>
    /// <param name="content">Bundle, several, an old bundle of cosign, or an envelope.</param>
    /// <param name="path">The file it is from; null for none.</param>
    public static IReadOnlyList<BlobCandidate> Read(ReadOnlyMemory<byte> content, string? path)
    {
        bool lines = path?.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) == true;
        try
        {
            return [.. SignatureFile.Read(content, lines).Select(a => new BlobCandidate(path, a, null))];
        }
        catch (SigstoreException e)
        {
            return [new BlobCandidate(path, null, e)];
        }
    }

    /// <summary>A signature that stands by itself.</summary>
    /// <param name="signature">Base64 text, or the bytes themselves.</param>
    /// <param name="path">The file it is from; null for none.</param>
    /// <param name="material">What belongs to it.</param>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static BlobCandidate Detached(ReadOnlyMemory<byte> signature, string? path, DetachedMaterial material) =>
        new(path, material.OfSignature(signature), null);

    /// <summary>An envelope that stands by itself.</summary>
    /// <param name="envelope">Its JSON text, or base64 of it.</param>
    /// <param name="path">The file it is from; null for none.</param>
    /// <param name="material">What belongs to it.</param>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static BlobCandidate DetachedEnvelope(ReadOnlyMemory<byte> envelope, string? path, DetachedMaterial material) =>
        new(path, material.AddTo(SignedArtifact.FromEnvelope(CosignParts.Signature(envelope))), null);
}
