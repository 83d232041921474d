namespace SigstorePS.Http;

/// <summary>How this process speaks HTTP, whoever it speaks to.</summary>
internal sealed record HttpOptions
{
    /// <summary>Times the waits between tries and the life of tokens.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Time for one request up to its last byte, besides what its size adds.</summary>
    public TimeSpan RequestTimeout { get; init; } = Limits.Request;

    /// <summary>Time for one TCP connection and for the TLS probe of a registry that may be plain HTTP.</summary>
    public TimeSpan ConnectTimeout { get; init; } = Limits.Connect;

    public int Attempts { get; init; } = Limits.RequestAttempts;
}

/// <summary>Which codes a failed conversation gets: a registry's are others than a log's.</summary>
/// <param name="Unavailable">Not reached, or the connection broke.</param>
/// <param name="Violation">Answered with something HTTP or its own protocol does not allow.</param>
internal sealed record HttpErrors(SigstoreErrorCode Unavailable, SigstoreErrorCode Violation);
