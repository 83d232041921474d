using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>Shows a signature, made or found, as the object users see.</summary>
internal static class SignatureRecords
{
    /// <summary>A signature just made.</summary>
    public static ImageSignature Made(
        ImageTarget target, MadeSignature made, IReadOnlyDictionary<string, string> annotations, StoredAt stored,
        DateTimeOffset? created)
    {
        SignedArtifact artifact = made.Artifact;
        SigningCertificate? certificate =
            artifact.Certificate is { } der ? SigningCertificate.Parse(der) : null;
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
            KeyId = made.Credential.Signer.PublicKey.KeyId,
            Key = certificate is null ? made.Credential.Reference : null,
            Signer = made.Credential.Reference,
            Issuer = certificate?.Issuer,
            Certificate = artifact.Certificate is { } leaf ? LegacyWriter.PemOf([leaf]) : null,
            Algorithm = made.Algorithm.Name,
            PredicateType = artifact.Format == SignatureFormat.Bundle ? InToto.Statement.CosignSign : null,
            Annotations = annotations,
            Payload = Encoding.UTF8.GetString(artifact.Payload.Span),
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Bundle = artifact.BundleContent is { } bundle ? Encoding.UTF8.GetString(bundle.Span) : null,
            RekorBundle = artifact.Format == SignatureFormat.Legacy
                ? LegacyWriter.Annotations(artifact).GetValueOrDefault(Oci.MediaTypes.RekorBundleAnnotation) : null,
            Created = created,
            Size = artifact.BundleContent?.Length ?? artifact.Payload.Length,
            TransparencyLog = LogOf(artifact),
            LogIndex = artifact.LogEntries is [var entry, ..] ? entry.LogIndex : null,
            Timestamps = TimesOf(artifact),
            SelfVerification = made.SelfVerification,
            Attempts = stored.Attempts,
        };
    }

    /// <summary>What a made signature says of its log: "Skipped", or how many entries it has.</summary>
    public static string LogOf(SignedArtifact artifact) => artifact.LogEntries.Count switch
    {
        0 => "Skipped",
        1 => "Logged",
        var count => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Logged ({count})"),
    };

    /// <summary>The times of the timestamps, by their authorities' clocks.</summary>
    public static DateTimeOffset[] TimesOf(SignedArtifact artifact) =>
        [.. artifact.Timestamps.Select(static t => Rfc3161.TimestampToken.Read(t).Time)];

    /// <summary>A signature that was found; nothing of it is verified.</summary>
    /// <exception cref="SigstoreException">It could not be read.</exception>
    public static ImageSignature Found(
        ImageTarget target, StoredSignature stored, SigningCredential? known = null)
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
            KeyId = known?.Signer.PublicKey.KeyId ?? HintAsKeyId(artifact.KeyHint),
            Key = known is { Certificate: null } ? known.Reference : null,
            Signer = known?.Reference,
            Algorithm = known?.Signer.Algorithm.Name,
            PredicateType = claims.PredicateType,
            Annotations = claims.AnnotationsOf(target.Digest),
            Payload = Encoding.UTF8.GetString(artifact.Payload.Span),
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Bundle = artifact.BundleContent is { } bundle ? Encoding.UTF8.GetString(bundle.Span) : null,
            RekorBundle = stored.LayerAnnotation(Oci.MediaTypes.RekorBundleAnnotation),
            Created = stored.Created,
            Size = stored.Size,
            AlreadySigned = known is not null,
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

/// <summary>Where a signature, attestation or SBOM went, or was found.</summary>
internal sealed record StoredAt(string Storage, string Reference, int Attempts)
{
    public static StoredAt Nowhere { get; } = new(SignatureStorage.None, string.Empty, 0);

    /// <summary>How many older ones it took the place of.</summary>
    public int Replaced { get; init; }
}
