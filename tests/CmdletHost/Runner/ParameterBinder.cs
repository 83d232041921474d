using System.Management.Automation;
using System.Numerics;
using System.Reflection;

namespace SigstorePS.CmdletHost;

/// <summary>
/// Binds the arguments and the pipeline objects of one command. Command line first: names, then positions, each by
/// the default set before others and without conversion before with. Then every pipeline object: by value and by
/// property name, again without conversion before with.
/// </summary>
internal sealed class ParameterBinder(CommandDefinition command, CommandStage stage, object[] targets)
{
    private readonly List<BindableParameter> _unbound = [.. command.Parameters];
    private readonly List<BindableParameter> _fromPipeline = [];
    private readonly Dictionary<BindableParameter, object?> _defaults = [];
    private uint _sets = uint.MaxValue;
    private uint _setsBeforePipeline;
    private uint _preferred;

    internal string ParameterSetName { get; private set; } = ParameterAttribute.AllParameterSets;

    internal void BindArguments(Command arguments, bool expectsInput)
    {
        foreach ((string? name, object? value) in arguments.Arguments)
        {
            if (name is null)
            {
                continue;
            }

            BindableParameter parameter = command.Find(name);
            if (!_unbound.Contains(parameter))
            {
                throw Failure($"Parameter '{parameter.Name}' is specified more than once.", "ParameterAlreadyBound", parameter);
            }

            Bind(parameter, value, coerce: true);
        }

        BindPositions(new Queue<object?>(arguments.Arguments.Where(static a => a.Key is null).Select(static a => a.Value)));
        int count = SettleSets(expectsInput);
        if (expectsInput && count > 1)
        {
            uint able = _unbound.SelectMany(p => p.UsesIn(_sets)).Where(static u => u.TakesPipeline)
                .Aggregate(0u, static (sets, use) => sets | use.Sets);
            if (able != 0 && (_sets & able) != 0)
            {
                _sets &= able;
                count = SettleSets(expectsInput);
            }
        }

        DemandMandatory(count, expectsInput);
        if (!expectsInput)
        {
            SettleSets(false);
        }

        _setsBeforePipeline = _sets;
    }

    /// <summary>False: nothing of the object could be bound.</summary>
    internal bool BindPipelineObject(object? item)
    {
        Restore();
        _sets = _setsBeforePipeline;
        bool bound = _preferred != 0 && BindItem(item, _preferred);
        bound |= BindItem(item, _sets);
        if (bound)
        {
            SettleSets(false);
        }

        return bound;
    }

    /// <summary>The names of what is mandatory in the set that was chosen and still has no value.</summary>
    internal string[] MissingNow() =>
        [.. _unbound.Where(p => p.UsesIn(_sets).Any(static u => u.Data.Mandatory)).Select(static p => p.Name)];

    /// <summary>Takes back what the previous pipeline object set; as there, BoundParameters keeps the old value.</summary>
    private void Restore()
    {
        foreach (BindableParameter parameter in _fromPipeline)
        {
            parameter.Set(TargetOf(parameter), _defaults[parameter]);
            _unbound.Add(parameter);
        }

        _fromPipeline.Clear();
    }

    private bool BindItem(object? item, uint sets)
    {
        bool any = false;
        foreach (bool coerce in new[] { false, true })
        {
            foreach (bool byName in new[] { false, true })
            {
                uint first = command.DefaultSet & sets;
                bool bound = first != 0 && BindItemIn(item, first, byName, coerce);
                any |= bound || BindItemIn(item, sets & _sets, byName, coerce);
                if (any)
                {
                    sets &= _sets;
                }
            }
        }

        return any;
    }

    private bool BindItemIn(object? item, uint sets, bool byName, bool coerce)
    {
        bool any = false;
        foreach (BindableParameter parameter in _unbound.ToArray().Reverse())
        {
            bool takes = parameter.UsesIn(sets & _sets)
                .Any(u => byName ? u.Data.ValueFromPipelineByPropertyName : u.Data.ValueFromPipeline);
            // By value an object arrives in its wrapper, which is what a transformation then sees.
            object? value = item is null ? null : PSObject.AsPSObject(item);
            if (!takes || (byName && !TryProperty(item, parameter, out value)))
            {
                continue;
            }

            _defaults.TryAdd(parameter, parameter.Get(TargetOf(parameter)));
            if (BindFromPipeline(parameter, value, coerce))
            {
                _fromPipeline.Add(parameter);
                any = true;
            }
        }

        return any;
    }

    private bool BindFromPipeline(BindableParameter parameter, object? value, bool coerce)
    {
        try
        {
            return Bind(parameter, value, coerce);
        }
        catch (ParameterBindingException e) when (IsConversion(e))
        {
            // An object that does not fit is tried elsewhere and told as "not bound", without the reason.
            return false;
        }
    }

    private static bool IsConversion(ParameterBindingException e) =>
        e.ErrorId is "CannotConvertArgument" or "CannotConvertArgumentNoMessage"
        || (e is ParameterBindingArgumentTransformationException { InnerException.InnerException: PSInvalidCastException });

