using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -CertificateIssuer: the issuers that public Fulcio takes tokens of and people sign with most.</summary>
public sealed class IssuerCompleter : IArgumentCompleter
{
    private static readonly (string Issuer, string Tip)[] Known =
    [
        ("https://token.actions.githubusercontent.com", "GitHub Actions"),
        ("https://gitlab.com", "GitLab CI"),
        ("https://accounts.google.com", "Google account or service account"),
        ("https://github.com/login/oauth", "GitHub user"),
        ("https://login.microsoftonline.com", "Microsoft account"),
        ("https://agent.buildkite.com", "Buildkite"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        return Known
            .Where(k => k.Issuer.Contains(word, StringComparison.OrdinalIgnoreCase)
                || k.Tip.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(static k => new CompletionResult(
                Quoting.Quote(k.Issuer), k.Issuer, CompletionResultType.ParameterValue, k.Tip));
    }
}
