namespace SigstorePS;

/// <summary>
/// A signature of a commit or tag, as <c>Set-GitSignature</c> made and stored it. All text, so that it survives jobs and
/// CliXml.
/// </summary>
public sealed class GitSignature
{
    /// <summary>Folder of the repository.</summary>
    public required string Path { get; init; }

    /// <summary>Id of the commit or tag, hex.</summary>
    public required string Commit { get; init; }

    /// <summary><c>commit</c> or <c>tag</c>.</summary>
    public required string ObjectType { get; init; }

    /// <summary>Digest of the signed line, which is the id and a line feed: <c>sha256:</c> and hex.</summary>
    public required string Digest { get; init; }

    /// <summary><c>File</c>, <c>Note</c> or <c>None</c>.</summary>
    public required string Storage { get; init; }

    /// <summary>The file, or the notes ref; null when it was stored nowhere but in the log.</summary>
    public string? Reference { get; init; }

    /// <summary><c>Bundle</c>, or <c>Legacy</c>: the bare signature.</summary>
    public required string Format { get; init; }

    /// <summary>Who signed: the identity in the certificate, or the key's reference.</summary>
    public required string Signer { get; init; }

    /// <summary>Who vouched for that identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>Algorithm name.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The signature, standard base64.</summary>
    public required string Signature { get; init; }

    /// <summary>The signing certificate as PEM text; null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary>The bundle's JSON text.</summary>
    public required string Bundle { get; init; }

    /// <summary><c>Logged</c>, or <c>Skipped</c> when no transparency log was used.</summary>
    public required string TransparencyLog { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Times that timestamp authorities put on the signature.</summary>
    public DateTimeOffset[] Timestamps { get; init; } = [];

    /// <summary>
    /// <c>Passed</c>; <c>SignatureOnly</c> with a certificate of one's own and no chain to check its path by; or
    /// <c>Skipped</c> by -SkipSelfVerification.
    /// </summary>
    public required string SelfVerification { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Commit;
}
