using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Completes predicate types: cosign's short names.</summary>
public sealed class PredicateTypeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string typed = Quoting.Strip(wordToComplete);
        return PredicateTypes.ShortNames
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(static name => new CompletionResult(name, name, CompletionResultType.ParameterValue, name));
    }
}
