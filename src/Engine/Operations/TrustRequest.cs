namespace SigstorePS.Operations;

/// <summary>Where a trust root comes from when none is given, and how fresh it must be.</summary>
internal sealed record TrustRequest
{
    /// <summary>
    /// TUF repository: <c>https</c>, <c>http</c> on loopback, or <c>file</c>. Null: TUF_MIRROR, else the mirror the
    /// cache was initialized with, else the public one.
    /// </summary>
    public Uri? Mirror { get; init; }

    /// <summary>
    /// Name of a private deployment, from which trust root and signing configuration are taken; null: none. Not together
    /// with <see cref="Mirror"/>.
    /// </summary>
    public string? Instance { get; init; }

    /// <summary>Take what is cached, whatever its age; open no socket.</summary>
    public bool Offline { get; init; }

    /// <summary>A cached trust root that was refreshed longer ago than this is refreshed. Default: one day.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(1);
}
