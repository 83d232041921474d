using SigstorePS.Trust;

namespace SigstorePS;

/// <summary>
/// Which services to sign with. <see cref="Json"/> is all of it, so that what is left after a job or CliXml can be
/// given as <c>-SigningConfig</c> again.
/// </summary>
public sealed class SigstoreSigningConfig
{
    /// <summary>Media type it was read with; <see cref="Json"/> is always version 0.2.</summary>
    public required string MediaType { get; init; }

    /// <summary>Path of the file or address of the TUF repository it comes from, or <c>memory</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Every service: Fulcio, OpenID Connect, Rekor, timestamp authorities.</summary>
    public required IReadOnlyList<SigstoreService> Services { get; init; }

    /// <summary>How many logs are written to: <c>Any</c> (one), <c>All</c>, <c>Exact:n</c>, or empty.</summary>
    public required string RekorSelector { get; init; }

    /// <summary>How many timestamp authorities are asked: <c>Any</c> (one), <c>All</c>, <c>Exact:n</c>, or empty.</summary>
    public required string TsaSelector { get; init; }

    /// <summary>The signing configuration as JSON text in canonical form.</summary>
    public required string Json { get; init; }

    /// <summary>What signing takes. Left out it is the empty one, which names no service.</summary>
    internal SigningConfig Config { get; init; } = SigningConfig.Empty;

    /// <inheritdoc/>
    public override string ToString() => Source;
}
