using SigstorePS.Encodings;
using SigstorePS.Policies;

namespace SigstorePS.Operations;

/// <summary>Policies from text at hand, as the objects users see.</summary>
internal static class PolicyFiles
{
    /// <summary>What <c>File</c> says of text that came from no file.</summary>
    public const string Memory = "memory";

    /// <exception cref="SigstoreException">MalformedPolicy, LimitExceeded.</exception>
    public static IReadOnlyList<SigstorePolicy> Read(string text, string source) =>
        [.. PolicyDocuments.ReadPolicies(text, source).Policies.Select(p => Describe(p, source))];

    public static SigstorePolicy Describe(ClusterImagePolicy policy, string source) => new()
    {
        Name = policy.Name,
        ApiVersion = policy.ApiVersion,
        Images = [.. policy.Images.Select(static g => g.Text)],
        Authorities = [.. policy.Authorities.Select(Summary)],
        Mode = policy.Warns ? "warn" : "enforce",
        Match = [.. policy.Match.Select(static m => m.ToString())],
        Warnings = [.. policy.Warnings],
        File = source,
        Line = policy.Line,
        Yaml = policy.Yaml,
        Definition = policy,
    };

    /// <summary>Whether a key is named that policies can name, too.</summary>
    public static bool IsKeyService(string reference) => KeyServiceRule.Problem(reference) is null;

    /// <summary>The pattern for the whole text: policies look for one anywhere in it.</summary>
    /// <exception cref="SigstoreException">InvalidValue: no pattern, or one that policies cannot have.</exception>
    public static string Anchored(string pattern)
    {
        try
        {
            // By itself first: "a)|(b" would otherwise break out of the anchors.
            _ = GoPattern.ToNet(pattern);
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(pattern, 200)}' is no pattern that a policy can have: {e.Message}.", e);
        }

        return GoPattern.IsAnchored(pattern) ? pattern : $"^(?:{pattern})$";
    }

    private static string Summary(PolicyAuthority authority)
    {
        string what = authority switch
        {
            { Static: { } s } => $"static {(s.Passes ? "pass" : "fail")}",
            { Key: { } key } => key.Data is not null ? "key" : key.Kms is not null ? $"key {key.Kms}" : $"key of Secret {key.Secret}",
            { Keyless: { } keyless } => $"keyless {string.Join(" | ", keyless.Identities.Select(
                static i => $"{i.Subject ?? $"/{i.SubjectPattern}/"} by {i.Issuer ?? $"/{i.IssuerPattern}/"}"))}",
            _ => "nobody",
        };
        string attestations = authority.Attestations.Count == 0 ? string.Empty
            : $" with {string.Join(", ", authority.Attestations.Select(static a => a.PredicateType))}";
        return $"{authority.Name}: {what}{attestations}";
    }
}
