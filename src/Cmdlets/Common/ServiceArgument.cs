using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Services as -Fulcio, -Rekor and their like take them: hashtables, objects with properties, or cosign's text
/// <c>name=value,name=value</c>.
/// </summary>
internal sealed class ServiceArgument(PathResolver paths)
{
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static ServiceSpec Read(string parameter, object spec, ReadOnlySpan<string> known) =>
        new(parameter, Pairs(parameter, spec), known);

    /// <summary>PEM text from a value that is the text itself or a path.</summary>
    /// <exception cref="SigstoreException">InvalidValue, PathNotFound, FileUnavailable, LimitExceeded.</exception>
    public byte[] Pem(ServiceSpec spec, string name)
    {
        string value = spec.Required(name);
        return value.StartsWith("-----BEGIN ", StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(value)
            : paths.Read(value, Limits.KeyFile);
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string parameter, object spec) =>
        KeyArguments.Unwrap(spec) switch
        {
            string text => ServiceSpec.Pairs(parameter, text),
            IDictionary table => [.. table.Cast<DictionaryEntry>()
                .Select(entry => Pair(parameter, $"{entry.Key}", entry.Value))],
            PSObject item => [.. item.Properties.Select(property => Pair(parameter, property.Name, property.Value))],
            var other => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"-{parameter} takes hashtables or text like url=https://host,start-time=2024-01-31T12:00:00Z, "
                + $"not a {other.GetType().Name}."),
        };

    private static KeyValuePair<string, string> Pair(string parameter, string name, object? value) => new(
        name,
        Text(value is null ? null : KeyArguments.Unwrap(value)) ?? throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"-{parameter} has a '{name}' that is not one text, time or number."));

    /// <summary>A time of no zone is taken as UTC: what is trusted must not depend on where this runs.</summary>
    private static string? Text(object? value) => value switch
    {
        null => string.Empty,
        string text => text,
        DateTime { Kind: DateTimeKind.Local } time => Utc(time.ToUniversalTime()),
        DateTime time => Utc(time),
        DateTimeOffset time => Utc(time.UtcDateTime),
        FileInfo file => file.FullName,
        SigstorePublicKey key => key.Pem,
        PSObject twin => ObjectValues.Exact(twin, "Pem"),
        IFormattable number and not IEnumerable => number.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Utc(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
