using SigstorePS.Bundles;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// What is looked for with an image: signatures of it, or attestations about it. Bundles of both are referrers; the
/// older forms have tags and layers of their own.
/// </summary>
internal sealed class SoughtKind
{
    /// <summary>Signatures: <c>.sig</c>, a simple-signing payload a layer.</summary>
    public static readonly SoughtKind Signature = new()
    {
        Suffix = SignatureTagName.Signature,
        LayerLimit = Limits.Payload,
        Layers = Limits.SignatureLayers,
        Read = LegacySignature.Read,
        IsOlderReferrer = static manifest => manifest.Config?.MediaType == MediaTypes.CosignSignatureArtifact
            || manifest.Layers.Any(static l => l.MediaType == MediaTypes.SimpleSigning),
    };

    /// <summary>Attestations: <c>.att</c>, a DSSE envelope a layer.</summary>
    public static readonly SoughtKind Attestation = new()
    {
        Suffix = SignatureTagName.Attestation,
        LayerLimit = Limits.Bundle,
        Layers = Limits.Attestations,
        Read = LegacySignature.ReadAttestation,
        IsOlderReferrer = static manifest => manifest.Layers.Any(static l => l.MediaType == MediaTypes.DsseEnvelope),
    };

    private SoughtKind()
    {
    }

    /// <summary>End of the tag that has the older form.</summary>
    public required string Suffix { get; init; }

    /// <summary>Bytes of one layer.</summary>
    public required int LayerLimit { get; init; }

    /// <summary>Layers of one manifest.</summary>
    public required int Layers { get; init; }

    /// <summary>Reads a layer with its annotations.</summary>
    public required Func<ReadOnlyMemory<byte>, IReadOnlyDictionary<string, string>, SignedArtifact> Read { get; init; }

    /// <summary>Whether a referrer that holds no bundle holds the older form.</summary>
    public required Func<Manifest, bool> IsOlderReferrer { get; init; }
}
