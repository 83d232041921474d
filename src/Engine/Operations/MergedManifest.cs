using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>A manifest to put in place of the one that was read.</summary>
internal sealed record MergedManifest(ReadOnlyMemory<byte> Content, string MediaType)
{
    private Digest? _digest;

    public Digest Digest => _digest ??= Digest.Sha256(Content.Span);

    public static MergedManifest Of(Manifest manifest) =>
        new(manifest.Content, manifest.MediaType) { _digest = manifest.Digest };
}
