using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Bundles;

/// <summary>
/// What a signature says of an image: read from the payload after, and only after, the signature held.
/// </summary>
internal sealed record ImageClaims
{
    private readonly Statement? _statement;
    private readonly SimpleSigningPayload? _payload;

    private ImageClaims(Statement? statement, SimpleSigningPayload? payload)
    {
        _statement = statement;
        _payload = payload;
    }

    /// <summary>Predicate type of a statement; null for a simple-signing payload.</summary>
    public string? PredicateType => _statement?.PredicateType;

    public bool SpeaksAbout(Digest image) => _statement?.SpeaksAbout(image) ?? _payload!.Digest == image;

    /// <summary>Annotations of the image: of the subjects that carry its digest, or the payload's own.</summary>
    public IReadOnlyDictionary<string, string> AnnotationsOf(Digest image) =>
        _payload?.Optional
        ?? _statement!.Matching(image).FirstOrDefault()?.Annotations
        ?? Descriptor.NoAnnotations;

    /// <exception cref="SigstoreException">MalformedBundle, MalformedSignature.</exception>
    public static ImageClaims Read(SignedArtifact artifact)
    {
        if (artifact.Envelope is not null)
        {
            return new ImageClaims(ReadStatement(artifact.Payload), null);
        }

        try
        {
            return new ImageClaims(null, SimpleSigningPayload.Parse(artifact.Payload));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The signed payload cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="SigstoreException">MalformedBundle.</exception>
    public static Statement ReadStatement(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return Statement.Parse(payload);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, $"The signed statement cannot be read: {e.Message}", e);
        }
    }
}
