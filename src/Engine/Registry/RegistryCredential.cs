using System.Net.Http.Headers;
using System.Text;

namespace SigstorePS.Registry;

/// <summary>What a registry's user has: user name and password, or one of the two kinds of token.</summary>
internal sealed record RegistryCredential
{
    public string? UserName { get; init; }

    public string? Password { get; init; }

    /// <summary>A refresh token (docker's <c>identitytoken</c>), exchanged for access tokens.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>An access token (docker's <c>registrytoken</c>), sent as it is.</summary>
    public string? RegistryToken { get; init; }

    /// <summary>The Basic header (RFC 7617, UTF-8); null without user name and password.</summary>
    public AuthenticationHeaderValue? Basic => UserName is null || Password is null
        ? null
        : new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName}:{Password}")));

    // A record would print its members.
    public override string ToString() => nameof(RegistryCredential);
}
