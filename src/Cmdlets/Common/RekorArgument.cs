using System.Globalization;
using System.Management.Automation;
using SigstorePS.Operations;
using static SigstorePS.Commands.ObjectValues;

namespace SigstorePS.Commands;

/// <summary>
/// One thing that leads to log entries: the name of one, a signature that embeds some, or an entry itself. Exactly one
/// member is set.
/// </summary>
internal sealed record RekorArgument
{
    /// <summary>UUID, or a log index in decimal.</summary>
    public string? Name { get; private init; }

    /// <summary>Full path of a bundle file.</summary>
    public string? BundlePath { get; private init; }

    /// <summary>JSON text of a bundle.</summary>
    public string? Bundle { get; private init; }

    /// <summary>cosign's annotation with the log entry of a signature.</summary>
    public string? Annotation { get; private init; }

    /// <summary>JSON text of an entry by itself.</summary>
    public string? Entry { get; private init; }

    /// <summary>For messages and errors.</summary>
    public required string Text { get; init; }

    /// <summary>Reads a pipeline object, live or what is left of it after a job or CliXml.</summary>
    /// <exception cref="SigstoreException">InvalidValue; LogEntryNotFound: a signature without any entry.</exception>
    public static RekorArgument Read(object argument) => KeyArguments.Unwrap(argument) switch
    {
        RekorEntry entry => new() { Text = entry.Uuid, Entry = entry.TransparencyLogEntry },
        SigstoreBundle bundle => new() { Text = bundle.ToString(), Bundle = bundle.Json },
        ImageSignature signature => OfSignature(signature.Reference, signature.Bundle, signature.RekorBundle),
        FileInfo file => new() { Text = file.FullName, BundlePath = file.FullName },
        string json when json.AsSpan().TrimStart().StartsWith('{') => new() { Text = "(JSON text)", Bundle = json },
        string name => new() { Text = name, Name = name },
        byte or short or ushort or int or uint or long or ulong => OfNumber(KeyArguments.Unwrap(argument)),
        PSObject twin => OfTwin(twin),
        var other => throw NothingIn(other),
    };

    /// <summary>The name of an entry: 64 or 80 hex digits, or a shorter number for an index.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static RekorEntryName NameOf(string text) => RekorEntryName.Parse(text);

    private static RekorArgument OfNumber(object number)
    {
        string text = Convert.ToString(number, CultureInfo.InvariantCulture)!;
        return new() { Text = text, Name = text };
    }

    private static RekorArgument OfTwin(PSObject twin)
    {
        if (Exact(twin, "TransparencyLogEntry") is { } entry)
        {
            return new() { Text = Exact(twin, "Uuid") ?? "(log entry)", Entry = entry };
        }

        if ((Exact(twin, "Bundle") ?? Exact(twin, "Json")) is { Length: > 0 } bundle)
        {
            return OfSignature(Exact(twin, "Reference") ?? "(bundle)", bundle, null);
        }

        if (Exact(twin, "RekorBundle") is { } annotation)
        {
            return OfSignature(Exact(twin, "Reference") ?? "(signature)", null, annotation);
        }

        return Exact(twin, "Uuid") is { Length: > 0 } uuid ? new() { Text = uuid, Name = uuid }
            : twin.Properties["LogIndex"]?.Value is { } index
                ? OfNumber(KeyArguments.Unwrap(index))
                : throw NothingIn(twin);
    }

    private static RekorArgument OfSignature(string text, string? bundle, string? annotation) =>
        bundle is not null ? new() { Text = text, Bundle = bundle }
        : annotation is not null ? new() { Text = text, Annotation = annotation }
        : throw new SigstoreException(
            SigstoreErrorCode.LogEntryNotFound,
            $"The signature of {text} embeds no log entry. Find-RekorEntry looks for one in the log.");

    private static SigstoreException NothingIn(object other) => new(
        SigstoreErrorCode.InvalidValue,
        $"A {other.GetType().Name} leads to no log entry; give a UUID, a log index, a bundle, or what Get-ImageSignature "
        + "or Get-SigstoreBundle returned.");
}
