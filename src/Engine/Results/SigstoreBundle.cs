using SigstorePS.Bundles;

namespace SigstorePS;

/// <summary>
/// What is in a bundle, or in what older cosign versions write in place of one. Nothing of it is verified. Texts and
/// numbers, so that it survives jobs and CliXml; <see cref="Json"/> has all of it.
/// </summary>
public sealed class SigstoreBundle
{
    /// <summary>The file it was read from or written to; null when it came as text.</summary>
    public string? Path { get; init; }

    /// <summary>Media type of a sigstore bundle; null for older forms.</summary>
    public string? MediaType { get; init; }

    /// <summary><c>0.1</c>, <c>0.2</c>, <c>0.3</c>, or <c>Legacy</c>: what cosign 1 and 2 write.</summary>
    public required string Version { get; init; }

    /// <summary><c>MessageSignature</c> (over a file) or <c>DsseEnvelope</c> (over a statement).</summary>
    public required string ContentType { get; init; }

    /// <summary>Digest of the signed file as the bundle claims it, <c>algorithm:hex</c>.</summary>
    public string? Digest { get; init; }

    /// <summary><c>Certificate</c>, <c>Key</c>, or <c>Unknown</c> when an older form names neither.</summary>
    public required string SignerKind { get; init; }

    /// <summary>Hint of the signing key: by convention the base64 of the SHA-256 of its public key.</summary>
    public string? KeyHint { get; init; }

    /// <summary>The signing certificate as PEM text.</summary>
    public string? Certificate { get; init; }

    /// <summary>Transparency log entries.</summary>
    public required BundleLogEntry[] LogEntries { get; init; }

    /// <summary>RFC 3161 timestamps.</summary>
    public required int TimestampCount { get; init; }

    /// <summary>Type of the envelope's payload, such as <c>application/vnd.in-toto+json</c>.</summary>
    public string? PayloadType { get; init; }

    /// <summary>Predicate type of the in-toto statement.</summary>
    public string? PredicateType { get; init; }

    /// <summary>Subjects of the statement: <c>name@algorithm:hex</c>, or the digest alone.</summary>
    public required string[] Subjects { get; init; }

    /// <summary>The signature, standard base64.</summary>
    public required string Signature { get; init; }

    /// <summary>The bundle as JSON text in its canonical form; an older form as it was stored.</summary>
    public required string Json { get; init; }

    /// <summary>Null for older forms.</summary>
    internal Bundle? Bundle { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path ?? MediaType ?? Version;
}
