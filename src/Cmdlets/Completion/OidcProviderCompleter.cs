using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -OidcProvider, those of this environment first.</summary>
public sealed class OidcProviderCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        return RunspaceState.Current.Engine.Identity.Providers
            .Where(p => p.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(static p => p.IsEnabled)
            .Select(static p => new CompletionResult(
                Quoting.Quote(p.Name), p.Name, CompletionResultType.ParameterValue,
                p.IsEnabled ? $"here: {p.Description}" : p.Description));
    }
}
