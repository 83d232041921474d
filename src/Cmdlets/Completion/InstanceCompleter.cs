using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -Instance: the private deployments that were set up.</summary>
public sealed class InstanceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        return RunspaceState.Current.Engine.Trust.Instances.Names()
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(static name => new CompletionResult(
                Quoting.Quote(name), name, CompletionResultType.ParameterValue, "private deployment"));
    }
}
