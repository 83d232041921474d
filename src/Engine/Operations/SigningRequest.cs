using SigstorePS.Keys;

namespace SigstorePS.Operations;

[Flags]
internal enum SignatureFormats
{
    Bundle = 1,
    Legacy = 2,
}

/// <summary>An opened key and the name the user knows it by.</summary>
internal sealed record SigningKey(string Reference, ISigner Signer);

/// <summary>What to sign with, in which form, and where to put it.</summary>
internal sealed record SigningRequest
{
    public required IReadOnlyList<SigningKey> Keys { get; init; }

    public SignatureFormats Formats { get; init; } = SignatureFormats.Bundle;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Own text for critical.identity.docker-reference (legacy payload).</summary>
    public string? DockerReference { get; init; }

    /// <summary>A ready payload to sign instead of a generated one (legacy).</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Store legacy signatures as OCI 1.1 referrers instead of under the <c>.sig</c> tag.</summary>
    public bool LegacyAsReferrer { get; init; }

    /// <summary>Write Docker schema 2 manifests for legacy signatures.</summary>
    public bool DockerMediaTypes { get; init; }

    /// <summary>Created time of legacy signature configs; null: the zero time, which keeps them reproducible.</summary>
    public DateTimeOffset? LegacyCreated { get; init; }

    /// <summary>Created annotation of bundle referrers; null: now.</summary>
    public DateTimeOffset? BundleCreated { get; init; }

    /// <summary>Sign nothing that one of these keys has signed already with the same annotations.</summary>
    public bool SkipIfSigned { get; init; }

    /// <summary>False: make the signature, store it nowhere.</summary>
    public bool Upload { get; init; } = true;

    /// <summary>Overwrite a fallback tag that holds something other than an index.</summary>
    public bool Force { get; init; }
}
