using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>What a manifest says of a piece of content (OCI image-spec, descriptor.md).</summary>
internal sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    public string? ArtifactType { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoAnnotations;

    public Platform? Platform { get; init; }

    public static IReadOnlyDictionary<string, string> NoAnnotations { get; } = new Dictionary<string, string>();
}
