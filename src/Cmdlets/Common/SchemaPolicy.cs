using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>A JSON Schema as a policy: PowerShell's own Test-Json says whether the statement fits it.</summary>
internal sealed class SchemaPolicy(SigstoreCmdlet cmdlet, string name, string schema) : IStatementPolicy
{
    /// <summary>
    /// By its full name, because a function of the session could have the short one; the texts are arguments and never
    /// part of the script. First the verdict, then what does not fit.
    /// </summary>
    private const string Script =
        """
        param([string] $Json, [string] $Schema)
        Microsoft.PowerShell.Utility\Test-Json -Json $Json -Schema $Schema -ErrorAction Ignore -ErrorVariable problems
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

    private void Judge(Collection<PSObject> said)
    {
        switch (said.FirstOrDefault()?.BaseObject)
        {
            case true when said.Count == 1:
                return;
            case false:
                throw new SigstoreException(
                    SigstoreErrorCode.PolicyViolation,
                    $"The policy '{name}' is not satisfied: {string.Join(" ", said.Skip(1).Select(static p => p?.ToString()))}");
            default:
                throw Failed("Test-Json gave no verdict", null);
        }
    }

    private SigstoreException Failed(string why, Exception? inner) =>
        new(SigstoreErrorCode.PolicyFailed, $"The policy '{name}' cannot be evaluated: {why}", inner);
}
