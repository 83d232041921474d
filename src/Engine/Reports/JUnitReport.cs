using System.Globalization;
using System.Text;
using System.Xml;

namespace SigstorePS.Reports;

/// <summary>
/// JUnit's XML as Jenkins, Azure Pipelines and GitLab read it (the attributes and elements that junit-10.xsd of Jenkins
/// allows). A suite for each kind of result and repository, a test case for each result.
/// </summary>
internal static class JUnitReport
{
    private const int Message = 400;
    private const int Body = 8192;

    public static string Write(Report report)
    {
        StringBuilder text = new();
        using (StringWriter target = new(text, CultureInfo.InvariantCulture))
        using (XmlWriter xml = XmlWriter.Create(target, new XmlWriterSettings
        {
            Indent = true, NewLineChars = "\n", NewLineHandling = NewLineHandling.Entitize, OmitXmlDeclaration = true,
        }))
        {
            // A StringWriter would have the declaration say UTF-16.
            xml.WriteRaw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            xml.WriteStartElement("testsuites");
            Attribute(xml, "name", report.Title);
            Counts(xml, report.Rows);
            if (report.Rows.Count == 0)
            {
                Suite(xml, report, 0, report.Sentence, []);
            }

            int id = 0;
            foreach (IGrouping<string, ReportRow> suite in report.Rows.GroupBy(
                static r => r.Group.Length == 0 ? r.Kind : $"{r.Kind}: {r.Group}", StringComparer.Ordinal))
            {
                Suite(xml, report, id++, suite.Key, [.. suite]);
            }

            xml.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    private static void Suite(XmlWriter xml, Report report, int id, string name, IReadOnlyList<ReportRow> rows)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", name);
        Attribute(xml, "id", id.ToString(CultureInfo.InvariantCulture));
        Counts(xml, rows);
        Attribute(xml, "skipped", Number(rows.Count(static r => r.Verdict == Verdict.Warned)));
        Attribute(xml, "timestamp", report.Created.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        xml.WriteStartElement("properties");
        Property(xml, "state", report.State);
        Property(xml, "tool", $"SigstorePS {report.Version}");
        foreach (string check in rows.SelectMany(static r => r.Skipped)
            .Select(static c => $"{c.Name} ({c.Evidence})").Distinct(StringComparer.Ordinal).Take(100))
        {
            Property(xml, "skipped-check", check);
        }

        xml.WriteEndElement();
        foreach (ReportRow row in rows)
        {
            Case(xml, row);
        }

        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, ReportRow row)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "name", row.Title);
        Attribute(xml, "classname", row.Group.Length == 0 ? row.Kind : $"{row.Kind}.{row.Group}");
        Attribute(xml, "time", "0");
        if (row.Verdict != Verdict.Verified)
        {
            // Neither a failure nor a pass: JUnit has nothing else for what a policy only warns about.
            xml.WriteStartElement(row.Verdict == Verdict.Warned ? "skipped" : "failure");
            if (row.Verdict == Verdict.Failed)
            {
                Attribute(xml, "type", row.Code);
            }

            Attribute(xml, "message", VisibleText.Of($"{row.Code}: {row.Reason}", Message));
            xml.WriteString(VisibleText.Of(row.Reason, Body));
            xml.WriteEndElement();
        }

        List<string> lines = [.. Lines(row).Select(static line => VisibleText.Of(line, Body))];
        xml.WriteElementString("system-out", string.Join('\n', lines));
        xml.WriteEndElement();
    }

    private static IEnumerable<string> Lines(ReportRow row)
    {
        yield return $"Result: {row.Code}";
        if (row.Signer is not null)
        {
            yield return $"Signer: {row.Signer}{(row.Issuer is null ? "" : $" (issuer {row.Issuer})")}";
        }

        if (row.Signed is { } signed)
        {
            string time = signed.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            yield return $"Signed: {time} ({signed.Type} {signed.Source})";
        }

        foreach (ReportSource source in row.Sources)
        {
            yield return $"Source: {source}";
        }

        foreach (ReportCheck check in row.Checks)
        {
            yield return $"Check {(check.IsSkipped ? "SKIPPED" : "passed")}: {check.Name} ({check.Evidence})";
        }

        foreach (ReportCandidate candidate in row.Candidates)
        {
            yield return $"Signature {(candidate.Verified ? "verified" : candidate.Code)}: {candidate.Place} "
                + $"{candidate.Reference} {candidate.Text}";
        }
    }

    private static void Counts(XmlWriter xml, IReadOnlyList<ReportRow> rows)
    {
        Attribute(xml, "tests", Number(rows.Count));
        Attribute(xml, "failures", Number(rows.Count(static r => r.Verdict == Verdict.Failed)));
        Attribute(xml, "errors", "0");
        Attribute(xml, "time", "0");
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        Attribute(xml, "name", name);
        Attribute(xml, "value", value);
        xml.WriteEndElement();
    }

    /// <summary>Whatever XML cannot hold (section 2.2 of XML 1.0) is visible by then.</summary>
    private static void Attribute(XmlWriter xml, string name, string value) =>
        xml.WriteAttributeString(name, VisibleText.Of(value, Body));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
