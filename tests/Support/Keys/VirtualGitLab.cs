using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Keys;

/// <summary>
/// A GitLab with one project (7, <c>group/app</c>) and one group (9, <c>group</c>):
/// https://docs.gitlab.com/api/project_level_variables, https://docs.gitlab.com/api/group_level_variables (each
/// method's example response), https://docs.gitlab.com/api/projects#get-a-single-project,
/// https://docs.gitlab.com/api/groups#get-a-single-group, errors of
/// https://docs.gitlab.com/api/rest/troubleshooting#status-codes.
/// </summary>
internal sealed partial class VirtualGitLab : VirtualService
{
    public const string Token = "glpat-0123456789abcdefghij";

    private readonly ConcurrentDictionary<string, JsonObject> _variables = new(StringComparer.Ordinal);

    public VirtualGitLab() => Secrets.Add(Token);

    /// <summary>
    /// Masks as before GitLab 15: the alphabet of base64 and few others (app/models/concerns/ci/maskable.rb).
    /// </summary>
    public bool IsOld { get; set; }

    /// <summary>Variables that exist for several environments.</summary>
    public HashSet<string> Scoped { get; } = [];

    /// <summary>A variable by <c>projects/7/NAME</c> or <c>groups/9/NAME</c>; null: there is none.</summary>
    public JsonObject? this[string place]
    {
        get => _variables.GetValueOrDefault(place);
        set => _variables[place] = value!;
    }

    public IEnumerable<string> Names => _variables.Keys.Order(StringComparer.Ordinal);

    public static JsonObject Variable(string key, string? value) => new()
    {
        ["variable_type"] = "env_var", ["key"] = key, ["value"] = value, ["protected"] = false, ["masked"] = false,
        ["hidden"] = value is null, ["raw"] = false, ["environment_scope"] = "*", ["description"] = null,
    };

    protected override bool HasCredential(HttpRequest request) => request.Headers["PRIVATE-TOKEN"] == Token;

    protected override Task AnswerAsync(HttpContext context, string method, string path, JsonObject body)
    {
        if (!HasCredential(context.Request))
        {
            return MessageAsync(context, 401, $"401 Unauthorized: {context.Request.Headers["PRIVATE-TOKEN"]}");
        }

        return (method, path.Split('/')) switch
        {
            ("GET", ["", "api", "v4", "projects", "7" or "07" or "group%2Fapp" or "Group%2FAPP"]) => ReplyAsync(
                context, 200, new JsonObject { ["id"] = 7, ["path_with_namespace"] = "group/app" }),
            ("GET", ["", "api", "v4", "groups", "9" or "group"]) => ReplyAsync(
                context, 200, new JsonObject { ["id"] = 9, ["full_path"] = "group" }),
            (_, ["", "api", "v4", "projects", "7" or "group%2Fapp", "variables", .. var rest]) =>
                VariableAsync(context, method, "projects/7", rest, body),
            (_, ["", "api", "v4", "groups", "9" or "group", "variables", .. var rest]) =>
                VariableAsync(context, method, "groups/9", rest, body),
            (_, ["", "api", "v4", "projects", ..]) => MessageAsync(context, 404, "404 Project Not Found"),
            (_, ["", "api", "v4", "groups", ..]) => MessageAsync(context, 404, "404 Group Not Found"),
            _ => ReplyAsync(context, 404, new JsonObject { ["error"] = "404 Not Found" }),
        };
    }

    private Task VariableAsync(HttpContext context, string method, string owner, string[] rest, JsonObject body)
    {
        string key = rest is [var named] ? named : (string?)body["key"] ?? "";
        string place = $"{owner}/{key}";
        if (rest.Length > 0 && Scoped.Contains(key))
        {
            return MessageAsync(
                context, 409, "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'");
        }

        if (method == "POST" && rest.Length == 0)
        {
            JsonObject made = Variable(key, "");
            if (Change(made, body) is { } refused)
            {
                return ReplyAsync(context, 400, refused);
            }

            return _variables.TryAdd(place, made)
                ? ReplyAsync(context, 201, made.DeepClone())
                : ReplyAsync(context, 400, new JsonObject
                {
                    ["message"] = new JsonObject { ["key"] = new JsonArray($"({key}) has already been taken") },
                });
        }

        if (!_variables.TryGetValue(place, out JsonObject? there))
        {
            return MessageAsync(context, 404, "404 Variable Not Found");
        }

        switch (method)
        {
            case "GET":
                return ReplyAsync(context, 200, there.DeepClone());
            case "PUT":
                JsonObject changed = there.DeepClone().AsObject();
                if (Change(changed, body) is { } refused)
                {
                    return ReplyAsync(context, 400, refused);
                }

                _variables[place] = changed;
                return ReplyAsync(context, 200, changed.DeepClone());
            case "DELETE":
                _variables.TryRemove(place, out _);
                return ReplyAsync(context, 204, null);
            default:
                return MessageAsync(context, 405, "405 Method Not Allowed");
        }
    }

    /// <summary>The refusal, as GitLab words it, with what it was sent.</summary>
    private JsonObject? Change(JsonObject variable, JsonObject body)
    {
        foreach ((string name, JsonNode? value) in body)
        {
            variable[name] = value?.DeepClone();
        }

        string text = (string?)variable["value"] ?? "";
        Secrets.Add(text);
        Regex masks = !IsOld && (bool)variable["raw"]! ? NewMask() : OldMask();
        return (bool)variable["masked"]! && !masks.IsMatch(text)
            ? new JsonObject { ["message"] = new JsonObject { ["value"] = new JsonArray($"is invalid: {text}") } } : null;
    }

    private static Task MessageAsync(HttpContext context, int status, string message) =>
        ReplyAsync(context, status, new JsonObject { ["message"] = message });

    [GeneratedRegex(@"\A\S{8,}\z")]
    private static partial Regex NewMask();

    [GeneratedRegex(@"\A[a-zA-Z0-9_+=/@:.~-]{8,}\z")]
    private static partial Regex OldMask();
}
