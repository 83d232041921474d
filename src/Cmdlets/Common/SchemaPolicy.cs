using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>A JSON Schema as a policy: PowerShell's own Test-Json says whether the statement fits it.</summary>
internal sealed class SchemaPolicy(SigstoreCmdlet cmdlet, string name, string schema) : IStatementPolicy
{
    /// <summary>What Test-Json calls a text that does not fit; any other error of it is no verdict.</summary>
    private const string DoesNotFit = "InvalidJsonAgainstSchema";

    /// <summary>
    /// By its full name, because a function of the session could have the short one; the texts are arguments and never
    /// part of the script. The verdict, then the errors, which are told once and not left in $Error as well.
    /// </summary>
    private const string Script =
        """
        param([string] $Json, [string] $Schema)
        Microsoft.PowerShell.Utility\Test-Json -Json $Json -Schema $Schema -ErrorAction SilentlyContinue -ErrorVariable problems
        foreach ($problem in $problems) { $global:Error.Remove($problem) }
        $problems
        """;

    public string Name => name;

    /// <inheritdoc/>
    public Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel) => cmdlet.AskAsync(
        () =>
        {
            Judge(Run(Encoding.UTF8.GetString(statement.Span)));
            return true;
        },
        cancel);

    private Collection<PSObject> Run(string statement)
    {
        try
        {
            return ScriptBlock.Create(Script).InvokeWithContext(null, [], [statement, schema]);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            throw Failed(e.Message, e);
        }
    }

    /// <summary>
    /// True counts only without an error: for a schema that it cannot parse, Test-Json says so and then $true.
    /// </summary>
    private void Judge(Collection<PSObject> said)
    {
        List<ErrorRecord> problems = [.. said.Select(static s => s?.BaseObject).OfType<ErrorRecord>()];
        if (problems.Find(static p => !p.FullyQualifiedErrorId.StartsWith(DoesNotFit, StringComparison.Ordinal)) is { } bad)
        {
            throw Failed(bad.Exception.Message, bad.Exception);
        }

        List<object?> verdict = [.. said.Select(static s => s?.BaseObject).Where(static s => s is not ErrorRecord)];
        if (verdict is not [bool fits])
        {
            throw Failed("Test-Json gave no verdict", null);
        }

        if (!fits || problems.Count > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PolicyViolation,
                $"The policy '{name}' is not satisfied: {string.Join(" ", problems.Select(static p => p.Exception.Message))}");
        }
    }

    private SigstoreException Failed(string why, Exception? inner) =>
        new(SigstoreErrorCode.PolicyFailed, $"The policy '{name}' cannot be evaluated: {why}", inner);
}