    private static bool TryProperty(object? item, BindableParameter parameter, out object? value)
    {
        value = null;
        if (item is null)
        {
            return false;
        }

        PSMemberInfoCollection<PSPropertyInfo> properties = PSObject.AsPSObject(item).Properties;
        PSPropertyInfo? property = properties[parameter.Name]
            ?? parameter.Aliases.Select(alias => properties[alias]).FirstOrDefault(static p => p is not null);
        value = property?.Value;
        return property is not null;
    }

    private void BindPositions(Queue<object?> values)
    {
        ParameterBindingException? why = null;
        foreach (int position in _unbound.SelectMany(static p => p.Uses).Select(static u => u.Data.Position)
            .Where(static p => p != int.MinValue).Distinct().Order().ToArray())
        {
            if (values.Count > 0 && _unbound.Any(p => IsAt(p, position, _sets)) && BindPosition(position, values.Peek(), ref why))
            {
                values.Dequeue();
            }
        }

        if (values.Count > 0)
        {
            throw why ?? new ParameterBindingException(
                $"A positional parameter cannot be found that accepts argument '{LanguagePrimitives.ToText(values.Peek())}'.",
                "PositionalParameterNotFound", ErrorCategory.InvalidArgument, null);
        }
    }

    private bool BindPosition(int position, object? value, ref ParameterBindingException? why)
    {
        foreach (bool coerce in new[] { false, true })
        {
            foreach (uint sets in new[] { command.DefaultSet & _sets, _sets })
            {
                foreach (BindableParameter parameter in _unbound.Where(p => sets != 0 && IsAt(p, position, sets)).ToArray())
                {
                    try
                    {
                        if (Bind(parameter, value, coerce))
                        {
                            return true;
                        }
                    }
                    catch (ParameterBindingException e)
                    {
                        why = e;
                    }
                }
            }
        }

        return false;
    }

    private static bool IsAt(BindableParameter parameter, int position, uint sets) =>
        parameter.UsesIn(sets).Any(u => u.Data.Position == position);

    /// <summary>How many sets are still possible; chooses when the choice is clear, throws when there is none.</summary>
    private int SettleSets(bool beforePipeline)
    {
        if (_sets == uint.MaxValue)
        {
            bool waits = beforePipeline && SomeSetTakesPipeline();
            if (!waits && command.DefaultSet != 0)
            {
                _sets = command.DefaultSet;
            }
            else if (!waits && command.SetCount > 1)
            {
                ResolveByMandatory();
            }

            ParameterSetName = command.NameOf(_sets);
            return _sets == uint.MaxValue ? Math.Max(1, command.SetCount) : BitOperations.PopCount(_sets);
        }

        int count = BitOperations.PopCount(_sets & command.AllSets);
        if (count == 0)
        {
            throw Ambiguous();
        }

        if (count > 1)
        {
            if (!beforePipeline && (_sets & command.DefaultSet) != 0)
            {
                _sets = command.DefaultSet;
                count = 1;
            }
            else if (!(beforePipeline && SomeSetTakesPipeline()))
            {
                ResolveByMandatory();
                count = 1;
            }
        }

        ParameterSetName = command.NameOf(_sets);
        return count;
    }

    private bool SomeSetTakesPipeline() =>
        _unbound.Any(p => p.UsesIn(_sets).Any(static u => u.TakesPipeline));

    /// <summary>Of several sets, the one that misses nothing mandatory; there must be exactly one.</summary>
    private void ResolveByMandatory()
    {
        uint candidates = _sets & command.AllSets;
        foreach (BindableParameter parameter in _unbound)
        {
            candidates &= ~parameter.UsesIn(candidates).Where(static u => u.Data.Mandatory && !u.InAllSets)
                .Aggregate(0u, static (sets, use) => sets | use.Sets);
        }

        _sets = BitOperations.PopCount(candidates) == 1 ? candidates : throw Ambiguous();
    }

    /// <summary>Throws for what is mandatory and cannot come any more; narrows the sets to those that still can.</summary>
    private void DemandMandatory(int count, bool expectsInput)
    {
        uint possible = _sets & command.AllSets;
        if (!expectsInput || count <= 1)
        {
            uint sets = count <= 1 ? _sets : possible;
            string[] missing =
            [
                .. _unbound.Where(p => p.UsesIn(sets).Any(u => u.Data.Mandatory && !(expectsInput && u.TakesPipeline)))
                    .Select(static p => p.Name),
            ];
            ThrowIfAny(missing);
            return;
        }

        // Sets that lack something no pipeline object can bring are out, as long as others remain.
        uint able = possible;
        foreach (BindableParameter parameter in _unbound)
        {
            able &= ~parameter.UsesIn(possible)
                .Where(static u => u.Data.Mandatory && !u.TakesPipeline && !u.InAllSets)
                .Aggregate(0u, static (sets, use) => sets | use.Sets);
        }

        ThrowIfAny([.. _unbound
            .Where(static p => p.Uses.Any(static u => u.InAllSets && u.Data.Mandatory && !u.TakesPipeline))
            .Select(static p => p.Name)]);
        if (able == 0)
        {
            _sets = command.DefaultSet != 0 ? command.DefaultSet : throw Ambiguous();
            ThrowIfAny([.. _unbound.Where(p => p.UsesIn(_sets).Any(static u => u.Data.Mandatory && !u.TakesPipeline))
                .Select(static p => p.Name)]);
        }
        else if (able != possible)
        {
            _sets = able;
            _preferred = able & command.DefaultSet;
        }

        if (BitOperations.PopCount(_sets) == 1)
        {
            ParameterSetName = command.NameOf(_sets);
        }
    }

