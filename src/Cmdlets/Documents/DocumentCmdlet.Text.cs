using SigstorePS.Documents;

namespace SigstorePS.Commands;

/// <content>Text of the pipeline, put together again.</content>
public abstract partial class DocumentCmdlet
{
    private void Collect(string line)
    {
        if (_lines.Length + line.Length > Limits.Document)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SigstoreException(SigstoreErrorCode.LimitExceeded, $"The text is longer than {Limits.Document} bytes."), null));
        }

        _lines.Append(line).Append('\n');
    }

    private void EndText()
    {
        if (_lines.Length == 0)
        {
            return;
        }

        string text = _lines.ToString();
        string? name = _linesOf is null ? null : Paths.Unresolved(_linesOf);
        _lines.Clear();
        Attempt(name, () =>
        {
            if (_pins is not null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy, "-Pin writes into files: give -Path or -LiteralPath, not text.");
            }

            DocumentFindings findings = new(name);
            Read(DocumentText.Of(text, name), findings);
            Emit(findings);
        });
    }
}
