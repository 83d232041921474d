using System.Security.Cryptography;

namespace SigstorePS.Timestamp;

/// <summary>What a timestamp authority is asked for (RFC 3161 section 2.4.1).</summary>
internal sealed record TimestampOptions
{
    public static TimestampOptions Default { get; } = new();

    /// <summary>Hash of content; of a digest it is the digest's own. SHA-256, SHA-384 or SHA-512.</summary>
    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Object identifier of the policy the token must be given under; null: the authority's own.</summary>
    public string? Policy { get; init; }

    /// <summary>Without a nonce an old answer to the same question passes for a new one.</summary>
    public bool Nonce { get; init; } = true;

    /// <summary>The authority puts its certificates into the token.</summary>
    public bool Certificates { get; init; } = true;
}
