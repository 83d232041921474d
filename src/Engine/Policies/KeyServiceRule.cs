using System.Text.RegularExpressions;

namespace SigstorePS.Policies;

/// <summary>Which key services a policy may name (policy-controller pkg/apis/policy/common).</summary>
internal static class KeyServiceRule
{
    private static readonly string[] Schemes = ["awskms://", "azurekms://", "hashivault://", "gcpkms://"];

    // The key's or the alias's ARN only, after an endpoint with its port or none.
    private static readonly Regex Aws = new(
        @"\Aawskms://(?<host>[^/]*)/arn:(aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:[0-9]{12}:"
        + @"(key/(mrk-)?[A-Fa-f0-9]{8}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{12}|alias/.*)\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>What is wrong with a reference; null: nothing.</summary>
    public static string? Problem(string reference)
    {
        if (!Schemes.Any(s => reference.StartsWith(s, StringComparison.Ordinal)))
        {
            return $"a key service is named by one of {string.Join(", ", Schemes)}";
        }

        if (!reference.StartsWith(Schemes[0], StringComparison.Ordinal))
        {
            return null;
        }

        Match match = Aws.Match(reference);
        return !match.Success ? "awskms://[HOST:PORT]/ARN is expected, the ARN that of a key or an alias"
            : match.Groups["host"].Value is { Length: > 0 } host && !HasPort(host) ? "the endpoint needs a port"
            : null;
    }

    private static bool HasPort(string host)
    {
        int colon = host.LastIndexOf(':');
        return colon >= 0 && (host[..colon].StartsWith('[') || !host[..colon].Contains(':', StringComparison.Ordinal));
    }
}
