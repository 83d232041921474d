using System.Globalization;
using System.Net;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// The project or group that a reference names. Whose variables are read is whose public key verifies, so that it must
/// be the one that was meant.
/// </summary>
internal static class GitLabPlace
{
    /// <summary>No group has this path (docs.gitlab.com/user/reserved_names).</summary>
    private const string GroupByNumber = "groups/";

    /// <summary>Whether a text can name one: a path, or a number.</summary>
    public static bool IsName(string name) =>
        name.Length <= 1024 && name.Split('/').All(static s =>
            s is not ("" or "." or "..") && s[0] != '-'
            && s.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'));

    /// <summary>
    /// A path is a project's, else a group's: there are no two of one path. Projects and groups are counted each for
    /// themselves: the group of a project's number is another's, so it is written <c>groups/N</c>.
    /// </summary>
    /// <param name="host">GitLab's API.</param>
    /// <param name="name">Number or path.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">KeyNotFound, KeyService…, KeyAccessDenied, Timeout.</exception>
    public static async Task<GitLabVariables> FindAsync(CodeHost host, string name, CancellationToken cancel)
    {
        string? group = name.StartsWith(GroupByNumber, StringComparison.Ordinal)
            && IsNumber(name[GroupByNumber.Length..]) ? name[GroupByNumber.Length..] : null;
        bool mayBeGroup = !IsNumber(name);
        GitLabVariables? found = group is null
            ? await FindAsync(host, "projects", name, cancel).ConfigureAwait(false) : null;
        if (found is null && mayBeGroup)
        {
            found = await FindAsync(host, "groups", group ?? name, cancel).ConfigureAwait(false);
        }

        string what = group is not null ? $"no group {group}"
            : mayBeGroup ? $"neither a project nor a group '{name}'" : $"no project {name}";
        return found ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound,
            $"{host.Service} has {what} that the token sees. Another server is named in GITLAB_HOST."
            + (mayBeGroup ? string.Empty : $" The group of that number is gitlab://{GroupByNumber}{name}."));
    }

    private static async Task<GitLabVariables?> FindAsync(
        CodeHost host, string kind, string name, CancellationToken cancel)
    {
        string query = kind == "groups" ? "?with_projects=false" : string.Empty;
        HttpReply reply = await host.SendAsync(
            HttpMethod.Get, $"{kind}/{Uri.EscapeDataString(name)}{query}", null, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        using JsonDocument json = host.Answer(reply);
        try
        {
            string id = Id(json.RootElement);
            string path = StrictJson.String(json.RootElement, kind == "groups" ? "full_path" : "path_with_namespace");

            // By its number from here on: the path may be another one's at the next request.
            return string.Equals(IsNumber(name) ? id : path, name, StringComparison.OrdinalIgnoreCase)
                ? new GitLabVariables(host, $"{kind}/{id}/variables") : throw Another(host, kind, name, id, path);
        }
        catch (FormatException e)
        {
            throw host.Violation($"is no {kind[..^1]}: {PlainText.Clean(e.Message, 100)}");
        }
    }

    /// <summary>
    /// A path that was renamed leads to the new one until somebody takes the old one, who would then be believed.
    /// </summary>
    private static SigstoreException Another(CodeHost host, string kind, string name, string id, string path) =>
        new(SigstoreErrorCode.KeyNotFound,
            $"{host.Service} answers for '{name}' with the {kind[..^1]} '{PlainText.Clean(path, 200)}' ({id}): it was "
            + "renamed or moved. Name it as it is called now, if it is the one that you mean.");

    private static string Id(JsonElement place) =>
        place.TryGetProperty("id", out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long id) && id > 0
            ? id.ToString(CultureInfo.InvariantCulture) : throw new FormatException("'id' is no number");

    private static bool IsNumber(string name) => name.Length > 0 && name.All(char.IsAsciiDigit);
}
