using System.Collections;
using System.Management.Automation.Language;
using SigstorePS.CmdletHost;

namespace System.Management.Automation
{
    public interface IArgumentCompleter
    {
        IEnumerable<CompletionResult> CompleteArgument(
            string commandName,
            string parameterName,
            string wordToComplete,
            CommandAst? commandAst,
            IDictionary fakeBoundParameters);
    }

    public class CompletionResult(
        string completionText, string listItemText, CompletionResultType resultType, string toolTip)
    {
        public CompletionResult(string completionText)
            : this(completionText, completionText, CompletionResultType.Text, completionText)
        {
        }

        public string CompletionText { get; } = NotEmpty(completionText);

        public string ListItemText { get; } = NotEmpty(listItemText);

        public CompletionResultType ResultType { get; } = resultType;

        // The real one refuses empty texts with an exception that breaks the whole completion.
        public string ToolTip { get; } = NotEmpty(toolTip);

        private static string NotEmpty(string text) =>
            string.IsNullOrEmpty(text) ? throw new PSArgumentNullException(nameof(text)) : text;
    }

    public static class CompletionCompleters
    {
        public static IEnumerable<CompletionResult> CompleteFilename(string fileName) =>
            Session.Current?.Paths.Complete(fileName) ?? [];
    }

    public enum CompletionResultType
    {
        Text = 0,
        History = 1,
        Command = 2,
        ProviderItem = 3,
        ProviderContainer = 4,
        Property = 5,
        Method = 6,
        ParameterName = 7,
        ParameterValue = 8,
        Variable = 9,
        Namespace = 10,
        Type = 11,
        Keyword = 12,
        DynamicKeyword = 13,
    }
}

namespace System.Management.Automation.Language
{
    // The stand-in parses no scripts: completers are handed null. The types are here for the signature alone.
    public abstract class Ast
    {
        internal Ast()
        {
        }
    }

    public abstract class StatementAst : Ast
    {
        internal StatementAst()
        {
        }
    }

    public abstract class CommandBaseAst : StatementAst
    {
        internal CommandBaseAst()
        {
        }
    }

    public class CommandAst : CommandBaseAst
    {
        internal CommandAst()
        {
        }
    }
}
