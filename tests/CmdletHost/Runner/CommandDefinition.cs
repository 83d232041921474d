using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace SigstorePS.CmdletHost;

/// <summary>A cmdlet class as the binder sees it. A parameter set is a bit.</summary>
internal sealed class CommandDefinition
{
    private readonly List<string> _sets = [];

    internal CommandDefinition(Type type, PSModuleInfo? module)
    {
        Attribute = type.GetCustomAttribute<CmdletAttribute>()
            ?? throw new InvalidOperationException($"{type} has no [Cmdlet].");
        Info = new CmdletInfo($"{Attribute.VerbName}-{Attribute.NounName}", type, module);
        if (typeof(IDynamicParameters).IsAssignableFrom(type) || Attribute.SupportsPaging)
        {
            throw new GapException($"{Info.Name}: dynamic parameters and paging");
        }

        Parameters =
        [
            .. Declared(type, common: false),
            .. Declared(typeof(CommonParameters), common: true),
            .. Attribute.SupportsShouldProcess ? Declared(typeof(ConfirmationParameters), common: true) : [],
        ];
        DefaultSet = Attribute.DefaultParameterSetName is { Length: > 0 } name ? Flag(name) : 0;
    }

    internal CmdletAttribute Attribute { get; }

    internal CmdletInfo Info { get; }

    internal IReadOnlyList<BindableParameter> Parameters { get; }

    internal uint DefaultSet { get; }

    internal uint AllSets => _sets.Count == 0 ? uint.MaxValue : (1u << _sets.Count) - 1;

    internal int SetCount => _sets.Count;

    internal string NameOf(uint set) => set == uint.MaxValue || _sets.Count == 0
        ? ParameterAttribute.AllParameterSets
        : _sets[System.Numerics.BitOperations.TrailingZeroCount(set)];

    /// <summary>Exact name, exact alias, or a prefix that fits one parameter only.</summary>
    internal BindableParameter Find(string name)
    {
        name = name.TrimStart('-').TrimEnd(':');
        if (Parameters.FirstOrDefault(p => p.Answers(name)) is { } exact)
        {
            return exact;
        }

        BindableParameter[] fits = [.. Parameters.Where(p => p.Begins(name))];
        if (fits.Length > 1 && fits.Count(static p => !p.IsCommon) == 1)
        {
            fits = [fits.Single(static p => !p.IsCommon)];
        }

        return fits.Length switch
        {
            1 => fits[0],
            0 => throw new ParameterBindingException(
                $"A parameter cannot be found that matches parameter name '{name}'.",
                "NamedParameterNotFound", ErrorCategory.InvalidArgument, name),
            _ => throw new ParameterBindingException(
                $"Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include:"
                + $" {string.Join(' ', fits.Select(static p => "-" + p.Name))}.",
                "AmbiguousParameter", ErrorCategory.InvalidArgument, name),
        };
    }

    private IEnumerable<BindableParameter> Declared(Type type, bool common)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            ParameterAttribute[] uses = [.. property.GetCustomAttributes<ParameterAttribute>(true)];
            if (uses.Length > 0)
            {
                yield return new BindableParameter(
                    property, common, [.. uses.Select(use => new ParameterUse(Flag(use.ParameterSetName), use))]);
            }
        }
    }

    private uint Flag(string set)
    {
        if (set == ParameterAttribute.AllParameterSets)
        {
            return uint.MaxValue;
        }

        if (!_sets.Contains(set, StringComparer.OrdinalIgnoreCase))
        {
            _sets.Add(set);
        }

        return 1u << _sets.FindIndex(s => string.Equals(s, set, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>What one [Parameter] says, and of which set (all bits: of every set).</summary>
internal sealed record ParameterUse(uint Sets, ParameterAttribute Data)
{
    internal bool InAllSets => Sets == uint.MaxValue;

    internal bool TakesPipeline => Data.ValueFromPipeline || Data.ValueFromPipelineByPropertyName;
}

internal sealed class BindableParameter
{
    private readonly PropertyInfo _property;

    internal BindableParameter(PropertyInfo property, bool common, ParameterUse[] uses)
    {
        _property = property;
        IsCommon = common;
        Uses = uses;
        Aliases = [.. property.GetCustomAttributes<AliasAttribute>(true).SelectMany(static a => a.AliasNames)];
        Transformations = [.. property.GetCustomAttributes<ArgumentTransformationAttribute>(true)];
        Validators = [.. property.GetCustomAttributes<ValidateArgumentsAttribute>(true)];
        Completer = property.GetCustomAttribute<ArgumentCompleterAttribute>(true)?.Type;
        AllowsNull = property.IsDefined(typeof(AllowNullAttribute), true);
        AllowsEmptyString = property.IsDefined(typeof(AllowEmptyStringAttribute), true);
        AllowsEmptyCollection = property.IsDefined(typeof(AllowEmptyCollectionAttribute), true);
        if (uses.Any(static u => u.Data.ValueFromRemainingArguments)
            || (!Type.IsArray && !typeof(IDictionary).IsAssignableFrom(Type) && typeof(ICollection).IsAssignableFrom(Type)))
        {
            throw new GapException(
                $"{property.DeclaringType}.{Name}: remaining arguments, and collections other than arrays and dictionaries");
        }
    }

    internal string Name => _property.Name;

    internal Type Type => _property.PropertyType;

    internal bool IsCommon { get; }

    internal ParameterUse[] Uses { get; }

    internal string[] Aliases { get; }

    internal ArgumentTransformationAttribute[] Transformations { get; }

    internal ValidateArgumentsAttribute[] Validators { get; }

    internal Type? Completer { get; }

    internal bool AllowsNull { get; }

    internal bool AllowsEmptyString { get; }

    internal bool AllowsEmptyCollection { get; }

    internal bool IsInAllSets => Uses.Any(static u => u.InAllSets);

    internal bool IsMandatorySomewhere => Uses.Any(static u => u.Data.Mandatory);

    internal uint Sets => Uses.Aggregate(0u, static (sets, use) => sets | use.Sets);

    internal Type DeclaringType => _property.ReflectedType!;

    internal IEnumerable<ParameterUse> UsesIn(uint sets) => Uses.Where(u => u.InAllSets || (u.Sets & sets) != 0);

    internal bool Answers(string name) => new[] { Name }.Concat(Aliases)
        .Any(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase));

    internal bool Begins(string name) => new[] { Name }.Concat(Aliases)
        .Any(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    internal object? Get(object target) => _property.GetValue(target);

    internal void Set(object target, object? value)
    {
        if (value is null && Type.IsValueType && Nullable.GetUnderlyingType(Type) is null)
        {
            throw new InvalidCastException($"Cannot convert null to type \"{Type}\".");
        }

        try
        {
            _property.SetValue(target, value);
        }
        catch (TargetInvocationException e) when (e.InnerException is GapException)
        {
            throw e.InnerException;
        }
    }
}
