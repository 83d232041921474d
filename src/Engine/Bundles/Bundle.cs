using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>A signature over an artifact that is elsewhere (protobuf-specs, MessageSignature).</summary>
/// <param name="Digest">An unauthenticated hint of what was signed; null when it is not there.</param>
/// <param name="Signature">The signature.</param>
internal sealed record MessageSignature(Digest? Digest, ReadOnlyMemory<byte> Signature);

/// <summary>The versions of the bundle format.</summary>
internal enum BundleVersion
{
    /// <summary>Entries need an inclusion promise.</summary>
    V01,

    /// <summary>Entries need an inclusion proof.</summary>
    V02,

    /// <summary>One certificate instead of a chain.</summary>
    V03,
}

/// <summary>
/// A sigstore bundle (protobuf-specs sigstore_bundle.proto): the signature and what is needed to verify it.
/// Exactly one of <see cref="KeyHint"/> and <see cref="Certificate"/>, of <see cref="Message"/> and
/// <see cref="Envelope"/> is set.
/// </summary>
internal sealed record Bundle
{
    public const string MediaTypeV03 = Oci.MediaTypes.BundleV03;

    public BundleVersion Version { get; init; } = BundleVersion.V03;

    /// <summary>The media type as written; one version has two spellings.</summary>
    public string MediaType { get; init; } = MediaTypeV03;

    /// <summary>Hint of the signing key: by convention the base64 of the SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string? KeyHint { get; init; }

    /// <summary>The signing certificate, DER.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Versions 0.1 and 0.2: certificates above the signing one, DER, nearest first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    public MessageSignature? Message { get; init; }

    public Envelope? Envelope { get; init; }

    public IReadOnlyList<LogEntry> LogEntries { get; init; } = [];

    /// <summary>DER <c>TimeStampResp</c> (RFC 3161 section 2.4.2), over the signature.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Timestamps { get; init; } = [];
}
