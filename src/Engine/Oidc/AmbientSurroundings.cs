using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>What ambient sources look at and ask, all of it replaceable.</summary>
internal sealed record AmbientSurroundings
{
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The user's home folder.</summary>
    public required string Home { get; init; }

    public required HttpChannel Http { get; init; }

    /// <summary>A channel to a Unix domain socket, by its path.</summary>
    public required Func<string, HttpChannel> Socket { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>For one request.</summary>
    public TimeSpan Timeout { get; init; } = Limits.SigningService;

    /// <summary>Where a token is mounted (cosign pkg/providers/filesystem).</summary>
    public string TokenPath { get; init; } = "/var/run/sigstore/cosign/oidc-token";

    /// <summary>Tells which cloud made this machine (as cloud.google.com/go/compute/metadata reads it).</summary>
    public string ProductNamePath { get; init; } = "/sys/class/dmi/id/product_name";

    /// <summary>Where an agent listens by default (cosign pkg/providers/spiffe).</summary>
    public string SpiffeSocketPath { get; init; } = "/tmp/spire-agent/public/api.sock";

    /// <summary>IAM Service Account Credentials API.</summary>
    public Uri GoogleCredentials { get; init; } = new("https://iamcredentials.googleapis.com/");

    /// <summary>Google's OAuth token endpoint.</summary>
    public Uri GoogleTokens { get; init; } = new("https://oauth2.googleapis.com/token");

    /// <summary>A variable that is set to something; set but empty is how CI systems spell "not for this job".</summary>
    public string? Variable(string name) => Environment(name) is { } value && !string.IsNullOrWhiteSpace(value)
        ? value.Trim()
        : null;
}
