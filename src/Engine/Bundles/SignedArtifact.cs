using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>The container a signature came in.</summary>
internal enum SignatureFormat
{
    /// <summary>A sigstore bundle: what cosign 3 writes.</summary>
    Bundle,

    /// <summary>
    /// What cosign 1 and 2 write: a signature in an annotation, a file or a JSON text, each part in its own place.
    /// </summary>
    Legacy,
}

/// <summary>What verification sees of a signature, whatever container it came in. Nothing in it is verified.</summary>
internal sealed record SignedArtifact
{
    public required SignatureFormat Format { get; init; }

    /// <summary>
    /// The bytes the signature is over: PAE of the envelope, or the payload as stored. Null: the signature is over an
    /// artifact that is elsewhere.
    /// </summary>
    public required ReadOnlyMemory<byte>? SignedBytes { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>
    /// Statement or simple-signing payload, as stored and not yet read; empty when <see cref="SignedBytes"/> is null.
    /// </summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The bundle, when it is one.</summary>
    public Bundle? Bundle { get; init; }

    /// <summary>The bundle as stored.</summary>
    public ReadOnlyMemory<byte>? BundleContent { get; init; }

    /// <summary>The JSON text of an older form, when it came in one.</summary>
    public byte[]? LegacyContent { get; init; }

    /// <summary>Hint of the signing key, unauthenticated.</summary>
    public string? KeyHint { get; init; }

    /// <summary>The certificate that names the signer, DER; null when a key does.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Certificates that came along, DER, nearest to the signer first. Never trusted, only tried.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    /// <summary>Signed certificate timestamp that came beside the certificate: JSON AddChainResponse (RFC 6962).</summary>
    public byte[]? DetachedSct { get; init; }

    /// <summary>What the bundle says the artifact's digest is; null when it says nothing. Unauthenticated.</summary>
    public Digest? MessageDigest { get; init; }

    /// <summary>The envelope of a statement; null for a signature over bytes.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>
    /// The JSON text of an envelope that stood by itself. cosign 1 and 2 have it timestamped and logged as a whole.
    /// </summary>
    public byte[]? EnvelopeContent { get; init; }

    /// <summary>What the timestamps are over.</summary>
    public ReadOnlyMemory<byte> TimestampedBytes => EnvelopeContent ?? Signature;

    public IReadOnlyList<LogEntry> LogEntries { get; init; } = [];

    /// <summary>DER <c>TimeStampResp</c> (RFC 3161).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Timestamps { get; init; } = [];

    /// <summary>Reads a bundle of any content.</summary>
    /// <exception cref="SigstoreException">As <see cref="BundleReader.Read"/>.</exception>
    public static SignedArtifact FromBundle(ReadOnlyMemory<byte> content) =>
        FromBundle(BundleReader.Read(content)) with { BundleContent = content };

    public static SignedArtifact FromBundle(Bundle bundle) => new()
    {
        Format = SignatureFormat.Bundle,
        // Without the cast the null would be empty bytes, which a signature can be over.
        SignedBytes = bundle.Envelope is { } envelope ? (ReadOnlyMemory<byte>?)envelope.Pae() : null,
        Signature = bundle.Envelope?.Signature ?? bundle.Message!.Signature,
        Payload = bundle.Envelope?.Payload ?? ReadOnlyMemory<byte>.Empty,
        Bundle = bundle,
        KeyHint = bundle.KeyHint,
        Certificate = bundle.Certificate,
        Chain = bundle.Chain,
        MessageDigest = bundle.Message?.Digest,
        Envelope = bundle.Envelope,
        LogEntries = bundle.LogEntries,
        Timestamps = bundle.Timestamps,
    };

    /// <summary>Reads a bundle that states something about an image.</summary>
    /// <exception cref="SigstoreException">As <see cref="BundleReader.Read"/>.</exception>
    public static SignedArtifact FromImageBundle(ReadOnlyMemory<byte> content)
    {
        SignedArtifact artifact = FromBundle(content);
        return artifact.Envelope is { PayloadType: MediaTypes.InToto }
            ? artifact
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, "The bundle holds no in-toto statement about an image.");
    }

    /// <summary>A DSSE envelope that stands by itself: an old attestation.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static SignedArtifact FromEnvelope(ReadOnlyMemory<byte> content) => CosignParts.Guarded("envelope", () =>
    {
        if (content.Length > Limits.Bundle)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"An envelope of {content.Length} bytes is over {Limits.Bundle}.");
        }

        using JsonDocument document = StrictJson.Parse(content);
        Envelope envelope = Envelope.Read(document.RootElement);
        return new SignedArtifact
        {
            Format = SignatureFormat.Legacy,
            SignedBytes = envelope.Pae(),
            Signature = envelope.Signature,
            Payload = envelope.Payload,
            Envelope = envelope,
            EnvelopeContent = content.ToArray(),
        };
    });
}
