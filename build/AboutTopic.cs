using System.Text;
using System.Text.RegularExpressions;

namespace SigstorePS.Build;

/// <summary>
/// An about topic as Get-Help shows it: plain text, 80 columns, headings in capitals, the text below them indented.
/// Get-Help takes the fifth line for the synopsis of the topic: the one below SHORT DESCRIPTION.
/// </summary>
internal static partial class AboutTopic
{
    private const int Width = 80;
    private const string Indent = "    ";

    public static string FromMarkdown(string markdown)
    {
        StringBuilder text = new();
        List<string> paragraph = [];
        List<string[]> table = [];
        bool code = false;
        bool heading = false;

        void Flush()
        {
            if (paragraph.Count > 0)
            {
                Match item = ListMark().Match(paragraph[0]);
                string hang = new(' ', item.Length);
                Wrap(text, Plain(string.Join(' ', paragraph.Select(static l => l.Trim()))), Indent, Indent + hang);
                paragraph.Clear();
            }

            WriteTable(text, table);
            table.Clear();
        }

        foreach (string line in WithoutFrontMatter(markdown))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                Flush();
                code = !code;
            }
            else if (code)
            {
                text.Append((Indent + Indent + line).TrimEnd()).Append('\n');
            }
            else if (line.StartsWith('#'))
            {
                Flush();
                WriteHeading(text, line);
                heading = true;
                continue;
            }
            else if (line.StartsWith('|'))
            {
                table.Add([.. Bar().Split(line.Trim('|', ' ')).Select(static c => Plain(c.Trim()))]);
            }
            else if (line.Trim().Length == 0)
            {
                Flush();
                text.Append(heading ? string.Empty : "\n");
                continue;
            }
            else
            {
                if (ListMark().IsMatch(line))
                {
                    Flush();
                }

                paragraph.Add(line);
            }

            heading = false;
        }

        Flush();
        return Blank().Replace(text.ToString(), "\n\n").Trim('\n') + "\n";
    }

    private static IEnumerable<string> WithoutFrontMatter(string markdown)
    {
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        int end = lines[0] == "---" ? Array.IndexOf(lines, "---", 1) : -1;
        return lines.Skip(end + 1);
    }

    private static void WriteHeading(StringBuilder text, string line)
    {
        string title = Plain(line.TrimStart('#').Trim());
        string level = line[..^line.TrimStart('#').Length];
        text.Append('\n').Append(level.Length switch
        {
            1 => $"TOPIC\n{Indent}{title}",
            2 => title.ToUpperInvariant(),
            _ => "  " + title,
        }).Append('\n');
    }

    /// <summary>Columns where they fit, else each row as a term with its explanations below.</summary>
    private static void WriteTable(StringBuilder text, List<string[]> table)
    {
        string[][] rows = [.. table.Where(static r => !r.All(static c => c.Trim('-', ':').Length == 0))];
        if (rows.Length == 0)
        {
            return;
        }

        int[] widths = [.. Enumerable.Range(0, rows.Max(static r => r.Length))
            .Select(i => rows.Max(r => i < r.Length ? r[i].Length : 0))];
        if (Indent.Length + widths.Sum() + (2 * (widths.Length - 1)) <= Width)
        {
            foreach (string[] row in rows)
            {
                string columns = string.Join("  ", row.Select((c, i) => c.PadRight(widths[i])));
                text.Append((Indent + columns).TrimEnd()).Append('\n');
            }

            return;
        }

        foreach (string[] row in rows.Skip(1))
        {
            Wrap(text, row[0], Indent, Indent);
            for (int i = 1; i < row.Length; i++)
            {
                if (row[i].Length > 0)
                {
                    Wrap(text, $"{rows[0][i]}: {row[i]}", Indent + Indent, Indent + Indent + "  ");
                }
            }
        }
    }

    private static void Wrap(StringBuilder text, string words, string first, string next)
    {
        string line = first;
        bool empty = true;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!empty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line = next;
                empty = true;
            }

            line += empty ? word : " " + word;
            empty = false;
        }

        text.Append(line).Append('\n');
    }

    private static string Plain(string markdown) =>
        Emphasis().Replace(Link().Replace(markdown, "$1 ($2)"), "$2").Replace("\\|", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*([-*]|\d+\.)\s+")]
    private static partial Regex ListMark();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"\[([^\]]+)\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(`|\*\*)(.+?)\1")]
    private static partial Regex Emphasis();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex Blank();
}
