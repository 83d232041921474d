using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;
using SigstorePS.Policies;

namespace SigstorePS.Commands;

/// <summary>
/// What -Policy, -Resource and -TrustRootResource take: paths, files, YAML text, what Get-SigstorePolicy returned, and what
/// is left of that after a job or CliXml. Pipeline thread only.
/// </summary>
internal sealed class PolicyFileArguments(PathResolver paths)
{
    /// <exception cref="SigstoreException">MalformedPolicy, LimitExceeded, PathNotFound, FileUnavailable, InvalidValue.</exception>
    public IReadOnlyList<SigstorePolicy> Policies(IEnumerable<object> given)
    {
        List<SigstorePolicy> policies = [];
        foreach (object one in given.Select(KeyArguments.Unwrap))
        {
            policies.AddRange(one switch
            {
                SigstorePolicy { Definition: not null } known => [known],
                PSObject twin when ObjectValues.Exact(twin, "Yaml") is { } yaml =>
                    PolicyFiles.Read(yaml, ObjectValues.Exact(twin, "File") ?? PolicyFiles.Memory),
                _ => Texts(one, "Policy").SelectMany(static t => PolicyFiles.Read(t.Text, t.Source)),
            });
        }

        return policies.Count <= Limits.PolicyEntries ? policies : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded, $"-Policy has {policies.Count} policies; at most {Limits.PolicyEntries} are evaluated.");
    }

    /// <exception cref="SigstoreException">As <see cref="Policies"/>.</exception>
    public PolicyResources Resources(IEnumerable<object> given, string parameter) => given.Select(KeyArguments.Unwrap)
        .SelectMany(one => Texts(one, parameter))
        .Aggregate(PolicyResources.None, static (all, t) => all.And(PolicyDocuments.ReadResources(t.Text, t.Source)));

    /// <summary>Labels of an object of the pipeline: a dictionary, or what is left of one.</summary>
    public static Dictionary<string, string> Labels(object? given)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        switch (given is null ? null : KeyArguments.Unwrap(given))
        {
            case IDictionary pairs:
                foreach (DictionaryEntry pair in pairs)
                {
                    labels[Text(pair.Key)] = Text(pair.Value);
                }

                break;
            case PSObject twin:
                foreach (PSPropertyInfo property in twin.Properties)
                {
                    labels[property.Name] = Text(property.Value);
                }

                break;
        }

        return labels;
    }

    private static string Text(object? value) =>
        Convert.ToString(value is null ? null : KeyArguments.Unwrap(value), CultureInfo.InvariantCulture) ?? string.Empty;

    private IEnumerable<(string Text, string Source)> Texts(object given, string parameter) => given switch
    {
        FileInfo file => [Read(file.FullName)],
        string text when text.Contains('\n', StringComparison.Ordinal) || text.AsSpan().TrimStart().StartsWith('{') =>
            [(text, PolicyFiles.Memory)],
        string path => paths.Existing(path, literal: false).Select(Read),
        PSObject item when ObjectValues.Exact(item, "FullName") is { } path => [Read(path)],
        _ => throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"A {given.GetType().Name} cannot be given as -{parameter}; give a path, YAML text, or what Get-SigstorePolicy "
            + "returned."),
    };

    private (string Text, string Source) Read(string file) =>
        (Encoding.UTF8.GetString(paths.Read(file, Limits.Document)), file);
}
