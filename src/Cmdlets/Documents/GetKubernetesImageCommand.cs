using System.Collections;
using System.Management.Automation;
using SigstorePS.Documents;
using SigstorePS.Encodings;

namespace SigstorePS.Commands;

/// <summary>Tells the images that resources of Kubernetes run.</summary>
[Cmdlet(VerbsCommon.Get, "KubernetesImage", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SourceImage))]
public sealed class GetKubernetesImageCommand : DocumentCmdlet
{
    private readonly ImagePaths _paths = new();

    /// <summary>
    /// Fields of custom resources that hold an image or the spec of a pod: <c>Kind:.spec.image</c>, or a hashtable of
    /// kinds and paths.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KindCompleter))]
    public object[] ImagePath { get; set; } = [];

    /// <summary>Goes into the directories of a directory, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        foreach (object entry in ImagePath.Select(static e => e is PSObject wrapped ? wrapped.BaseObject : e))
        {
            if (entry is IDictionary map)
            {
                foreach (DictionaryEntry pair in map)
                {
                    object? value = pair.Value is PSObject wrapped ? wrapped.BaseObject : pair.Value;
                    IEnumerable values = value is string or null ? new[] { value } : value as IEnumerable ?? new[] { value };
                    foreach (object? path in values)
                    {
                        _paths.Add(TextMap.Text(pair.Key) ?? string.Empty, TextMap.Text(path) ?? string.Empty);
                    }
                }
            }
            else
            {
                string text = TextMap.Text(entry) ?? string.Empty;
                int colon = text.IndexOf(':', StringComparison.Ordinal);
                _paths.Add(colon < 0 ? string.Empty : text[..colon], text[(colon + 1)..]);
            }
        }
    }

    private protected override void Read(DocumentText document, DocumentFindings findings) =>
        KubernetesImages.Read(document, _paths, findings);

    private protected override void ReadObject(object input)
    {
        if (PinTo.Length > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Pin writes into files: give -Path or -LiteralPath, not objects.");
        }

        DocumentFindings findings = new(null);
        YamlNode resource = ObjectTree.Read(input);
        KubernetesImages.Read(resource, _paths, findings);
        Emit(findings);
    }

    private protected override IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        string[] files =
        [
            .. Directory.EnumerateFiles(path, "*", Recurse ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(static f => System.IO.Path.GetExtension(f) is ".yaml" or ".yml" or ".json")
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0 ? files : throw new SigstoreException(
            SigstoreErrorCode.PathNotFound, $"The directory '{path}' has no .yaml, .yml or .json files.");
    }
}
