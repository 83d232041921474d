using System.Text;
using SigstorePS.Oci;

namespace SigstorePS.Documents;

/// <summary>A line before and after.</summary>
internal sealed record ChangedLine(long Line, string Before, string After);

/// <summary>A document whose references end in the digests that were verified; nothing else of it is touched.</summary>
/// <param name="Text">The changed text.</param>
/// <param name="Expected">The references that reading it again must give, in order.</param>
/// <param name="Problems">What could not be pinned; empty: all is.</param>
internal sealed record DocumentPins(
    string Text, IReadOnlyList<ChangedLine> Lines, IReadOnlyList<string?> Expected, IReadOnlyList<SigstoreException> Problems)
{
    /// <summary>Puts <c>@digest</c> behind every reference that has none.</summary>
    public static DocumentPins Of(DocumentText document, DocumentFindings findings, VerifiedDigests digests)
    {
        SortedDictionary<int, string> inserts = [];
        List<string?> expected = [];
        List<SigstoreException> problems = [];
        foreach (DocumentEntry entry in findings.Entries)
        {
            if (entry.Image is not { } image)
            {
                problems.Add(entry.Failure!);
                expected.Add(null);
                continue;
            }

            try
            {
                if (ImageReference.Parse(image.Reference).Digest is not null)
                {
                    expected.Add(image.Reference);
                    continue;
                }
            }
            catch (SigstoreException e)
            {
                problems.Add(e);
                expected.Add(image.Reference);
                continue;
            }

            (Crypto.Digest? digest, string? why) = digests.Find(image.Reference);
            why ??= entry.Fixed ?? (entry.InsertAt < 0 ? "is not in a file" : null);
            if (why is not null)
            {
                problems.Add(new SigstoreException(
                    SigstoreErrorCode.DocumentUnresolved,
                    $"{DocumentText.Shown(document.Name)}, line {image.Line}: '{image.Reference}' cannot be pinned: {why}."));
                expected.Add(image.Reference);
                continue;
            }

            inserts[entry.InsertAt] = $"@{digest}";
            expected.Add($"{image.Reference}@{digest}");
        }

        return new DocumentPins(Insert(document.Text, inserts), Changes(document.Text, inserts), expected, problems);
    }

    private static string Insert(string text, SortedDictionary<int, string> inserts)
    {
        StringBuilder changed = new();
        int from = 0;
        foreach ((int at, string insert) in inserts)
        {
            changed.Append(text, from, at - from).Append(insert);
            from = at;
        }

        return changed.Append(text, from, text.Length - from).ToString();
    }

    private static List<ChangedLine> Changes(string text, SortedDictionary<int, string> inserts)
    {
        List<ChangedLine> lines = [];
        int line = 1;
        int counted = 0;
        foreach (IGrouping<int, KeyValuePair<int, string>> group in inserts.GroupBy(i => LineStart(text, i.Key)))
        {
            int start = group.Key;
            line += text.AsSpan(counted, start - counted).Count('\n');
            counted = start;
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            string before = text[start..end];
            SortedDictionary<int, string> inLine = new(group.ToDictionary(i => i.Key - start, static i => i.Value));
            lines.Add(new ChangedLine(line, before.TrimEnd('\r'), Insert(before, inLine).TrimEnd('\r')));
        }

        return lines;
    }

    private static int LineStart(string text, int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
}
