using System.Globalization;

namespace SigstorePS.Reports;

/// <summary>
/// When signatures were made, by the word of whom: a lane for each kind of witness, a dot for each result or for those that
/// are too close to be told apart.
/// </summary>
internal static class HtmlTimeline
{
    private const int Left = 172;
    private const int Right = 976;
    private const int Lane = 46;
    private const int Top = 16;
    private const int Bins = 134;
    private const int Ticks = 6;

    private static readonly TimeSpan[] Steps =
    [
        .. ((int[])[1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200]).Select(static s => TimeSpan.FromSeconds(s)),
        .. ((int[])[1, 2, 5, 7, 14, 30, 61, 91, 183, 365, 730]).Select(static d => TimeSpan.FromDays(d)),
    ];

    private static readonly (string Type, string Name, string Style)[] Lanes =
        [("Tlog", "Transparency log", "log"), ("TimestampAuthority", "Timestamp authority", "tsa")];

    public static void Write(Markup page, Report report)
    {
        (ReportRow Row, ReportTime Time)[] seen =
        [
            .. report.Rows.SelectMany(static row => row.Times.Where(static t => Lanes.Any(lane => lane.Type == t.Type))
                .GroupBy(static t => t.Type).Select(group => (row, group.MinBy(static t => t.Time)!))),
        ];
        if (seen.Length == 0)
        {
            return;
        }

        var lanes = Lanes.Where(lane => seen.Any(s => s.Time.Type == lane.Type)).ToArray();
        (DateTimeOffset from, DateTimeOffset to) = Range(seen.Select(static s => s.Time.Time));
        int bottom = Top + (Lane * lanes.Length);
        int without = report.Rows.Count - seen.Select(static s => s.Row).Distinct().Count();
        page.Open("section", ("class", "timeline")).Open("h2").Text("When it was signed").Close().Line();
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Times of signing"));
        page.Open("svg", ("viewBox", $"0 0 1000 {bottom + 34}"), ("role", "img"),
            ("aria-label", $"{seen.Length} times of signing from {Stamp(from)} to {Stamp(to)}")).Line();
        TimeSpan step = Steps.FirstOrDefault(s => (to - from) / s <= Ticks, TimeSpan.FromDays(3653));
        for (long at = (from.UtcTicks + step.Ticks - 1) / step.Ticks; at * step.Ticks <= to.UtcTicks; at++)
        {
            Tick(page, new DateTimeOffset(at * step.Ticks, TimeSpan.Zero), from, to, bottom, step);
        }

        for (int i = 0; i < lanes.Length; i++)
        {
            double y = Top + (Lane * (i + 0.5));
            page.Open("text", ("x", "0"), ("y", Markup.Number(y + 4)), ("class", "lane")).Text(lanes[i].Name).Close();
            page.Open("line", ("class", "axis"), ("x1", $"{Left}"), ("x2", $"{Right}"), ("y1", Markup.Number(y)),
                ("y2", Markup.Number(y)));
            Dots(page, seen.Where(s => s.Time.Type == lanes[i].Type), from, to, y, lanes[i].Style);
        }

        page.Close().Close();
        page.Put("p", "note", without == 0
            ? "Each dot is a result; a larger one is several. Point at it to see which."
            : $"Each dot is a result; a larger one is several. {Report.Grouped(without)} {(without == 1 ? "result has" : "results have")} no time "
                + "that a log or an authority vouches for.");
        page.Close().Line();
    }

    private static void Dots(
        Markup page, IEnumerable<(ReportRow Row, ReportTime Time)> seen, DateTimeOffset from, DateTimeOffset to,
        double y, string style)
    {
        foreach (var bin in seen.GroupBy(s => (int)(Bins * ((s.Time.Time - from) / (to - from)))).OrderBy(static g => g.Key))
        {
            int count = bin.Count();
            (ReportRow row, ReportTime time) = bin.MinBy(static s => s.Time.Time);
            double x = Left + ((Right - Left) * (bin.Average(s => (s.Time.Time - from) / (to - from))));
            bool bad = bin.Any(static s => s.Row.Verdict == Verdict.Failed);
            page.Open("g").Put("title", null, count == 1
                ? $"{Stamp(time.Time)} · {VisibleText.Of(row.Subject, 160)} · {VisibleText.Of(time.Source, 80)}"
                : $"{Report.Grouped(count)} results, the first at {Stamp(time.Time)}");
            page.Open("circle", ("class", bad ? $"{style} bad" : style), ("cx", Markup.Number(x)), ("cy", Markup.Number(y)),
                ("r", Markup.Number(Math.Min(5 + (1.8 * Math.Sqrt(count - 1)), 19)))).Close();
        }
    }

    private static void Tick(
        Markup page, DateTimeOffset time, DateTimeOffset from, DateTimeOffset to, int bottom, TimeSpan step)
    {
        double x = Left + ((Right - Left) * ((time - from) / (to - from)));
        string anchor = x > Right - 40 ? "end" : x < Left + 40 ? "start" : "middle";
        string format = step.TotalDays >= 1 ? "d MMM yyyy" : step.TotalMinutes >= 1 ? "d MMM HH:mm" : "HH:mm:ss";
        page.Open("line", ("class", "tick"), ("x1", Markup.Number(x)), ("x2", Markup.Number(x)), ("y1", $"{Top - 8}"),
            ("y2", $"{bottom + 4}"));
        page.Open("text", ("x", Markup.Number(x)), ("y", $"{bottom + 22}"), ("text-anchor", anchor))
            .Text(time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture)).Close();
    }

    /// <summary>From the first to the last with some room; a single moment gets an hour, and the calendar an end.</summary>
    private static (DateTimeOffset From, DateTimeOffset To) Range(IEnumerable<DateTimeOffset> times)
    {
        DateTimeOffset[] all = [.. times];
        (long from, long to) = (all.Min().UtcTicks, all.Max().UtcTicks);
        long room = Math.Max((to - from) / 50, from == to ? TimeSpan.TicksPerHour / 2 : TimeSpan.TicksPerSecond);
        return (new(Math.Max(from - room, 0), TimeSpan.Zero),
            new(Math.Min(to + room, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero));
    }

    private static string Stamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
