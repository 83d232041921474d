using SigstorePS.Crypto;

namespace SigstorePS.Policies;

/// <summary>A ClusterImagePolicy (policy.sigstore.dev v1alpha1 and v1beta1, which have the same members), checked.</summary>
internal sealed record ClusterImagePolicy
{
    public required string Name { get; init; }

    /// <summary><c>policy.sigstore.dev/v1alpha1</c> or <c>…/v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    public required IReadOnlyList<ImageGlob> Images { get; init; }

    public required IReadOnlyList<PolicyAuthority> Authorities { get; init; }

    /// <summary>What must hold of all that the authorities found; null: one authority is enough.</summary>
    public PolicyProgram? Program { get; init; }

    /// <summary>Mode <c>warn</c>: a failure is told and lets the image pass.</summary>
    public bool Warns { get; init; }

    /// <summary>Resources it is about; none: all, and an image without one.</summary>
    public IReadOnlyList<ResourceRule> Match { get; init; } = [];

    /// <summary>What is strange and yet allowed, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Line of the document it is from, from 1.</summary>
    public long Line { get; init; }

    /// <summary>All of it as YAML, without comments.</summary>
    public required string Yaml { get; init; }

    /// <summary>Secrets, ConfigMaps and trust roots of the file it is from.</summary>
    public PolicyResources Companions { get; init; } = PolicyResources.None;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One who may vouch for an image: exactly one of key, keyless and static.</summary>
internal sealed record PolicyAuthority
{
    /// <summary>Its own, or <c>authority-N</c>.</summary>
    public required string Name { get; init; }

    public AuthorityKey? Key { get; init; }

    public AuthorityKeyless? Keyless { get; init; }

    public AuthorityStatic? Static { get; init; }

    public AuthoritySource? Source { get; init; }

    /// <summary>Null: none was written, which means something else than one without members.</summary>
    public AuthorityLog? Log { get; init; }

    public AuthorityTimestamp? Timestamp { get; init; }

    /// <summary>Attestations that must all be there; with any, no signature is asked for.</summary>
    public IReadOnlyList<AuthorityAttestation> Attestations { get; init; } = [];

    /// <summary><c>signatureFormat: bundle</c>; anything else is the older format.</summary>
    public bool IsBundle { get; init; }
}

/// <summary>A key: exactly one of the three.</summary>
/// <param name="Data">The key in the policy itself.</param>
/// <param name="Secret">Name of a Secret with one entry, the key.</param>
/// <param name="Kms">Reference of a key service.</param>
/// <param name="Hash"><c>sha224</c>, <c>sha256</c>, <c>sha384</c> or <c>sha512</c>.</param>
internal sealed record AuthorityKey(PublicKey? Data, string? Secret, string? Kms, string Hash);

/// <summary>Certificates of Fulcio.</summary>
internal sealed record AuthorityKeyless
{
    public required IReadOnlyList<IdentityRule> Identities { get; init; }

    /// <summary>Address of the Fulcio; null with <see cref="HasCaCert"/> only, and then policy-controller passes nothing.</summary>
    public string? Url { get; init; }

    public bool HasCaCert { get; init; }

    /// <summary>TrustRoot with its authorities and certificate logs; null: the public ones.</summary>
    public string? TrustRoot { get; init; }

    public bool IgnoreSct { get; init; }
}

/// <summary>An identity; of each pair exactly one is there. Patterns are those of .NET and may match a part.</summary>
internal sealed record IdentityRule(string? Issuer, string? IssuerPattern, string? Subject, string? SubjectPattern);

/// <summary>A verdict without a look.</summary>
internal sealed record AuthorityStatic(bool Passes, string? Message);

/// <summary>Where signatures are, if not with the image.</summary>
internal sealed record AuthoritySource(string? Repository, string TagPrefix, IReadOnlyList<string> PullSecrets);

internal sealed record AuthorityLog(string? Url, string? TrustRoot);

internal sealed record AuthorityTimestamp(string? TrustRoot);

/// <summary>An attestation that must be there, and what it must say.</summary>
/// <param name="Name">Its name in <c>authorityMatches</c>.</param>
/// <param name="PredicateType">As written: a URI or a short name.</param>
/// <param name="Program">What the statement must satisfy.</param>
internal sealed record AuthorityAttestation(string Name, string PredicateType, PolicyProgram? Program);

/// <summary>A policy in CUE or Rego: exactly one of data, remote and config map.</summary>
internal sealed record PolicyProgram
{
    public required bool IsRego { get; init; }

    public string? Data { get; init; }

    public string? RemoteUrl { get; init; }

    /// <summary>SHA-256 of what is there, hex.</summary>
    public string? RemoteDigest { get; init; }

    public string? ConfigMap { get; init; }

    public string? ConfigMapKey { get; init; }

    public bool FetchConfigFile { get; init; }

    public bool IncludeSpec { get; init; }

    public bool IncludeObjectMeta { get; init; }

    public bool IncludeTypeMeta { get; init; }
}
