using System.Collections;
using System.Management.Automation;
using SigstorePS.Reports;

namespace SigstorePS.Commands;

/// <summary>What the properties of results mean to a report, for the kinds there are and those to come.</summary>
internal static class ResultShape
{
    private const int ManyFacts = 60;

    /// <summary>Shown in places of their own, or too long to be shown.</summary>
    private static readonly HashSet<string> Shown = new(StringComparer.OrdinalIgnoreCase)
    {
        "Image", "Registry", "Repository", "Reference", "Digest", "Status", "Verified", "Reason", "Message", "Signer", "Issuer", "Timestamps", "Checks",
        "Candidates", "Platform", "PredicateType", "Policy", "PolicyName", "Statement", "Predicate", "Certificate", "Annotations",
        "LogEntries", "Json", "Pem", "File", "Line", "Column", "PSComputerName", "PSShowComputerName", "RunspaceId",
        "PSSourceJobInstanceId",
    };

    public static bool IsResult(ObjectProperties item) => item["Verified"] is bool || PolicyShape.IsOne(item);

    /// <summary>Verified is what says so in both ways it can; anything else is not, whatever it says in one.</summary>
    public static Verdict VerdictOf(ObjectProperties item, string? status)
    {
        bool warns = Is(item.Text("Mode"), "warn") || Is(status, "Warned") || Is(status, "Warning");
        return item.IsTrue("Verified") && (status is null || Is(status, "Verified")) ? Verdict.Verified
            : warns ? Verdict.Warned
            : Verdict.Failed;
    }

    public static string Kind(ObjectProperties item) => item.TypeName switch
    {
        "ImageVerification" => "Image signature",
        "AttestationVerification" => "Attestation",
        "BlobVerification" => "File signature",
        "GitVerification" => "Git signature",
        "PolicyResult" => "Policy",
        "BaseImageVerification" => "Base image",
        _ when PolicyShape.IsOne(item) => "Policy",
        _ when item.Text("Commit") is not null => "Git signature",
        _ when item["Mode"] is not null || item.Text("Policy") is not null => "Policy",
        _ when item.Text("PredicateType") is not null => "Attestation",
        _ when item.Text("Path") is not null => "File signature",
        _ when item.Text("Image") is not null => "Image signature",
        _ => "Result",
    };

    /// <summary>The reference of a commit is where its signature is; of an image it is the image.</summary>
    public static string Subject(ObjectProperties item) =>
        (item.Text("ObjectType") is not null || item.TypeName == "GitVerification" ? item.Text("Commit") ?? item.Text("Name") : null)
        ?? item.Text("Reference") ?? item.Text("Path") ?? item.Text("Image") ?? item.Text("Digest") ?? item.Said;

    public static string Group(ObjectProperties item)
    {
        if (item.Text("Registry") is { } registry && item.Text("Repository") is { } repository)
        {
            return $"{registry}/{repository}";
        }

        if (item.Text("Path") is { } path)
        {
            return item.Text("Commit") is not null ? path : Path.GetDirectoryName(path) ?? "";
        }

        string reference = (item.Text("Reference") ?? item.Text("Image") ?? "").Split('@')[0];
        int tag = reference.LastIndexOf(':');
        return tag > reference.LastIndexOf('/') ? reference[..tag] : reference;
    }

    /// <summary>A check; a copy that went through a job may have only its text, <c>Name: Outcome (Evidence)</c>.</summary>
    public static ReportCheck Check(ObjectProperties item)
    {
        if (item.Text("Name") is { } name)
        {
            return new ReportCheck(name, item.Text("Outcome") ?? item.Text("Status") ?? "Unknown", item.Text("Evidence") ?? "");
        }

        string[] parts = item.Said.Split(": ", 2);
        string rest = parts.Length == 2 ? parts[1] : "";
        int evidence = rest.IndexOf(" (", StringComparison.Ordinal);
        return evidence < 0
            ? new ReportCheck(parts[0], rest.Length == 0 ? "Unknown" : rest, "")
            : new ReportCheck(parts[0], rest[..evidence], rest[(evidence + 2)..].TrimEnd(')'));
    }

    /// <summary>A time of signing, or its text: <c>2026-11-21 09:15:00Z Tlog https://...</c>.</summary>
    public static ReportTime? Time(ObjectProperties item)
    {
        if (item.Time("Time") is { } time)
        {
            return new ReportTime(item.Text("Type") ?? "", item.Text("Source") ?? "", time);
        }

        string[] words = item.Said.Split(' ', 4);
        return words.Length >= 3 && ObjectProperties.AsTime($"{words[0]} {words[1]}") is { } said
            ? new ReportTime(words[2], words.Length > 3 ? words[3] : "", said) : null;
    }

    public static ReportCandidate Candidate(ObjectProperties item) => item["Verified"] is bool
        ? new ReportCandidate(
            item.IsTrue("Verified"), item.Text("Code") ?? "", $"{item.Text("Format")} {item.Text("Storage")}".Trim(),
            item.Text("SignatureReference") ?? "", item.Text("Signer") ?? item.Text("Reason") ?? "")
        : new ReportCandidate(false, "", item.Said, "", "");

    /// <summary>Annotations, log entries, certificate, and every plain property that has no place of its own.</summary>
    public static ReportFact[] Facts(ObjectProperties item)
    {
        IEnumerable<ReportFact> own = item.Names.Where(static n => !Shown.Contains(n))
            .Select(name => (Name: name, Text: item.Text(name)))
            .Where(static f => f.Text is not null).Select(static f => new ReportFact(f.Name, f.Text!));
        IEnumerable<ReportFact> logs = item.Items("LogEntries", 20).Select(static e => new ReportFact(
            "Log entry", e.Text("Log") is { } log ? $"{log} index {e.Text("LogIndex")}, {e.Text("Kind")}, {e.Text("Evidence")}" : e.Said));
        IEnumerable<ReportFact> certificate = item.Inner("Certificate") is not { IsPlain: false } found ? []
            : ((string[])["Identity", "Authority", "SerialNumber", "NotBefore", "NotAfter"])
                .Select(name => (Name: $"Certificate {name}", Text: found.Text(name)))
                .Where(static f => f.Text is not null).Select(static f => new ReportFact(f.Name, f.Text!));
        return [.. own.Concat(Annotations(item)).Concat(logs).Concat(certificate).Take(ManyFacts)];
    }

    /// <summary>A dictionary; one that went through a job is another kind of dictionary, one of JSON an object.</summary>
    private static IEnumerable<ReportFact> Annotations(ObjectProperties item) => item["Annotations"] switch
    {
        IReadOnlyDictionary<string, string> known => known.Select(static a => new ReportFact($"Annotation {a.Key}", a.Value)),
        IDictionary other => other.Keys.Cast<object>()
            .Select(key => new ReportFact($"Annotation {key}", ObjectProperties.Plain(other[key]) ?? "")),
        PSObject bag => ObjectProperties.Of(bag)!.Names
            .Select(name => new ReportFact($"Annotation {name}", ObjectProperties.Of(bag)!.Text(name) ?? "")),
        _ => [],
    };

    private static bool Is(string? text, string word) => string.Equals(text, word, StringComparison.OrdinalIgnoreCase);
}
