using System.Collections;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace System.Management.Automation;

/// <summary>The conversions the binder needs; everything here is invariant, as it is there.</summary>
public static class LanguagePrimitives
{
    private static readonly (string Suffix, long Factor)[] Multipliers =
        [("kb", 1L << 10), ("mb", 1L << 20), ("gb", 1L << 30), ("tb", 1L << 40), ("pb", 1L << 50)];

    public static T? ConvertTo<T>(object? valueToConvert) => (T?)ConvertTo(valueToConvert, typeof(T), CultureInfo.InvariantCulture);

    public static object? ConvertTo(object? valueToConvert, Type resultType) =>
        ConvertTo(valueToConvert, resultType, CultureInfo.InvariantCulture);

    public static object? ConvertTo(object? valueToConvert, Type resultType, IFormatProvider? formatProvider)
    {
        ArgumentNullException.ThrowIfNull(resultType);
        try
        {
            return Convert(valueToConvert, resultType, formatProvider ?? CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is not (PSInvalidCastException or FlowControlException or SigstorePS.CmdletHost.GapException))
        {
            Exception cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new PSInvalidCastException(
                $"Cannot convert value \"{ToText(valueToConvert)}\" to type \"{resultType}\". Error: \"{cause.Message}\"", cause);
        }
    }

    public static bool TryConvertTo<T>(object? valueToConvert, out T? result)
    {
        bool converted = TryConvertTo(valueToConvert, typeof(T), out object? value);
        result = converted ? (T?)value : default;
        return converted;
    }

    public static bool TryConvertTo(object? valueToConvert, Type resultType, out object? result)
    {
        try
        {
            result = ConvertTo(valueToConvert, resultType, CultureInfo.InvariantCulture);
            return true;
        }
        catch (PSInvalidCastException)
        {
            result = null;
            return false;
        }
    }

    public static bool IsTrue(object? obj) => PSObject.Unwrap(obj) switch
    {
        null => false,
        bool value => value,
        SwitchParameter value => value.IsPresent,
        string text => text.Length > 0,
        IList { Count: 0 } => false,
        IList { Count: 1 } list => IsTrue(list[0]),
        IList => true,
        IConvertible number and not (char or DateTime or Enum) => number.ToDouble(CultureInfo.InvariantCulture) != 0,
        _ => true,
    };

    /// <summary>What a pipeline would take apart: neither strings nor dictionaries.</summary>
    public static IEnumerable? GetEnumerable(object? obj) => PSObject.Unwrap(obj) switch
    {
        string or IDictionary => null,
        IEnumerable many => many,
        _ => null,
    };

    /// <summary>An object as text the way the language writes it into a string.</summary>
    internal static string ToText(object? value) => value switch
    {
        null => string.Empty,
        string text => text,
        PSObject wrapped => wrapped.ToString(),
        double number => number.ToString("G15", CultureInfo.InvariantCulture),
        Enum named => named.ToString(),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IDictionary map => map.GetType().ToString(),
        Array many => string.Join(' ', many.Cast<object?>().Select(ToText)),
        _ => value.ToString() ?? string.Empty,
    };

    private static object? Convert(object? value, Type type, IFormatProvider culture)
    {
        if (type == typeof(PSObject))
        {
            return value is null ? null : PSObject.AsPSObject(value);
        }

        if (type == typeof(object) || (type.IsInstanceOfType(value) && value is not PSObject))
        {
            return value;
        }

        object? given = PSObject.Unwrap(value);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return given is null ? null : Convert(given, underlying, culture);
        }

        if (given is null)
        {
            return FromNull(type);
        }

        if (type.IsInstanceOfType(given))
        {
            return given;
        }

        if (type == typeof(string))
        {
            return ToText(value);
        }

        if (type == typeof(bool) || type == typeof(SwitchParameter))
        {
            return type == typeof(bool) ? IsTrue(given) : new SwitchParameter(IsTrue(given));
        }

        if (type.IsEnum)
        {
            return ToEnum(given, type);
        }

        if (type.IsArray)
        {
            return ToArray(given, type.GetElementType()!, culture);
        }

        return given is string text && TryFromText(text, type, culture, out object? parsed)
            ? parsed
            : FromObject(given, type, culture);
    }

    private static object? FromNull(Type type)
    {
        if (type == typeof(string))
        {
            return string.Empty;
        }

        if (type == typeof(bool) || type == typeof(SwitchParameter) || (type.IsPrimitive && type != typeof(char)))
        {
            return Activator.CreateInstance(type);
        }

        return type.IsValueType ? throw new PSInvalidCastException($"Cannot convert null to type \"{type}\".") : null;
    }

    private static Array ToArray(object given, Type element, IFormatProvider culture)
    {
        object?[] from = GetEnumerable(given) is IList list ? [.. list.Cast<object?>()] : [given];
        Array to = Array.CreateInstance(element, from.Length);
        for (int i = 0; i < from.Length; i++)
        {
            to.SetValue(from[i] is null && !element.IsValueType ? null : Convert(from[i], element, culture), i);
        }

        return to;
    }

