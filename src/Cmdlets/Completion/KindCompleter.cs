using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SigstorePS.Documents;

namespace SigstorePS.Commands;

/// <summary>Completes -ImagePath: kinds that are known, to give them more paths.</summary>
public sealed class KindCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        ImagePaths.Kinds
            .Where(kind => kind.StartsWith(Quoting.Strip(wordToComplete), StringComparison.OrdinalIgnoreCase))
            .Select(static kind => new CompletionResult(
                Quoting.Quote($"{kind}:.spec.image"), kind, CompletionResultType.ParameterValue, kind));
}
