using System.Collections;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace System.Management.Automation;

public class PSObject : IFormattable
{
    private readonly object? _base;

    public PSObject() => TypeNames = ["System.Management.Automation.PSCustomObject", "System.Object"];

    public PSObject(object obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        _base = obj is PSObject wrapped ? wrapped._base : obj;
        TypeNames = [];
        for (Type? type = _base?.GetType(); type is not null; type = type.BaseType)
        {
            TypeNames.Add(type.FullName ?? type.Name);
        }
    }

    public object BaseObject => _base ?? PSCustomObject.Instance;

    public object ImmediateBaseObject => BaseObject;

    public PSMemberInfoCollection<PSPropertyInfo> Properties => field ??= new PropertyCollection(_base);

    public Collection<string> TypeNames { get; }

    public static PSObject AsPSObject(object obj) => obj as PSObject ?? new PSObject(obj);

    public static implicit operator PSObject(string valueToConvert) => AsPSObject(valueToConvert);

    public static implicit operator PSObject(int valueToConvert) => AsPSObject(valueToConvert);

    public static implicit operator PSObject(bool valueToConvert) => AsPSObject(valueToConvert);

    public static implicit operator PSObject(double valueToConvert) => AsPSObject(valueToConvert);

    public static implicit operator PSObject(Hashtable valueToConvert) => AsPSObject(valueToConvert);

    public override bool Equals(object? obj) =>
        ReferenceEquals(this, obj) || (_base is not null && Equals(_base, Unwrap(obj)));

    public override int GetHashCode() => _base?.GetHashCode() ?? base.GetHashCode();

    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    public string ToString(string? format, IFormatProvider? formatProvider) => _base switch
    {
        null when !Properties.Any() => string.Empty,
        null => $"@{{{string.Join("; ", Properties.Select(static p => $"{p.Name}={Nested(p.Value)}"))}}}",
        IFormattable formattable => formattable.ToString(format, formatProvider ?? CultureInfo.InvariantCulture),
        _ => LanguagePrimitives.ToText(_base),
    };

    /// <summary>What a cmdlet sees of an object: the thing inside the wrapper, or the property bag itself.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    internal static object? Unwrap(object? value) => value is PSObject { _base: { } inner } ? inner : value;

    private static string Nested(object? value) => value switch
    {
        PSObject { _base: null } => string.Empty,
        Array many => many.ToString()!,
        _ => LanguagePrimitives.ToText(value),
    };

    private sealed class PropertyCollection : PSMemberInfoCollection<PSPropertyInfo>
    {
        private readonly List<PSPropertyInfo> _members = [];

        internal PropertyCollection(object? inner)
        {
            // Dictionaries answer property reads with their entries in the language, but not to the binder.
            IEnumerable<PropertyInfo> properties = inner?.GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static p => p.GetIndexParameters().Length == 0 && p.CanRead) ?? [];
            _members.AddRange(properties.Select(p => new PSProperty(p, inner!)));
        }

        public override PSPropertyInfo? this[string name] =>
            _members.Find(m => string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase));

        public override void Add(PSPropertyInfo member)
        {
            if (this[member.Name] is not null)
            {
                throw new ExtendedTypeSystemException($"Cannot add a member with the name \"{member.Name}\": it exists.");
            }

            _members.Add(member);
        }

        public override void Remove(string name) =>
            _members.RemoveAll(m => string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase));

        public override IEnumerator<PSPropertyInfo> GetEnumerator() => _members.GetEnumerator();
    }
}

/// <summary>What a property bag has inside.</summary>
public class PSCustomObject
{
    internal static readonly PSCustomObject Instance = new();

    private PSCustomObject()
    {
    }

    public override string ToString() => string.Empty;
}

public class ExtendedTypeSystemException : RuntimeException
{
    public ExtendedTypeSystemException()
    {
    }

    public ExtendedTypeSystemException(string message)
        : base(message)
    {
    }

    public ExtendedTypeSystemException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

public abstract class PSMemberInfoCollection<T> : IEnumerable<T>
    where T : PSMemberInfo
{
    public abstract T? this[string name] { get; }

    public abstract void Add(T member);

    public abstract void Remove(string name);

    public abstract IEnumerator<T> GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

public abstract class PSMemberInfo
{
    public bool IsInstance => MemberType == PSMemberTypes.NoteProperty;

    public abstract PSMemberTypes MemberType { get; }

    public string Name { get; private set; } = string.Empty;

    public abstract string TypeNameOfValue { get; }

    public abstract object? Value { get; set; }

    protected void SetMemberName(string name) => Name = name;
}

public abstract class PSPropertyInfo : PSMemberInfo
{
    public abstract bool IsGettable { get; }

    public abstract bool IsSettable { get; }
}

public class PSNoteProperty : PSPropertyInfo
{
    public PSNoteProperty(string name, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        SetMemberName(name);
        Value = value;
    }

    public override bool IsGettable => true;

    public override bool IsSettable => true;

    public override PSMemberTypes MemberType => PSMemberTypes.NoteProperty;

    public override string TypeNameOfValue => PSObject.Unwrap(Value)?.GetType().FullName ?? string.Empty;

    public override object? Value { get; set; }

    public override string ToString() => $"{Name}={LanguagePrimitives.ToText(Value)}";
}

public class PSProperty : PSPropertyInfo
{
    private readonly PropertyInfo _property;
    private readonly object _target;

    internal PSProperty(PropertyInfo property, object target)
    {
        SetMemberName(property.Name);
        _property = property;
        _target = target;
    }

    public override bool IsGettable => _property.CanRead;

    public override bool IsSettable => _property.CanWrite;

    public override PSMemberTypes MemberType => PSMemberTypes.Property;

    public override string TypeNameOfValue => _property.PropertyType.FullName ?? _property.PropertyType.Name;

    public override object? Value
    {
        get => _property.GetValue(_target);
        set => _property.SetValue(_target, value);
    }

    public override string ToString() => $"{Name}={LanguagePrimitives.ToText(Value)}";
}
