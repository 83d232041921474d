using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>What a manifest says of a piece of content (OCI image-spec, descriptor.md).</summary>
internal sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    public string? ArtifactType { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoAnnotations;

    public Platform? Platform { get; init; }

    /// <summary>The content itself, where the manifest embeds it (descriptor.md, <c>data</c>); unchecked.</summary>
    public byte[]? Data { get; init; }

    /// <summary>
    /// The embedded content, if it is what size and digest say; null otherwise, and the blob has to be asked for. Saves
    /// the dearest request of a verification.
    /// </summary>
    public byte[]? Embedded =>
        Data is { } data && data.Length == Size && Digest.OfSameAlgorithm(Digest, data) == Digest ? data : null;

    public static IReadOnlyDictionary<string, string> NoAnnotations { get; } = new Dictionary<string, string>();
}
