using SigstorePS.Reports;

namespace SigstorePS.Commands;

/// <summary>
/// Results of every kind to rows of a report, by the names of their properties. What cannot be read as verified is a failed
/// row, never a missing one: a report that leaves failures out is worse than none.
/// </summary>
internal sealed class ReportInput(IReadOnlyList<ObjectProperties> sources, string root)
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly ILookup<string, ReportSource> _sources = sources
        .SelectMany(source => ((string[])["Reference", "Image", "Original"])
            .Select(source.Text).Where(static t => t is not null).Distinct(StringComparer.Ordinal)
            .Select(text => (Text: text!, Place: PlaceOf(source, root))))
        .Where(static s => s.Place is not null)
        .ToLookup(static s => s.Text, static s => s.Place!, StringComparer.Ordinal);

    /// <summary>
    /// The row of a result, of an error record with one inside, or of what is neither; null for a failure that was there
    /// before, as result and error alike.
    /// </summary>
    /// <param name="input">What came in.</param>
    /// <param name="isResult">False: it is neither, and somebody should be told.</param>
    public ReportRow? Read(object input, out bool isResult)
    {
        isResult = true;
        ObjectProperties item = ObjectProperties.Of(input)!;

        // -ErrorVariable collects the exceptions that ended a command, too.
        if (item["ErrorRecord"] is { } record && item.Text("FullyQualifiedErrorId") is null)
        {
            item = ObjectProperties.Of(record)!;
        }

        if (item.Text("FullyQualifiedErrorId") is { } id)
        {
            ObjectProperties? target = item.Inner("TargetObject");
            string message = item.Inner("ErrorDetails")?.Text("Message") ?? item.Inner("Exception")?.Text("Message") ?? item.Said;
            return target is { IsPlain: false } && ResultShape.IsResult(target)
                ? Row(target, code: id.Split(',')[0], message)
                : Seen(item) ? null : Failure(id.Split(',')[0], target?.Said, message);
        }

        if (!ResultShape.IsResult(item))
        {
            isResult = false;
            return Failure(nameof(SigstoreErrorCode.InvalidValue), item.Said, $"An object of type {item.TypeName} is no result of a verification.");
        }

        return Row(item, code: null, message: null);
    }

    /// <summary>A node of Get-ImageTree; null for anything else.</summary>
    public static ReportNode? Node(object input)
    {
        ObjectProperties item = ObjectProperties.Of(input)!;
        return item.Text("Kind") is { } kind && item.Text("Reference") is { } reference && item.Text("Digest") is { } digest
            ? new ReportNode(
                item.Number("Depth"), kind, reference, digest, item.Text("ArtifactType") ?? item.Text("MediaType"),
                item.Text("Platform"), item.Text("Storage"), item.Long("Size"))
            : null;
    }

    private ReportRow? Row(ObjectProperties item, string? code, string? message)
    {
        if (Seen(item))
        {
            return null;
        }

        string? status = code ?? item.Text("Status");
        bool policy = PolicyShape.IsOne(item);
        (Verdict verdict, string? better) = code is not null ? (Verdict.Failed, null)
            : policy ? PolicyShape.Judge(item, status) : (ResultShape.VerdictOf(item, status), null);
        status = better ?? status;
        string subject = ResultShape.Subject(item);
        string? typed = item.Text("Image");
        return new ReportRow
        {
            Kind = ResultShape.Kind(item),
            Subject = subject,
            Verdict = verdict,
            Code = verdict == Verdict.Verified ? "Verified" : status is null or "Verified" or "Passed" ? "NotVerified" : status,
            Group = ResultShape.Group(item),
            Typed = typed == subject ? null : typed,
            Digest = item.Text("Digest") ?? item.Text("Commit"),
            Platform = item.Text("Platform"),
            Detail = PolicyShape.Names(item) ?? item.Text("Policy") ?? item.Text("PolicyName") ?? item.Text("PredicateType"),
            Reason = verdict == Verdict.Verified ? null : item.Text("Reason") ?? item.Text("Message") ?? item.Text("Warnings") ?? message,
            Signer = policy ? PolicyShape.Signers(item) : item.Text("Signer"),
            Issuer = item.Text("Issuer"),
            Times = [.. item.Items("Timestamps").Select(ResultShape.Time).OfType<ReportTime>()],
            Checks = [.. policy ? PolicyShape.Checks(item) : item.Items("Checks").Select(ResultShape.Check)],
            Candidates = [.. policy ? PolicyShape.Candidates(item) : item.Items("Candidates").Select(ResultShape.Candidate)],
            Facts = ResultShape.Facts(item),
            Sources = Places(item, typed),
        };
    }

    private ReportRow Failure(string code, string? subject, string message) => new()
    {
        Kind = "Error",
        Subject = string.IsNullOrEmpty(subject) ? "(unknown)" : subject,
        Code = code.Length == 0 ? "NotVerified" : code,
        Reason = message,
        Sources = subject is null ? [] : [.. _sources[subject].Take(100)],
    };

    private ReportSource[] Places(ObjectProperties item, string? typed) =>
        PlaceOf(item, root) is { } own ? [own]
        : [.. ((string?[])[typed, item.Text("Reference")]).OfType<string>().SelectMany(t => _sources[t]).Distinct().Take(100)];

    /// <summary>Files below the current location are named from there, with slashes: as repositories name them.</summary>
    private static ReportSource? PlaceOf(ObjectProperties item, string root)
    {
        if (item.Text("File") is not { } file)
        {
            return null;
        }

        string name = file.Replace('\\', '/');
        string folder = $"{root.Replace('\\', '/').TrimEnd('/')}/";
        name = name.StartsWith(folder, StringComparison.Ordinal) ? name[folder.Length..] : name;
        return new ReportSource(name, Math.Max(item.Number("Line"), 0), Math.Max(item.Number("Column"), 0));
    }

    private bool Seen(ObjectProperties item) => !item.IsPlain && !_seen.Add(item.Identity);
}
