using System.Collections;
using System.Collections.ObjectModel;
using SigstorePS.CmdletHost;

namespace System.Management.Automation;

/// <summary>There is no language here: what a script would do, a test says in C#.</summary>
public class ScriptBlock
{
    private readonly string _text;
    private readonly Func<IReadOnlyDictionary<string, object?>, IReadOnlyList<object?>, IEnumerable<object?>>? _body;

    internal ScriptBlock(
        string text, Func<IReadOnlyDictionary<string, object?>, IReadOnlyList<object?>, IEnumerable<object?>>? body)
    {
        _text = text;
        _body = body;
    }

    public static ScriptBlock Create(string script) => new(script, null);

    public Collection<PSObject> InvokeWithContext(
        IDictionary? functionsToDefine, List<PSVariable>? variablesToDefine, params object?[] args) =>
        Run(functionsToDefine?.Count ?? 0, variablesToDefine, args);

    public Collection<PSObject> InvokeWithContext(
        Dictionary<string, ScriptBlock>? functionsToDefine, List<PSVariable>? variablesToDefine, params object?[] args) =>
        Run(functionsToDefine?.Count ?? 0, variablesToDefine, args);

    public override string ToString() => _text;

    private Collection<PSObject> Run(int functions, List<PSVariable>? variables, object?[] args)
    {
        if (_body is null || functions > 0)
        {
            throw new GapException("running a script");
        }

        Collection<PSObject> said = [];
        foreach (object? one in _body((variables ?? []).ToDictionary(static v => v.Name, static v => v.Value), args))
        {
            said.Add(one is null ? null! : PSObject.AsPSObject(one));
        }

        return said;
    }
}
