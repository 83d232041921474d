using System.Text;
using SigstorePS.Bundles;

namespace SigstorePS.Operations;

/// <summary>Shows a signature, made or found, as the object users see.</summary>
internal static class SignatureRecords
{
    /// <summary>A signature just made, before it is stored.</summary>
    public static ImageSignature Made(
        ImageTarget target, SigningKey key, SignedArtifact artifact, IReadOnlyDictionary<string, string> annotations,
        StoredAt stored, DateTimeOffset? created) => new()
        {
            Image = target.Text,
            Registry = target.Store.Registry,
            Repository = target.Store.Repository,
            Tag = target.Reference.Tag,
            Digest = target.Digest.ToString(),
            Platform = target.Platform,
            Format = artifact.Format.ToString(),
            Storage = stored.Storage,
            SignatureReference = stored.Reference,
            KeyId = key.Signer.PublicKey.KeyId,
            Key = key.Reference,
            Algorithm = key.Signer.Algorithm.Name,
            PredicateType = artifact.Format == SignatureFormat.Bundle ? InToto.Statement.CosignSign : null,
            Annotations = annotations,
            Payload = Encoding.UTF8.GetString(artifact.Payload.Span),
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Bundle = artifact.BundleContent is { } bundle ? Encoding.UTF8.GetString(bundle.Span) : null,
            Created = created,
            Size = artifact.BundleContent?.Length ?? artifact.Payload.Length,
            TransparencyLog = "Skipped",
            Attempts = stored.Attempts,
        };

    /// <summary>A signature that was found; nothing of it is verified.</summary>
    /// <exception cref="SigstoreException">It could not be read.</exception>
    public static ImageSignature Found(ImageTarget target, StoredSignature stored, SigningKey? key = null)
    {
        SignedArtifact artifact = stored.Artifact ?? throw stored.Failure!;
        ImageClaims claims = ImageClaims.Read(artifact);
        return new ImageSignature
        {
            Image = target.Text,
            Registry = target.Store.Registry,
            Repository = target.Store.Repository,
            Tag = target.Reference.Tag,
            Digest = target.Digest.ToString(),
            Platform = target.Platform,
            Format = artifact.Format.ToString(),
            Storage = stored.Storage,
            SignatureReference = stored.Reference,
            KeyId = key?.Signer.PublicKey.KeyId ?? HintAsKeyId(artifact.KeyHint),
            Key = key?.Reference,
            Algorithm = key?.Signer.Algorithm.Name,
            PredicateType = claims.PredicateType,
            Annotations = claims.AnnotationsOf(target.Digest),
            Payload = Encoding.UTF8.GetString(artifact.Payload.Span),
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Bundle = artifact.BundleContent is { } bundle ? Encoding.UTF8.GetString(bundle.Span) : null,
            RekorBundle = stored.LayerAnnotations.TryGetValue(Oci.MediaTypes.RekorBundleAnnotation, out string? log)
                && !string.IsNullOrWhiteSpace(log) ? log : null,
            Created = stored.Created,
            Size = stored.Size,
            AlreadySigned = key is not null,
        };
    }

    /// <summary>cosign's hint is the base64 of the key id; any other hint says nothing about an id.</summary>
    public static string? HintAsKeyId(string? hint)
    {
        byte[] id = new byte[32];
        return hint is { Length: 44 } && Convert.TryFromBase64String(hint, id, out int length) && length == 32
            ? Convert.ToHexStringLower(id)
            : null;
    }
}

/// <summary>Where a signature went.</summary>
internal sealed record StoredAt(string Storage, string Reference, int Attempts);
