using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>A bundle as parameters take it: a file, JSON text, or an object that has it as text.</summary>
internal static class BundleArgument
{
    /// <summary>The JSON text, or null when the argument names a file.</summary>
    public static string? Json(object argument) => Unwrap(argument) switch
    {
        string text => text.TrimStart().StartsWith('{') ? text : null,
        SigstoreBundle bundle => bundle.Json,
        FileInfo => null,
        PSObject twin => twin.Properties["Json"]?.Value as string ?? twin.Properties["Bundle"]?.Value as string,
        _ => null,
    };

    /// <exception cref="SigstoreException">InvalidValue: the argument is nothing that has a bundle.</exception>
    public static string Path(object argument) => Unwrap(argument) switch
    {
        string text => text,
        FileInfo file => file.FullName,
        var other => throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"A {other.GetType().Name} is no bundle; give a file, JSON text, or what Get-SigstoreBundle returned."),
    };

    private static object Unwrap(object argument) =>
        argument is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : argument;
}
