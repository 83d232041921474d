using SigstorePS.Crypto;

namespace SigstorePS.Trust;

/// <summary>A span of time, inclusive at both ends; an end that is null is open.</summary>
internal sealed record ValidityPeriod(DateTimeOffset? Start, DateTimeOffset? End)
{
    public static ValidityPeriod Always { get; } = new(null, null);

    public bool Contains(DateTimeOffset time) => !(time < Start) && !(time > End);
}

/// <summary>A transparency or certificate transparency log to trust (sigstore_trustroot.proto).</summary>
internal sealed record TransparencyLogInstance
{
    /// <summary>Where it is; its host is the origin of a Rekor v2 log.</summary>
    public required string BaseUrl { get; init; }

    public required PublicKey Key { get; init; }

    /// <summary>
    /// <c>PublicKeyDetails</c> as the trust root spells it; null when it does not say.
    /// </summary>
    public string? KeyDetails { get; init; }

    /// <summary>A log without a start is an error to whoever reads a trust root.</summary>
    public required ValidityPeriod Validity { get; init; }

    public required ReadOnlyMemory<byte> LogId { get; init; }

    /// <summary>Key id on checkpoints when it is not <see cref="LogId"/> (trusted root v0.2).</summary>
    public ReadOnlyMemory<byte>? CheckpointKeyId { get; init; }

    public string? Operator { get; init; }
}

/// <summary>A certificate or timestamp authority to trust (sigstore_trustroot.proto).</summary>
internal sealed record CertificateAuthority
{
    /// <summary>Name of the one who runs it; unauthenticated text.</summary>
    public string? Organization { get; init; }

    public string? CommonName { get; init; }

    public string Uri { get; init; } = string.Empty;

    /// <summary>DER, nearest to the leaf first, root last. Of a timestamp authority it may begin with the leaf.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; }

    public required ValidityPeriod Validity { get; init; }

    public string? Operator { get; init; }
}

/// <summary>
/// Whom to trust (sigstore_trustroot.proto, TrustedRoot): what verification gets instead of a network.
/// </summary>
internal sealed record TrustedRoot
{
    public const string MediaTypeV01 = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
    public const string MediaTypeV02 = "application/vnd.dev.sigstore.trustedroot.v0.2+json";

    public static TrustedRoot Empty { get; } = new();

    public string MediaType { get; init; } = MediaTypeV01;

    public IReadOnlyList<TransparencyLogInstance> Logs { get; init; } = [];

    public IReadOnlyList<CertificateAuthority> CertificateAuthorities { get; init; } = [];

    public IReadOnlyList<TransparencyLogInstance> CertificateLogs { get; init; } = [];

    public IReadOnlyList<CertificateAuthority> TimestampAuthorities { get; init; } = [];

    /// <summary>
    /// What the file has and this build cannot use, a sentence each. Such an entry is trusted for nothing.
    /// </summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];
}
