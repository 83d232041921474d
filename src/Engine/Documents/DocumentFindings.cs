using SigstorePS.Encodings;

namespace SigstorePS.Documents;

/// <summary>One image of a document, or why one could not be told.</summary>
/// <param name="Image">Null: it could not be told.</param>
/// <param name="Failure">Why; null with an image.</param>
/// <param name="InsertAt">Where in the text the reference ends, so that a digest can follow it; -1: nowhere.</param>
/// <param name="Fixed">Why no digest can follow it; null: it can.</param>
internal sealed record DocumentEntry(SourceImage? Image, SigstoreException? Failure, int InsertAt = -1, string? Fixed = null);

/// <summary>What is found in one document, in its order. An image that cannot be told is an entry, too.</summary>
/// <param name="name">The file; null for text of the pipeline.</param>
internal sealed class DocumentFindings(string? name)
{
    private int _visited;

    public string? Name { get; } = name;

    public List<DocumentEntry> Entries { get; } = [];

    /// <summary>What whoever asked should know beside the images.</summary>
    public List<EngineReport> Notes { get; } = [];

    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public void Add(SourceImage image, int insertAt = -1, string? fixedBy = null) =>
        Add(new DocumentEntry(image, null, insertAt, fixedBy));

    /// <summary>An image that the document alone does not tell: it must never just be missing.</summary>
    public void Unresolved(long line, string what) =>
        Add(new DocumentEntry(null, new SigstoreException(SigstoreErrorCode.DocumentUnresolved, At(line, what))));

    public void Warn(long line, string what) => Notes.Add(EngineReport.Warning(PlainText.Clean(At(line, what))));

    public void Tell(long line, string what) => Notes.Add(EngineReport.Verbose(PlainText.Clean(At(line, what))));

    /// <summary>The document as a whole cannot be read: nothing of it is trusted.</summary>
    public SigstoreException Malformed(long line, string what) =>
        new(SigstoreErrorCode.MalformedDocument, At(line, what));

    /// <summary>
    /// Counts a step of a walk over nodes. An alias is its node, so nine lines can be a tree that never ends and a
    /// chain of aliases a tree as deep as the file is long.
    /// </summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public void Visit(YamlNode node, int depth)
    {
        if (++_visited > Limits.DocumentNodes || depth > Limits.DocumentDepth * 2)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, At(node.Line, "aliases make it larger or deeper than can be read"));
        }
    }

    private void Add(DocumentEntry entry)
    {
        if (Entries.Count >= Limits.DocumentImages)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{DocumentText.Shown(Name)} names more than {Limits.DocumentImages} images.");
        }

        Entries.Add(entry);
    }

    private string At(long line, string what) =>
        $"{DocumentText.Shown(Name)}{(line > 0 ? $", line {line}" : string.Empty)}: {what}.";
}
