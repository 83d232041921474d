using SigstorePS.Documents;
using SigstorePS.Operations;
using SigstorePS.Reports;

namespace SigstorePS.Commands;

/// <content>Writing the digests that were verified into files.</content>
public abstract partial class DocumentCmdlet
{
    /// <summary>All or nothing unless told: a file that is pinned by half looks as if it were pinned.</summary>
    private void WritePins(string file, byte[] content, DocumentText document, DocumentPins pinned)
    {
        pinned.Problems.ToList().ForEach(problem => WriteError(ErrorRecords.From(problem, file)));
        if (pinned.Problems.Count > 0 && !AllowPartial)
        {
            return;
        }

        // Reading it again is the proof that the digests stand where the references are, and nowhere else.
        DocumentFindings after = new(file);
        Read(document with { Text = pinned.Text }, after);
        if (!after.Entries.Select(static e => e.Image?.Reference).SequenceEqual(pinned.Expected))
        {
            throw new SigstoreException(
                SigstoreErrorCode.DocumentUnresolved, $"'{file}' cannot be pinned: a reference is used in another place as well.");
        }

        string question = string.Concat(pinned.Lines.Select(
            static l => $"\nline {l.Line}\n- {Shown(l.Before)}\n+ {Shown(l.After)}"));
        if (pinned.Lines.Count > 0
            && !ShouldProcess(
                $"Pin {pinned.Lines.Count} lines of '{file}':{question}", $"Pin images in '{file}'?{question}", "Pin images"))
        {
            return;
        }

        if (pinned.Lines.Count > 0)
        {
            byte[] written = document.Encode(pinned.Text);
            Await(cancel => DocumentFile.ReplaceAsync(file, content, written, cancel));
        }

        foreach (SourceImage image in after.Entries.Select(static e => e.Image).OfType<SourceImage>())
        {
            WriteObject(image);
        }
    }

    /// <summary>What is approved must be what is seen: an override of the direction of writing shows another line.</summary>
    private static string Shown(string line) => VisibleText.Of(line);
}
