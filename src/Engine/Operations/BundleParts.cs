using SigstorePS.Bundles;

namespace SigstorePS.Operations;

/// <summary>
/// What a bundle is made of. Exactly one of <see cref="OldBundle"/>, <see cref="Attestation"/>, <see cref="Signature"/>.
/// </summary>
internal sealed record BundleParts
{
    /// <summary>The signed file; null for a statement.</summary>
    public string? ArtifactPath { get; init; }

    /// <summary>A signature over the file: base64 text, or its bytes.</summary>
    public byte[]? Signature { get; init; }

    /// <summary>A DSSE envelope, JSON.</summary>
    public byte[]? Attestation { get; init; }

    /// <summary>What cosign 1 and 2 write with <c>--bundle</c>.</summary>
    public byte[]? OldBundle { get; init; }

    /// <inheritdoc cref="DetachedMaterial.Certificate"/>
    public byte[]? Certificate { get; init; }

    /// <inheritdoc cref="DetachedMaterial.Timestamp"/>
    public byte[]? Timestamp { get; init; }

    /// <inheritdoc cref="DetachedMaterial.RekorBundle"/>
    public byte[]? RekorBundle { get; init; }

    /// <summary>What comes by itself.</summary>
    public DetachedMaterial Material =>
        new() { Certificate = Certificate, Timestamp = Timestamp, RekorBundle = RekorBundle };

    /// <summary>Hint of the key that signed.</summary>
    public string? KeyHint { get; init; }

    /// <summary>Leave log entries out.</summary>
    public bool SkipTransparencyLog { get; init; }

    /// <summary>Fetch nothing.</summary>
    public bool Offline { get; init; }
}
