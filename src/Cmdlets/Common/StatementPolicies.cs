using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Policies as -Policy takes them: script blocks, and files of JSON Schema, Rego or CUE.</summary>
internal sealed class StatementPolicies(SigstoreCmdlet cmdlet, PathResolver paths)
{
    /// <exception cref="SigstoreException">
    /// InvalidValue, PolicyFailed, PolicyProgramMissing, PathNotFound, FileUnavailable, LimitExceeded.
    /// </exception>
    public IReadOnlyList<IStatementPolicy> Read(object[] policies) => [.. policies.Select(Read)];

    private IStatementPolicy Read(object policy) => KeyArguments.Unwrap(policy) switch
    {
        ScriptBlock script => new ScriptPolicy(cmdlet, script),
        FileInfo file => OfFile(file.FullName),
        string text when text.AsSpan().TrimStart().StartsWith('{') => Schema("JSON Schema", Encoding.UTF8.GetBytes(text)),
        string path => OfFile(path),
        PSObject item when ObjectValues.Exact(item, "FullName") is { } path => OfFile(path),
        var other => throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"-Policy takes script blocks and files that end in .json, .rego or .cue, not a {other.GetType().Name}."),
    };

    private IStatementPolicy OfFile(string path)
    {
        string name = Path.GetFileName(path);
        string? search = cmdlet.Engine.Options.Environment("PATH");
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => Schema(name, Content()),
            ".rego" => PolicyPrograms.Rego(name, Content(), search),
            ".cue" => PolicyPrograms.Cue(name, Content(), search),
            _ => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{path}' is no policy: give a script block, or a file that ends in .json (JSON Schema), .rego or .cue."),
        };

        byte[] Content() => paths.Read(path, Limits.Policy);
    }

    private SchemaPolicy Schema(string name, byte[] schema)
    {
        PolicySchema.Check(name, schema);
        return new SchemaPolicy(cmdlet, name, Encoding.UTF8.GetString(schema));
    }
}
