using SigstorePS.Encodings;

namespace SigstorePS.Documents;

/// <summary>YAML and JSON documents, and what their nodes are.</summary>
internal static class YamlDocuments
{
    /// <summary>All documents of a text; one that is empty gives none.</summary>
    /// <exception cref="SigstoreException">MalformedDocument.</exception>
    public static IReadOnlyList<YamlNode> Read(DocumentText document, DocumentFindings findings)
    {
        try
        {
            return [.. Yaml.Reader.Read(document.Text, YamlRules.Documents).Where(static d => !d.IsNull)];
        }
        catch (FormatException e)
        {
            string advice = document.Text.Contains("{{", StringComparison.Ordinal)
                ? "; it has {{ }} of a template: render it first, with 'helm template' say" : string.Empty;
            throw new SigstoreException(
                SigstoreErrorCode.MalformedDocument, $"{DocumentText.Shown(document.Name)}, {e.Message}{advice}.", e);
        }
    }

    public static YamlNode? Member(this YamlNode? node, string name) => node?.Members?.GetValueOrDefault(name);

    /// <summary>A text that says something; null: none, or not a text.</summary>
    public static string? Value(this YamlNode? node) =>
        node is null || node.IsNull || string.IsNullOrWhiteSpace(node.Text) ? null : node.Text;

    public static bool IsMissing(this YamlNode? node) => node is null || node.IsNull;

    /// <summary>
    /// Where a text that stands in the document ends, so that more can follow it within its quotes; -1: it is written
    /// in another way, with escapes or over lines.
    /// </summary>
    public static int EndOf(YamlNode scalar, string document)
    {
        int at = scalar.Start;
        if (scalar.Text is not { Length: > 0 } text || scalar.Line == 0)
        {
            return -1;
        }

        // An anchor or a tag stands before the text.
        while (at < document.Length && document[at] is '&' or '!')
        {
            while (at < document.Length && !char.IsWhiteSpace(document[at]))
            {
                at++;
            }

            while (at < document.Length && document[at] is ' ' or '\t')
            {
                at++;
            }
        }

        bool quoted = at < document.Length && document[at] is '"' or '\'';
        int start = quoted ? at + 1 : at;
        int end = start + text.Length;
        return start <= document.Length && document.AsSpan(start).StartsWith(text)
            && (!quoted || (end < document.Length && document[end] == document[at]))
            ? end : -1;
    }

    /// <summary>Why nothing can follow a text; null: something can.</summary>
    public static string? FixedBy(int end) =>
        end < 0 ? "it is written with escapes, over lines or as a block, or is not in a file" : null;
}
