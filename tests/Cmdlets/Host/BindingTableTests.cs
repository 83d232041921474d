using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.CmdletHost;
using SigstorePS.Samples;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets.Host;

/// <summary>The table that real PowerShell filled in (tests/Pester/CmdletHost.Tests.ps1), against the stand-in.</summary>
[Collection(Samples)]
public sealed class BindingTableTests : IDisposable
{
    /// <summary>The sample cmdlets share one list of what they saw, so their tests take turns.</summary>
    internal const string Samples = "sample cmdlets";

    private static readonly JsonArray Table = (JsonArray)JsonNode.Parse(
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "CmdletHost", "binding-cases.json")))!;

    private readonly string _folder = Directory.CreateTempSubdirectory("binding").FullName;

    public BindingTableTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        foreach (string name in new[] { "a.txt", "b.txt", "[c].txt", ".hidden", "sub/d.txt" })
        {
            File.WriteAllText(Path.Combine(_folder, name), string.Empty);
        }
    }

    public static IEnumerable<TheoryDataRow<string>> Names() => Table
        .Where(static c => !(OperatingSystem.IsWindows() && (string?)c!["only"] == "Unix"))
        .Select(static c => new TheoryDataRow<string>((string)c!["name"]!));

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void The_table_has_no_name_twice() =>
        Assert.Equal(Table.Count, Table.Select(static c => (string)c!["name"]!).Distinct().Count());

    [Theory]
    [MemberData(nameof(Names))]
    public void The_stand_in_does_what_PowerShell_did(string name)
    {
        JsonNode expected = Table.Single(c => (string)c!["name"]! == name)!;
        using Session session = new(_folder);
        session.Import(typeof(ShowImageCommand).Assembly);
        foreach ((string variable, JsonNode? value) in expected["variables"]?.AsObject() ?? [])
        {
            session.Variables[variable] = Value(value);
        }

        session.Invoke("Get-Seen");
        Command[] pipeline = [.. expected["pipeline"]!.AsArray().Select(static c => Read(c!))];
        RunResult result = session.Invoke(pipeline, expected["input"]?.AsArray().Select(Value).ToArray());
        RunResult seen = session.Invoke("Get-Seen");

        Assert.Equal(Pretty(expected["expect"]!), Pretty(Describe(result, seen)));
    }

    private static Command Read(JsonNode json)
    {
        Command command = new((string)json["command"]!);
        foreach ((string name, JsonNode? value) in json["named"]?.AsObject() ?? [])
        {
            command.Add(name, Value(value));
        }

        foreach (JsonNode? value in json["positional"]?.AsArray() ?? [])
        {
            command.Add(Value(value));
        }

        return command;
    }

    /// <summary>As ConvertFrom-Json reads it: whole numbers are 64 bits wide, objects are property bags.</summary>
    private static object? Value(JsonNode? json)
    {
        switch (json)
        {
            case null:
                return null;
            case JsonArray many:
                return many.Select(Value).ToArray();
            case JsonObject map when map["$hashtable"] is JsonObject entries:
                Hashtable table = [];
                foreach ((string key, JsonNode? value) in entries)
                {
                    table[key] = Value(value);
                }

                return table;
            case JsonObject map when (string?)map["$secure"] is { } text:
                SecureString secret = new();
                text.ToList().ForEach(secret.AppendChar);
                return secret;
            case JsonObject map:
                PSObject bag = new();
                foreach ((string key, JsonNode? value) in map)
                {
                    bag.Properties.Add(new PSNoteProperty(key, Value(value)));
                }

                return bag;
            default:
                return json.GetValueKind() switch
                {
                    JsonValueKind.String when DateTime.TryParseExact(
                        (string)json!, "yyyy-MM-ddTHH:mm:ssZ", null, System.Globalization.DateTimeStyles.AdjustToUniversal, out DateTime time) => time,
                    JsonValueKind.String => (string)json!,
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => json.AsValue().TryGetValue(out long whole) ? whole : (object)(double)json,
                };
        }
    }

    private static JsonObject Describe(RunResult result, RunResult seen)
    {
        JsonObject json = [];
        Add("output", result.Output.Select(LanguageText));
        Add("errors", result.Errors.Select(Describe));
        if (result.Terminating is { } e)
        {
            json["terminating"] = $"{e.GetType().Name} {Describe(result.TerminatingError!)}";
        }

        Add("warnings", result.Warnings);
        Add("verbose", result.Verbose);
        Add("debug", result.Debug);
        Add("information", result.Information.Select(static i => $"{i.MessageData} {string.Join(' ', i.Tags)}"));
        Add("progress", result.Progress.Select(static p => $"{p.Activity} {p.StatusDescription}"));
        Add("seen", seen.Output.Select(LanguageText));
        return json;

        void Add(string key, IEnumerable<string> items)
        {
            JsonArray array = [.. items.Select(static i => (JsonNode)i)];
            if (array.Count > 0)
            {
                json[key] = array;
            }
        }
    }

    private static string Describe(ErrorRecord error) => $"{error.CategoryInfo.Category} {error.FullyQualifiedErrorId}";

    private static string LanguageText(object? value) => new PSObject(value!).ToString();

    private static string Pretty(JsonNode json) => json.ToJsonString(
        new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