    private static void ThrowIfAny(string[] missing)
    {
        if (missing.Length > 0)
        {
            throw new ParameterBindingException(
                $"Cannot process command because of one or more missing mandatory parameters: {string.Join(' ', missing)}.",
                "MissingMandatoryParameter", ErrorCategory.InvalidArgument, string.Join(' ', missing));
        }
    }

    /// <summary>Transforms, converts, validates and sets; false when it would need a conversion and may not.</summary>
    private bool Bind(BindableParameter parameter, object? argument, bool coerce)
    {
        object? value = Transform(parameter, argument);
        if (coerce)
        {
            value = ParameterConversion.Coerce(parameter, value);
        }
        else if (!ParameterConversion.Fits(parameter.Type, ref value))
        {
            return false;
        }

        Validate(parameter, value);
        object target = TargetOf(parameter);
        try
        {
            parameter.Set(target, value);
        }
        catch (Exception e) when (e is InvalidCastException or TargetInvocationException)
        {
            Exception cause = e.InnerException ?? e;
            throw new ParameterBindingException(
                $"Cannot bind parameter '{parameter.Name}' to the target. Exception setting \"{parameter.Name}\": \"{cause.Message}\"",
                "ParameterBindingFailed", ErrorCategory.WriteError, parameter.Name, cause);
        }

        stage.Invocation.BoundParameters[parameter.Name] = value;
        _unbound.Remove(parameter);
        if (!parameter.IsInAllSets)
        {
            _sets &= parameter.Sets;
        }

        return true;
    }

    private object? Transform(BindableParameter parameter, object? value)
    {
        foreach (ArgumentTransformationAttribute transformation in parameter.Transformations)
        {
            try
            {
                value = transformation.Transform(stage.Session.Engine, value);
            }
            catch (Exception e) when (e is not (FlowControlException or PipelineStoppedException or GapException))
            {
                throw new ParameterBindingArgumentTransformationException(
                    $"Cannot process argument transformation on parameter '{parameter.Name}'. {e.Message}",
                    "ParameterArgumentTransformationError", ErrorCategory.InvalidData, parameter.Name, e);
            }
        }

        return value;
    }

    private void Validate(BindableParameter parameter, object? value)
    {
        foreach (ValidateArgumentsAttribute validator in parameter.Validators)
        {
            try
            {
                validator.Check(value, stage.Session.Engine);
            }
            catch (Exception e) when (e is not (FlowControlException or PipelineStoppedException or GapException))
            {
                throw new ParameterBindingValidationException(
                    $"Cannot validate argument on parameter '{parameter.Name}'. {e.Message}",
                    "ParameterArgumentValidationError", parameter.Name, e);
            }
        }

        if (parameter.IsMandatorySomewhere)
        {
            RefuseEmpty(parameter, parameter.Type, value, inside: false);
        }
    }

    private static void RefuseEmpty(BindableParameter parameter, Type type, object? value, bool inside)
    {
        (bool refused, string kind, string text) = value switch
        {
            null => (!parameter.AllowsNull, "Null", "null"),
            "" when type == typeof(string) => (!parameter.AllowsEmptyString, "EmptyString", "an empty string"),
            Array { Length: 0 } when !inside => (!parameter.AllowsEmptyCollection, "EmptyArray", "an empty array"),
            _ => (false, string.Empty, string.Empty),
        };
        if (refused)
        {
            throw new ParameterBindingValidationException(
                $"Cannot bind argument to parameter '{parameter.Name}' because it is {text}.",
                $"ParameterArgumentValidationError{kind}NotAllowed", parameter.Name, null);
        }

        if (!inside && value is Array many && !(type.GetElementType()?.IsValueType ?? false))
        {
            foreach (object? element in many)
            {
                RefuseEmpty(parameter, type.GetElementType() ?? typeof(object), element, inside: true);
            }
        }
    }

    private object TargetOf(BindableParameter parameter) => targets.First(parameter.DeclaringType.IsInstanceOfType);

    private static ParameterBindingException Failure(string message, string id, BindableParameter parameter) =>
        new(message, id, ErrorCategory.InvalidArgument, parameter.Name);

    private static ParameterBindingException Ambiguous() => new(
        "Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot be"
        + " used together or an insufficient number of parameters were provided.",
        "AmbiguousParameterSet", ErrorCategory.InvalidArgument, null);
}
