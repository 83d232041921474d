using SigstorePS.Crypto;
using SigstorePS.Dsse;

namespace SigstorePS.Bundles;

/// <summary>A signature over an artifact that is elsewhere (protobuf-specs, MessageSignature).</summary>
/// <param name="Digest">An unauthenticated hint of what was signed; null when it is not there.</param>
/// <param name="Signature">The signature.</param>
internal sealed record MessageSignature(Digest? Digest, ReadOnlyMemory<byte> Signature);

/// <summary>
/// A sigstore bundle v0.3 (protobuf-specs sigstore_bundle.proto): the signature and what is needed to verify it.
/// Exactly one of <see cref="KeyHint"/> and <see cref="Certificate"/>, of <see cref="Message"/> and
/// <see cref="Envelope"/> is set.
/// </summary>
internal sealed record Bundle
{
    public const string MediaTypeV03 = Oci.MediaTypes.BundleV03;

    /// <summary>Hint of the signing key: by convention the base64 of the SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string? KeyHint { get; init; }

    /// <summary>The signing certificate, DER.</summary>
    public byte[]? Certificate { get; init; }

    public MessageSignature? Message { get; init; }

    public Envelope? Envelope { get; init; }

    /// <summary>How many log entries it carries.</summary>
    public int LogEntries { get; init; }

    /// <summary>How many RFC 3161 timestamps it carries.</summary>
    public int Timestamps { get; init; }
}
