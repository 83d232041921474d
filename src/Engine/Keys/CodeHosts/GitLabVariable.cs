using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>A CI/CD variable of a project or group, as far as it is put back.</summary>
/// <param name="Value">Null: it is hidden, and GitLab gives it to jobs only.</param>
/// <param name="Masked">Not shown in the logs of jobs.</param>
/// <param name="Raw">A dollar sign in it means nothing.</param>
internal sealed record GitLabVariable(string? Value, bool Masked, bool Raw)
{
    /// <exception cref="FormatException">No variable.</exception>
    public static GitLabVariable Parse(JsonElement json) => new(
        StrictJson.OptionalString(json, "value"), Flag(json, "masked"), Flag(json, "raw"));

    /// <summary>
    /// Whether GitLab masks such a value: one line, eight characters or more, no blanks
    /// (docs.gitlab.com/ci/variables, "Mask a CI/CD variable").
    /// </summary>
    public static bool CanBeMasked(string value) => value.Length >= 8 && !value.Any(char.IsWhiteSpace);

    /// <summary>A record prints its members.</summary>
    public override string ToString() => "(variable)";

    private static bool Flag(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