    private static object ToEnum(object given, Type type)
    {
        if (GetEnumerable(given) is { } many)
        {
            given = string.Join(',', many.Cast<object?>().Select(ToText));
        }

        if (given is not string text)
        {
            object number = Enum.ToObject(type, System.Convert.ToInt64(given, CultureInfo.InvariantCulture));
            return IsDefined(number, type) ? number : throw NotOf(ToText(given), type);
        }

        long bits = 0;
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] names = Enum.GetNames(type);
            string[] hits = [.. names.Where(n => string.Equals(n, word, StringComparison.OrdinalIgnoreCase))];
            if (hits.Length == 0)
            {
                hits = [.. names.Where(n => word.Length > 0 && n.StartsWith(word, StringComparison.OrdinalIgnoreCase))];
            }

            object value = hits.Length == 1 ? Enum.Parse(type, hits[0])
                : long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                    ? Enum.ToObject(type, number)
                    : throw NotOf(word, type);
            bits |= System.Convert.ToInt64(value, CultureInfo.InvariantCulture);
        }

        object result = Enum.ToObject(type, bits);
        return IsDefined(result, type) ? result : throw NotOf(text, type);
    }

    private static bool IsDefined(object value, Type type) =>
        Enum.IsDefined(type, value)
        || (type.IsDefined(typeof(FlagsAttribute)) && (value.ToString() == "0" || !long.TryParse(value.ToString(), out _)));

    private static PSInvalidCastException NotOf(string word, Type type) => new(
        $"Cannot convert value \"{word}\" to type \"{type}\". The possible values are \"{string.Join(',', Enum.GetNames(type))}\".");

    private static bool TryFromText(string text, Type type, IFormatProvider culture, [NotNullWhen(true)] out object? result)
    {
        result = null;
        if (IsNumber(type))
        {
            result = ParseNumber(text.Trim(), type);
            return true;
        }

        if (type == typeof(char))
        {
            result = text.Length == 1 ? text[0] : throw new PSInvalidCastException("A character is one character.");
            return true;
        }

        if (type == typeof(Uri))
        {
            result = new Uri(text, UriKind.RelativeOrAbsolute);
            return true;
        }

        if (type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string), typeof(IFormatProvider)]) is { } parse
            && type.IsAssignableFrom(parse.ReturnType))
        {
            result = parse.Invoke(null, [text, culture])!;
            return true;
        }

        if (type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string)]) is { } plain
            && type.IsAssignableFrom(plain.ReturnType))
        {
            result = plain.Invoke(null, [text])!;
            return true;
        }

        return false;
    }

    private static object? FromObject(object given, Type type, IFormatProvider culture)
    {
        if (IsNumber(type) && given is IConvertible and not DateTime)
        {
            return given is Enum ? System.Convert.ChangeType(given, type, culture) : ChangeNumber(given, type, culture);
        }

        if (!type.IsAbstract && type.GetConstructor([given.GetType()]) is { } constructor)
        {
            return constructor.Invoke([given]);
        }

        if (type == typeof(TimeSpan) && given is int ticks)
        {
            return new TimeSpan(ticks);
        }

        if (FindCast(given.GetType(), type) is { } cast)
        {
            return cast.Invoke(null, [given]);
        }

        TypeConverter converter = TypeDescriptor.GetConverter(type);
        if (converter.CanConvertFrom(given.GetType()))
        {
            return converter.ConvertFrom(null, CultureInfo.InvariantCulture, given);
        }

        throw new PSInvalidCastException(
            $"Cannot convert the \"{ToText(given)}\" value of type \"{given.GetType()}\" to type \"{type}\".");
    }

    private static MethodInfo? FindCast(Type from, Type to) =>
        new[] { to, from }
            .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .FirstOrDefault(m => m.Name is "op_Implicit" or "op_Explicit"
                && to.IsAssignableFrom(m.ReturnType)
                && m.GetParameters()[0].ParameterType.IsAssignableFrom(from));

    private static bool IsNumber(Type type) =>
        Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    private static object ChangeNumber(object given, Type type, IFormatProvider culture) =>
        System.Convert.ChangeType(given, type, culture);

    private static object ParseNumber(string text, Type type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (text.Length == 0)
        {
            return ChangeNumber(0, type, culture);
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ChangeNumber(long.Parse(text[2..], NumberStyles.AllowHexSpecifier, culture), type, culture);
        }

        foreach ((string suffix, long factor) in Multipliers)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return ChangeNumber(decimal.Parse(text[..^2], culture) * factor, type, culture);
            }
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long whole))
        {
            return ChangeNumber(whole, type, culture);
        }

        return ChangeNumber(double.Parse(text, NumberStyles.Float | NumberStyles.AllowThousands, culture), type, culture);
    }
}
