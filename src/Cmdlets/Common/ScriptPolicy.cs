using System.Collections.ObjectModel;
using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// A script block as a policy: <c>$_</c> is the statement, and everything it puts out must be <c>$true</c>.
/// </summary>
/// <remarks>
/// Only booleans count. Operators on an array give the elements that fit, which are true in an if: a statement with a
/// list where a policy expects one value would pass by whatever else is in the list.
/// </remarks>
internal sealed class ScriptPolicy(SigstoreCmdlet cmdlet, ScriptBlock script) : IStatementPolicy
{
    private const int NameLength = 80;

    public string Name { get; } = Shortened(script.ToString());

    /// <inheritdoc/>
    public Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel) => cmdlet.AskAsync(
        () =>
        {
            Judge(Run(StatementObject.Of(AttestationVerifier.TreeOf(statement))));
            return true;
        },
        cancel);

    private Collection<PSObject> Run(object? statement)
    {
        try
        {
            return script.InvokeWithContext(null, [new PSVariable("_", statement)], []);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PolicyFailed, $"The policy {{ {Name} }} cannot be evaluated: {e.Message}", e);
        }
    }

    private void Judge(Collection<PSObject> said)
    {
        if (said.Count == 0)
        {
            throw Violated("it puts out nothing");
        }

        foreach (PSObject? one in said)
        {
            switch (one?.BaseObject)
            {
                case true:
                    break;
                case false:
                    throw Violated("it says $false");
                case null:
                    throw Violated("it puts out nothing");
                case { } other:
                    throw Violated($"it puts out a {other.GetType().Name}, and only $true counts");
            }
        }
    }

    private SigstoreException Violated(string why) =>
        new(SigstoreErrorCode.PolicyViolation, $"The policy {{ {Name} }} is not satisfied: {why}.");

    private static string Shortened(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= NameLength ? line : $"{line[..NameLength]}…";
    }
}
