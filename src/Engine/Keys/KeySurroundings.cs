using SigstorePS.Http;

namespace SigstorePS.Keys;

/// <summary>What providers look at and ask, all of it replaceable.</summary>
internal sealed record KeySurroundings
{
    /// <summary>Looks up an environment variable; null when it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The user's home folder.</summary>
    public required string Home { get; init; }

    /// <summary>A way to a service, its failures with the codes of <see cref="KeyServiceReplies"/>.</summary>
    public required Func<TlsSettings, HttpChannel> Http { get; init; }

    /// <summary>Client certificates for <see cref="Http"/>, which live as long as its connections.</summary>
    public ClientCertificates ClientCertificates { get; init; } = new();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>One request to a service by a library that makes its requests itself.</summary>
    public TimeSpan RequestTime { get; init; } = Limits.KeyService;

    /// <summary>A variable that is set to something other than blanks, trimmed.</summary>
    public string? Variable(string name) =>
        Environment(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
