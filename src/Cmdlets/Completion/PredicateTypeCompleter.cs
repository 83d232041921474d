using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -PredicateType: cosign's short names, each with the URI it stands for.</summary>
public sealed class PredicateTypeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        return InToto.PredicateType.ShortNames
            .Where(n => n.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                || n.Value.Contains(word, StringComparison.OrdinalIgnoreCase))
            .Select(static n => new CompletionResult(
                Quoting.Quote(n.Key), n.Key, CompletionResultType.ParameterValue, n.Value));
    }
}
