using System.Security.Cryptography;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>What to sign: a file, a stream, or the digest of something elsewhere. Exactly one is set.</summary>
internal sealed record BlobSource
{
    public string? Path { get; init; }

    public Stream? Stream { get; init; }

    public Digest? Digest { get; init; }

    /// <summary>A digest as users give it: <c>sha256:…</c>, or hex of SHA-256 alone.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Digest ParseDigest(string text) =>
        Crypto.Digest.TryParse(
            (text.Contains(':', StringComparison.Ordinal) ? text : $"sha256:{text}").ToLowerInvariant(),
            out Digest? digest)
            ? digest
            : throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"'{text}' is no digest.");
}

/// <summary>Signs files: read once, in pieces, however large they are.</summary>
internal sealed class BlobSigner(ArtifactSigner signer)
{
    /// <summary>One signature a signer and format, in that order.</summary>
    /// <exception cref="SigstoreException">
    /// TransparencyLogRequired, FileUnavailable, FileExists, LimitExceeded, what <see cref="ArtifactSigner"/> throws.
    /// <see cref="SigstoreException.Result"/> holds signatures that were made and could not be written.
    /// </exception>
    public async Task<IReadOnlyList<BlobSignature>> SignAsync(
        BlobSource source, SigningMeans means, BlobOutputs outputs, CancellationToken cancel)
    {
        means.DemandWitnessInFile();
        outputs.Reserve();
        BlobDigests content = await ReadAsync(source, means, cancel).ConfigureAwait(false);
        List<BlobSignature> made = [];
        try
        {
            foreach (ISigningCredentials credentials in means.Credentials)
            {
                foreach (SignatureFormat format in means.EachFormat)
                {
                    MadeSignature signature = await signer.SignAsync(
                        new SigningSubject.Message(content.Signed), credentials, format, means.PlanFor(format), cancel)
                        .ConfigureAwait(false);
                    made.Add(Record(source, content.Sha256, signature));
                }
            }

            await outputs.WriteAsync(made, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (made.Count > 0)
        {
            // Its entry in the log cannot be taken back: one that was made must not be lost because the next failed.
            throw new SigstoreException(
                e.Code, $"{e.Message} What was signed is kept in TargetObject: its Bundle is what was to be written.", e)
            {
                Result = made.ToArray(),
            };
        }

        return made;
    }

    private static async Task<BlobDigests> ReadAsync(BlobSource source, SigningMeans means, CancellationToken cancel)
    {
        HashSet<HashAlgorithmName> hashes = [HashAlgorithmName.SHA256];
        bool whole = false;
        foreach (ISigningCredentials credentials in means.Credentials)
        {
            foreach (SignatureFormat format in means.EachFormat)
            {
                SigningAlgorithm algorithm = SignatureMaker.AlgorithmFor(
                    credentials.Algorithm, message: true, format, means.PlanFor(format));
                hashes.Add(algorithm.Hash);
                whole |= algorithm.Scheme == SignatureScheme.Ed25519;
            }
        }

        if (source.Digest is { } digest)
        {
            return new BlobDigests(SignedContent.OfDigests(digest), digest);
        }

        SignedByMistake guard = new();
        if (whole)
        {
            byte[] bytes = source.Stream is { } all
                ? await BoundedFile.ReadAsync(all, "the stream", Limits.PureEd25519Content, cancel).ConfigureAwait(false)
                : await BoundedFile.ReadAsync(source.Path!, Limits.PureEd25519Content, cancel).ConfigureAwait(false);
            guard.Look(bytes);
            guard.End();
            SignedContent content = SignedContent.Of(bytes);
            return new BlobDigests(content, content.DigestOf(HashAlgorithmName.SHA256)!);
        }

        IReadOnlyList<Digest> digests = source.Stream is { } stream
            ? await FileContent.HashAsync(stream, hashes, cancel, guard).ConfigureAwait(false)
            : await FileContent.HashAsync(source.Path!, hashes, cancel, guard).ConfigureAwait(false);
        return new BlobDigests(SignedContent.OfDigests(digests), digests[0]);
    }

    private static BlobSignature Record(BlobSource source, Digest digest, MadeSignature made)
    {
        SignedArtifact artifact = made.Artifact;
        SigningCertificate? certificate = artifact.Certificate is { } der ? SigningCertificate.Parse(der) : null;
        return new BlobSignature
        {
            Path = source.Path,
            Digest = digest.ToString(),
            Format = artifact.Format.ToString(),
            Signer = made.Credential.Reference,
            Issuer = certificate?.Issuer,
            KeyId = made.Credential.Signer.PublicKey.KeyId,
            Algorithm = made.Algorithm.Name,
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Certificate = artifact.Certificate is { } leaf ? LegacyWriter.PemOf([leaf]) : null,
            Bundle = Encoding.UTF8.GetString(artifact.BundleContent is { } bundle
                ? bundle.Span : LegacyWriter.BlobBundle(artifact, made.Credential.Signer.PublicKey)),
            TransparencyLog = SignatureRecords.LogOf(artifact),
            LogIndex = artifact.LogEntries is [var entry, ..] ? entry.LogIndex : null,
            Timestamps = SignatureRecords.TimesOf(artifact),
            SelfVerification = made.SelfVerification,
        };
    }

    private sealed record BlobDigests(SignedContent Signed, Digest Sha256);
}
