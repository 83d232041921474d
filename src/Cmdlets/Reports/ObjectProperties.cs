using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>
/// An object by the names of its properties: as it was emitted, as it came out of a job, a file or another session, or as
/// JSON made it. Nothing here throws, whatever the object is.
/// </summary>
internal sealed class ObjectProperties
{
    /// <summary>Characters of one text; nobody reads more, and a result may hold megabytes.</summary>
    private const int Longest = 16 * 1024;

    private readonly PSObject _object;

    private ObjectProperties(PSObject inner) => _object = inner;

    /// <summary>Null for null.</summary>
    public static ObjectProperties? Of(object? value) => value is null ? null : new ObjectProperties(PSObject.AsPSObject(value));

    /// <summary>The thing itself, to tell one from another.</summary>
    public object Identity => _object.BaseObject is PSCustomObject ? _object : _object.BaseObject;

    /// <summary>The name of the type without namespace, and without the word for a copy.</summary>
    public string TypeName => (_object.TypeNames.Count == 0 ? "" : _object.TypeNames[0]).Split('.')[^1];

    /// <summary>What it says it is.</summary>
    public string Said => Clip(Guarded(_object.ToString) ?? "");

    /// <summary>Whether it is a text or number and no object to look into.</summary>
    public bool IsPlain => _object.BaseObject is string or ValueType;

    public IEnumerable<string> Names => Guarded(() => _object.Properties.Select(static p => p.Name).ToArray()) ?? [];

    /// <summary>A property, without the wrapper; null when there is none or it cannot be read.</summary>
    public object? this[string name] => Guarded(() => Bare(_object.Properties[name]?.Value));

    /// <summary>Only the boolean itself: the text "False" is true to PowerShell.</summary>
    public bool IsTrue(string name) => this[name] is true;

    /// <summary>A text, number or time as text; null when it is empty or an object.</summary>
    public string? Text(string name) => Plain(this[name]);

    /// <summary>A whole number that fits; else 0.</summary>
    public int Number(string name) => this[name] switch
    {
        int number => number,
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        _ => 0,
    };

    public long Long(string name) => this[name] switch { int number => number, long number => number, _ => 0 };

    public DateTimeOffset? Time(string name) => AsTime(this[name]);

    /// <summary>An object inside.</summary>
    public ObjectProperties? Inner(string name) => Of(this[name]);

    /// <summary>The items of a list, bounded; what is no list is a list of one.</summary>
    public IEnumerable<ObjectProperties> Items(string name, int limit = 200)
    {
        IEnumerable items = this[name] switch
        {
            null => Array.Empty<object>(),
            string or IDictionary => new object[] { this[name]! },
            IEnumerable list => list,
            { } one => new[] { one },
        };
        return items.Cast<object?>().Where(static i => i is not null).Take(limit).Select(static i => Of(i)!);
    }

    /// <summary>A text, number, time, or list of such, in one line of text; null for anything else.</summary>
    public static string? Plain(object? value) => Bare(value) switch
    {
        null or "" => null,
        string text => Clip(text),
        bool truth => truth ? "true" : "false",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        DateTime time => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Enum or Uri or Version => Clip(value!.ToString()!),
        IFormattable number and ValueType => Clip(((IFormattable)number).ToString(null, CultureInfo.InvariantCulture)),
        IEnumerable list and not IDictionary =>
            string.Join(", ", list.Cast<object?>().Take(50).Select(Plain).Where(static t => t is not null)) is { Length: > 0 } all
                ? Clip(all) : null,
        _ => null,
    };

    public static DateTimeOffset? AsTime(object? value) => Bare(value) switch
    {
        DateTimeOffset time => time,
        DateTime { Kind: DateTimeKind.Unspecified } time => new DateTimeOffset(time, TimeSpan.Zero),
        DateTime time => new DateTimeOffset(time.ToUniversalTime()),
        string text when DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time) => time,
        _ => null,
    };

    private static object? Bare(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static string Clip(string text) => text.Length <= Longest ? text : text[..Longest] + "…";

    /// <summary>Getters of others, and scripts that somebody attached, may throw anything.</summary>
    private static T? Guarded<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return default;
        }
    }
}
