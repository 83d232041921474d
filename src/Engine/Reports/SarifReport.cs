using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SigstorePS.Reports;

/// <summary>
/// SARIF 2.1.0 (OASIS): a rule for each error id, a result for each place of each failure. What is verified is no result:
/// those who show alerts take any result for one. The numbers are in the properties of the run.
/// </summary>
internal static class SarifReport
{
    private const int Message = 4000;

    /// <summary>Notifications of skipped checks; more of the same tell nothing new.</summary>
    private const int Notifications = 1000;

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n" };

    public static string Write(Report report)
    {
        List<string> rules = [.. report.Codes.Select(static c => RuleId(c.Code)).Distinct(StringComparer.Ordinal)];
        JsonObject log = new()
        {
            ["$schema"] = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject
                    {
                        ["name"] = "SigstorePS",
                        ["version"] = report.Version,
                        ["rules"] = new JsonArray([.. rules.Select(Rule)]),
                    },
                },
                ["automationDetails"] = new JsonObject { ["description"] = Text(report.Title) },
                ["invocations"] = new JsonArray(Invocation(report)),
                ["columnKind"] = "utf16CodeUnits",
                ["results"] = new JsonArray([.. report.Rows.Where(static r => r.Verdict != Verdict.Verified)
                    .SelectMany(row => Results(row, rules))]),
                ["properties"] = new JsonObject
                {
                    ["state"] = report.State, ["total"] = report.Rows.Count, ["verified"] = report.Verified,
                    ["warned"] = report.Warned, ["failed"] = report.Failed, ["withSkippedChecks"] = report.WithSkipped,
                },
            }),
        };
        return log.ToJsonString(Options) + "\n";
    }

    /// <summary>A run without a result has verified nothing, and must not look like one that found nothing wrong.</summary>
    private static JsonObject Invocation(Report report)
    {
        IEnumerable<JsonObject> skipped = report.Rows
            .SelectMany(static row => row.Skipped.Select(check => Notification(
                "SkippedCheck", "warning", $"{row.Title}: the check {check.Name} was not made ({check.Evidence}).")))
            .Take(Notifications);
        return new JsonObject
        {
            ["executionSuccessful"] = report.Rows.Count > 0,
            ["endTimeUtc"] = report.Created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["toolExecutionNotifications"] = new JsonArray([
                .. report.Rows.Count > 0 ? skipped : [Notification("NoResults", "error", report.Sentence)],
            ]),
        };
    }

    private static JsonObject Notification(string id, string level, string message) => new()
    {
        ["descriptor"] = new JsonObject { ["id"] = id }, ["level"] = level, ["message"] = Text(message),
    };

    private static JsonObject Rule(string id)
    {
        string meaning = ErrorTexts.Meaning(id) ?? "Not verified.";
        JsonObject rule = new()
        {
            ["id"] = id,
            ["name"] = id,
            ["shortDescription"] = Text(meaning),
            ["fullDescription"] = Text(meaning),
            ["help"] = Text(ErrorTexts.Advice(id) ?? "See the message of the result."),
            ["defaultConfiguration"] = new JsonObject { ["level"] = "error" },
            ["properties"] = new JsonObject { ["tags"] = new JsonArray("security", "supply-chain") },
        };
        return rule;
    }

    private static IEnumerable<JsonObject> Results(ReportRow row, List<string> rules)
    {
        string id = RuleId(row.Code);
        foreach (ReportSource? place in row.Sources.DefaultIfEmpty())
        {
            yield return new JsonObject
            {
                ["ruleId"] = id,
                ["ruleIndex"] = rules.IndexOf(id),
                ["level"] = row.Verdict == Verdict.Warned ? "warning" : "error",
                ["message"] = Text($"{row.Title}: {row.Reason ?? row.Code}"),
                ["locations"] = new JsonArray(Location(row, place)),
                ["partialFingerprints"] = new JsonObject { ["sigstorePSResult/v1"] = Fingerprint(row, place) },
                ["properties"] = Properties(row),
            };
        }
    }

    private static JsonObject Location(ReportRow row, ReportSource? place)
    {
        JsonObject region = new() { ["startLine"] = Math.Max(place?.Line ?? 1, 1) };
        if (place is { Column: > 0 })
        {
            region["startColumn"] = place.Column;
        }

        return new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = Artifact(place?.File ?? row.Subject), ["region"] = region,
            },
            ["logicalLocations"] = new JsonArray(new JsonObject
            {
                ["fullyQualifiedName"] = VisibleText.Of(row.Subject, Message), ["kind"] = "resource",
            }),
        };
    }

    /// <summary>A file below the root of the sources, a full path, or a reference that stands for a file.</summary>
    private static JsonObject Artifact(string file)
    {
        string path = VisibleText.Of(file, Message).Replace('\\', '/');
        string escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        if (path.StartsWith('/'))
        {
            return new JsonObject { ["uri"] = $"file://{escaped}" };
        }

        bool drive = path.Length > 2 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] == '/';
        return drive
            ? new JsonObject { ["uri"] = $"file:///{path[..2]}{escaped[escaped.IndexOf('/', StringComparison.Ordinal)..]}" }
            : new JsonObject { ["uri"] = escaped.Length == 0 ? "unknown" : escaped, ["uriBaseId"] = "%SRCROOT%" };
    }

    private static JsonObject Properties(ReportRow row)
    {
        JsonObject properties = new() { ["kind"] = row.Kind, ["code"] = VisibleText.Of(row.Code, Message) };
        Add(properties, "digest", row.Digest);
        Add(properties, "platform", row.Platform);
        Add(properties, "signer", row.Signer);
        Add(properties, "issuer", row.Issuer);
        if (row.Skipped.Any())
        {
            properties["skippedChecks"] = new JsonArray(
                [.. row.Skipped.Select(static c => JsonValue.Create(VisibleText.Of($"{c.Name} ({c.Evidence})", Message)))]);
        }

        return properties;
    }

    private static void Add(JsonObject properties, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            properties[name] = VisibleText.Of(value, Message);
        }
    }

    /// <summary>The same finding has the same one in the next run, wherever the line has moved to.</summary>
    private static string Fingerprint(ReportRow row, ReportSource? place)
    {
        string text = string.Join('\n', row.Kind, row.Code, row.Typed ?? row.Subject, row.Platform, row.Detail, place?.File);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string RuleId(string code) => VisibleText.Of(code, 64);

    private static JsonObject Text(string text) => new() { ["text"] = VisibleText.Of(text, Message) };
}
