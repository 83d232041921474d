using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SigstorePS.Samples;

/// <summary>A cmdlet that only says what was bound, so that two binders can be compared by text.</summary>
public abstract class DescribingCmdlet : PSCmdlet
{
    protected override void ProcessRecord() => WriteObject(Describe());

    protected string Describe()
    {
        IEnumerable<string> bound = MyInvocation.BoundParameters
            .OrderBy(static b => b.Key, StringComparer.Ordinal)
            .Select(static b => $"{b.Key}={Describe(b.Value)}");
        return string.Join("; ", bound.Prepend(ParameterSetName));
    }

    protected static string Describe(object? value) => value switch
    {
        null => "null",
        PSObject { BaseObject: PSObject or PSCustomObject } => "bag",
        PSObject wrapped => "wrapped " + Describe(wrapped.BaseObject),
        Array many => $"{many.GetType().Name}({string.Join(", ", many.Cast<object?>().Select(Describe))})",
        IDictionary map => $"{map.GetType().Name}({string.Join(", ", map.Keys.Cast<object>().Select(k => $"{k}={Describe(map[k])}").Order(StringComparer.Ordinal))})",
        IFormattable formattable => $"{value.GetType().Name}:{formattable.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $"{value.GetType().Name}:{value}",
    };
}
