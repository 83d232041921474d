using SigstorePS.Trust;

namespace SigstorePS;

/// <summary>
/// Whom to trust: certificate authorities, logs and timestamp authorities, from a file or a TUF repository.
/// <see cref="Json"/> is all of it, so that what is left after a job or CliXml can be given as <c>-TrustedRoot</c> again.
/// </summary>
public sealed class SigstoreTrustRoot
{
    /// <summary>Media type of the trust root, with its version.</summary>
    public required string MediaType { get; init; }

    /// <summary>Path of the file or address of the TUF repository it comes from, or <c>memory</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Everything that is trusted, in the order of the file.</summary>
    public required IReadOnlyList<SigstoreTrustAuthority> Authorities { get; init; }

    /// <summary>What the file has and this module cannot use, a sentence each; trusted for nothing.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>The trust root as JSON text in canonical form; what was skipped is not in it.</summary>
    public required string Json { get; init; }

    /// <summary>Versions of the TUF metadata by role (root, timestamp, snapshot, targets); null for a file.</summary>
    public IReadOnlyDictionary<string, int>? Versions { get; internal set; }

    /// <summary>When the TUF metadata it comes from expires; null for a file.</summary>
    public DateTimeOffset? Expires { get; internal set; }

    /// <summary>When it was last refreshed from its repository; null for a file.</summary>
    public DateTimeOffset? LastRefreshed { get; internal set; }

    /// <summary>What verification takes. Left out it is the empty one, which trusts nobody.</summary>
    internal TrustedRoot Root { get; init; } = TrustedRoot.Empty;

    /// <inheritdoc/>
    public override string ToString() => Source;
}
