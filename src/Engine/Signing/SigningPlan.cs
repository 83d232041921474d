using SigstorePS.Trust;

namespace SigstorePS.Signing;

/// <summary>A log to write to.</summary>
/// <param name="Address">Base address.</param>
/// <param name="Version">Major version of its API: 1 or 2.</param>
internal sealed record LogTarget(Uri Address, uint Version);

/// <summary>Who is asked to witness a signature, and against what it is verified before it is stored.</summary>
internal sealed record SigningPlan
{
    /// <summary>None: no log.</summary>
    public IReadOnlyList<LogTarget> Logs { get; init; } = [];

    /// <summary>Endpoints of timestamp authorities. None: no timestamp.</summary>
    public IReadOnlyList<Uri> TimestampAuthorities { get; init; } = [];

    /// <summary>Null: what was made is not verified before it is stored (-SkipSelfVerification).</summary>
    public TrustedRoot? Root { get; init; }

    /// <summary>Certificates need not have been published (-SkipSct).</summary>
    public bool SkipSct { get; init; }

    /// <summary>Rekor v1 kind of an envelope's entry: <c>dsse</c> or <c>intoto</c>.</summary>
    public string EnvelopeKind { get; init; } = "dsse";

    /// <summary>Neither log nor timestamp authority: a key and nobody to witness.</summary>
    public static SigningPlan Unwitnessed { get; } = new();
}
