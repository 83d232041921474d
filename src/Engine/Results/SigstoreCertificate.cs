namespace SigstorePS;

/// <summary>
/// A certificate that was issued for a key and an identity. It lives for minutes and is published in a certificate log.
/// </summary>
public sealed class SigstoreCertificate
{
    /// <summary>Identities: e-mail address, URI or user name (subject alternative names).</summary>
    public required string[] Identity { get; init; }

    /// <summary>Who vouched for the identity; null when the certificate does not say.</summary>
    public string? Issuer { get; init; }

    /// <summary>From when it is valid, UTC.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Until when it is valid, UTC.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Serial number, lower-case hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Algorithm of the key, such as <c>ecdsa-sha2-256-nistp256</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>Host of the certificate authority that was asked.</summary>
    public required string Authority { get; init; }

    /// <summary>
    /// Whether it leads to an authority of the trust root and, unless that was skipped, a log of the trust root
    /// published it.
    /// </summary>
    public required bool Verified { get; init; }

    /// <summary>Ids of the certificate logs that promised to publish it, lower-case hex.</summary>
    public string[] SctLogId { get; init; } = [];

    /// <summary>When they promised, in the same order, UTC.</summary>
    public DateTimeOffset[] SctTime { get; init; } = [];

    /// <summary>The promise, where it came beside the certificate: JSON; otherwise null.</summary>
    public string? DetachedSct { get; init; }

    /// <summary>What else the authority certified, by name: repository, workflow, ref and so on.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>();

    /// <summary>The certificate as PEM text.</summary>
    public required string Pem { get; init; }

    /// <summary>The certificate and those above it as PEM text, the root last, as the authority gave them.</summary>
    public required string ChainPem { get; init; }

    /// <summary>The identity.</summary>
    public override string ToString() => string.Join(", ", Identity);
}
