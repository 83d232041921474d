namespace SigstorePS;

/// <summary>One authority or log of a trust root. All text and times, so that it survives jobs and CliXml.</summary>
public sealed class SigstoreTrustAuthority
{
    /// <summary>
    /// <c>CertificateAuthority</c>, <c>TransparencyLog</c>, <c>CertificateLog</c> or <c>TimestampAuthority</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>Address of the service; may be empty.</summary>
    public required string Uri { get; init; }

    /// <summary>Who runs it, if the trust root says so.</summary>
    public string? Operator { get; init; }

    /// <summary>Subject of the topmost certificate; null for a log.</summary>
    public string? Subject { get; init; }

    /// <summary>Id of a log as entries and certificate timestamps name it, lower-case hex; null for an authority.</summary>
    public string? LogId { get; init; }

    /// <summary>
    /// SHA-256 of the SubjectPublicKeyInfo of the log, or of the topmost certificate's; lower-case hex.
    /// </summary>
    public required string KeyId { get; init; }

    /// <summary>Algorithm of that key, such as <c>ecdsa-sha2-256-nistp256</c>; null when it is not one of ours.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Certificates of the chain; 0 for a log.</summary>
    public int Certificates { get; init; }

    /// <summary>From when it is trusted; null: always was.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Until when it is trusted; null: still is.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Whether it was trusted at the moment this object was made.</summary>
    public bool Active { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {(Uri.Length > 0 ? Uri : Subject ?? LogId)}";
}
