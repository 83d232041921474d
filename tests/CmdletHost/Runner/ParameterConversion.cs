using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>The binder's rules before the language's: no array into a scalar, no text into a truth value.</summary>
internal static class ParameterConversion
{
    /// <summary>Whether a value can be set as it is (unwrapped, or as the single element of an array).</summary>
    internal static bool Fits(Type type, ref object? value)
    {
        if (value is null)
        {
            return !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
        }

        if (type == typeof(PSObject))
        {
            value = PSObject.AsPSObject(value);
            return true;
        }

        object given = type == typeof(object) ? value : PSObject.Unwrap(value);
        if (type.IsInstanceOfType(given) || Nullable.GetUnderlyingType(type)?.IsInstanceOfType(given) == true)
        {
            value = given;
            return true;
        }

        Type? element = type.IsArray ? type.GetElementType() : null;
        object?[] elements = given is IList many ? [.. many.Cast<object?>().Select(PSObject.Unwrap)] : [given];
        if (element is null || !elements.All(element.IsInstanceOfType))
        {
            return false;
        }

        Array array = Array.CreateInstance(element, elements.Length);
        elements.CopyTo(array, 0);
        value = array;
        return true;
    }

    internal static object? Coerce(BindableParameter parameter, object? value)
    {
        try
        {
            return Coerce(parameter, parameter.Type, value);
        }
        catch (PSInvalidCastException e)
        {
            throw new ParameterBindingException(
                $"Cannot bind parameter '{parameter.Name}'. {e.Message}",
                "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument, parameter.Name, e);
        }
    }

    private static object? Coerce(BindableParameter parameter, Type type, object? value)
    {
        if (value is null)
        {
            return FromNull(parameter, type);
        }

        if (Fits(type, ref value))
        {
            return value;
        }

        object given = PSObject.Unwrap(value!);
        if (type == typeof(bool) || type == typeof(SwitchParameter))
        {
            bool truth = given switch
            {
                bool b => b,
                SwitchParameter s => s.IsPresent,
                IConvertible n when given is not (string or char or DateTime) => LanguagePrimitives.IsTrue(n),
                _ => throw Cannot(parameter, type, given, string.Empty),
            };
            return type == typeof(bool) ? truth : new SwitchParameter(truth);
        }

        if (type.IsArray)
        {
            Type element = type.GetElementType()!;
            object?[] from = given is IList many ? [.. many.Cast<object?>()] : [value];
            Array to = Array.CreateInstance(element, from.Length);
            for (int i = 0; i < from.Length; i++)
            {
                to.SetValue(from[i] is null && !element.IsValueType ? null : Coerce(parameter, element, from[i]), i);
            }

            return to;
        }

        if (given is IList && (type == typeof(string) || type.IsPrimitive))
        {
            throw Cannot(parameter, type, given, "Specified method is not supported.");
        }

        return LanguagePrimitives.ConvertTo(value, type, CultureInfo.InvariantCulture);
    }

    private static object? FromNull(BindableParameter parameter, Type type) =>
        type == typeof(SwitchParameter) ? SwitchParameter.Present
        : type == typeof(bool) ? throw new ParameterBindingException(
            $"Cannot bind argument to parameter '{parameter.Name}' because it is null.",
            "ParameterArgumentValidationErrorNullNotAllowed", ErrorCategory.InvalidArgument, parameter.Name)
        : null;

    private static ParameterBindingException Cannot(BindableParameter parameter, Type type, object given, string why) => new(
        $"Cannot convert '{given.GetType()}' to the type '{type}' required by parameter '{parameter.Name}'. {why}",
        "CannotConvertArgument", ErrorCategory.InvalidArgument, parameter.Name);
}
