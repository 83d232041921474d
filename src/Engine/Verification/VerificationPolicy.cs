using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Verification;

/// <summary>A key to trust and the name the user knows it by.</summary>
internal sealed record TrustedKey(string Reference, PublicKey Key);

/// <summary>Whom to trust for an image signature and what it must say. Each skip is a member with that word.</summary>
internal sealed record KeyPolicy
{
    public required IReadOnlyList<TrustedKey> Keys { get; init; }

    /// <summary>How many distinct keys must have signed.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>Pairs the signed payload must contain.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Take a bundle of any predicate type for an image signature, as cosign 3.1 does.</summary>
    public bool AllowAttestation { get; init; }

    /// <summary>Do not check that the signed payload speaks about this image.</summary>
    public bool SkipClaimCheck { get; init; }

    /// <summary>Do not ask for a transparency log entry.</summary>
    public bool SkipTransparencyLog { get; init; }

    /// <summary>Hash of the signatures when it is neither the key's own nor SHA-256.</summary>
    public HashAlgorithmName? Hash { get; init; }
}
