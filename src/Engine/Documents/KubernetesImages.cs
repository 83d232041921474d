using SigstorePS.Encodings;

namespace SigstorePS.Documents;

/// <summary>
/// The images that resources of Kubernetes run: those of pods wherever a kind has them, image volumes, and fields of
/// custom resources. What looks like an image and is not looked at is said, for it would be run unverified.
/// </summary>
internal sealed class KubernetesImages
{
    private const int Hints = 5;

    private static readonly (string List, string Type)[] Containers =
    [
        ("initContainers", "InitContainer"), ("containers", "Container"), ("ephemeralContainers", "EphemeralContainer"),
    ];

    private readonly string _text;
    private readonly ImagePaths _paths;
    private readonly DocumentFindings _findings;

    // Nodes are compared as what they are, not by what they hold.
    private readonly HashSet<YamlNode> _taken = new(ReferenceEqualityComparer.Instance);

    private KubernetesImages(string text, ImagePaths paths, DocumentFindings findings) =>
        (_text, _paths, _findings) = (text, paths, findings);

    /// <exception cref="SigstoreException">MalformedDocument, LimitExceeded.</exception>
    public static void Read(DocumentText document, ImagePaths paths, DocumentFindings findings)
    {
        KubernetesImages images = new(document.Text, paths, findings);
        foreach (YamlNode node in YamlDocuments.Read(document, findings))
        {
            images.ReadResource(node, null, null, 0);
        }
    }

    /// <summary>A resource that came as an object and has no text.</summary>
    public static void Read(YamlNode resource, ImagePaths paths, DocumentFindings findings) =>
        new KubernetesImages(string.Empty, paths, findings).ReadResource(resource, null, null, 0);

    private void ReadResource(YamlNode node, string? listKind, string? listVersion, int depth)
    {
        _findings.Visit(node, depth);
        if (node.Members is null)
        {
            throw _findings.Malformed(node.Line, "it is no resource of Kubernetes (a map with apiVersion and kind)");
        }

        string? kind = node.Member("kind").Value() ?? listKind;
        string? version = node.Member("apiVersion").Value() ?? listVersion;
        if (kind is null || version is null)
        {
            _findings.Unresolved(node.Line, "it is no resource of Kubernetes: apiVersion or kind is missing");
            return;
        }

        // kubectl takes whatever has items for a list, whatever it calls itself (unstructuredJSONScheme).
        bool isList = kind.EndsWith("List", StringComparison.Ordinal) && node.Member("items") is not null;
        if (node.Member("items") is { IsNull: false } items)
        {
            if (isList && items.Items is null)
            {
                throw _findings.Malformed(items.Line, "the items of a list are no list");
            }

            // Items of a DeploymentList say neither kind nor version; those of a List do.
            string? itemKind = kind == "List" ? null : isList ? kind[..^"List".Length] : kind;
            foreach (YamlNode item in (items.Items ?? []).Where(i => isList || i.Members is not null))
            {
                ReadResource(item, itemKind, itemKind is null ? null : version, depth + 1);
            }
        }

        if (!isList)
        {
            ReadImages(new Resource(node, kind, version));
        }
    }

    private void ReadImages(Resource resource)
    {
        (IReadOnlyList<ImagePath> paths, int given, bool all) = _paths.Of(resource.Kind, resource.ApiVersion);
        for (int i = 0; i < paths.Count; i++)
        {
            foreach (YamlNode found in paths[i].Find(resource.Node, _findings).Where(static n => !n.IsMissing()))
            {
                if (found.Members is null)
                {
                    Add(resource, found, found, paths[i].Text, "Field");
                }
                else if (i < given && !Containers.Any(c => found.Member(c.List) is not null))
                {
                    _findings.Unresolved(found.Line,
                        $"{resource.Kind} {resource.Name}: {paths[i].Text} is neither a text nor the spec of a pod");
                }
                else
                {
                    ReadPod(resource, found);
                }
            }
        }

        if (!all)
        {
            int hints = 0;
            foreach ((string name, YamlNode value) in resource.Node.Members!)
            {
                if (name is not ("metadata" or "status" or "data" or "stringData" or "apiVersion" or "kind" or "items"))
                {
                    Seek(resource, name, value, $".{name}", 0, ref hints);
                }
            }

            if (hints > Hints)
            {
                _findings.Warn(resource.Node.Line,
                    $"{resource.Kind} {resource.Name} has {hints - Hints} more of these, which were not looked at");
            }
        }
    }

    private void ReadPod(Resource resource, YamlNode pod)
    {
        foreach ((string list, string type) in Containers)
        {
            foreach (YamlNode container in List(pod, list))
            {
                string? name = container.Member("name").Value();
                Add(resource, container.Member("image"), container, name, type);
            }
        }

        foreach (YamlNode volume in List(pod, "volumes"))
        {
            if (volume.Member("image") is { } image && !image.IsMissing())
            {
                Add(resource, image.Member("reference"), image, volume.Member("name").Value(), "Volume");
            }
        }
    }

    private IReadOnlyList<YamlNode> List(YamlNode pod, string name)
    {
        YamlNode? list = pod.Member(name);
        if (list.IsMissing())
        {
            return [];
        }

        foreach (YamlNode item in list!.Items ?? throw _findings.Malformed(list.Line, $"{name} is no list"))
        {
            _findings.Visit(item, 0);
            if (item.Members is null)
            {
                throw _findings.Malformed(item.Line, $"an item of {name} is no map");
            }
        }

        return list.Items;
    }

    private void Add(Resource resource, YamlNode? image, YamlNode holder, string? container, string type)
    {
        if (image is not null)
        {
            _taken.Add(image);
        }

        long line = image?.Line ?? holder.Line;
        string of = $"{resource.Kind} {resource.Name ?? "(no name)"}, {type} {container ?? "(no name)"}";
        if (image.Value() is not { } text)
        {
            _findings.Unresolved(line, $"{of} has no image");
        }
        else if (text.Contains('$', StringComparison.Ordinal) || text.Contains("{{", StringComparison.Ordinal))
        {
            _findings.Unresolved(line, $"{of} has the image '{text}', which is a template: render it first");
        }
        else
        {
            int end = YamlDocuments.EndOf(image!, _text);
            _findings.Add(
                new SourceImage
                {
                    Reference = text, OriginalText = text, File = _findings.Name, Line = line, Column = image!.Column,
                    Source = "Kubernetes", Kind = resource.Kind, Name = resource.Name, Namespace = resource.Namespace,
                    ApiVersion = resource.ApiVersion, Container = container, ContainerType = type, Labels = resource.Labels,
                },
                end, YamlDocuments.FixedBy(end));
        }
    }

    /// <summary>Finds what looks like an image in a kind whose fields are not all known.</summary>
    private void Seek(Resource resource, string name, YamlNode node, string path, int depth, ref int hints)
    {
        _findings.Visit(node, depth);
        if (node.Value() is { } text)
        {
            if (IsImageName(name) && !_taken.Contains(node) && hints++ < Hints)
            {
                _findings.Warn(node.Line,
                    $"{resource.Kind} {resource.Name} has '{text}' at {path}, which was not looked at; give "
                    + $"-ImagePath '{resource.Kind}:{path}' if it is an image that is run");
            }

            return;
        }

        foreach (YamlNode item in node.Items ?? [])
        {
            Seek(resource, name, item, $"{path}[*]", depth + 1, ref hints);
        }

        foreach ((string key, YamlNode value) in node.Members ?? new Dictionary<string, YamlNode>())
        {
            string step = key.AsSpan().ContainsAny(".[]'\" ") ? $"['{key}']" : $".{key}";
            Seek(resource, key, value, path + step, depth + 1, ref hints);
        }
    }

    /// <summary>image, images, sidecarImage, imageName, imageRef and so on; how it is pulled is no image.</summary>
    private static bool IsImageName(string name) => name.EndsWith("Image", StringComparison.Ordinal)
        || name.EndsWith("Images", StringComparison.Ordinal)
        || name is "image" or "images" or "imageName" or "imageRef" or "imageReference" or "imageURL" or "imageUrl";

    private sealed record Resource(YamlNode Node, string Kind, string ApiVersion)
    {
        public string? Name { get; } = Node.Member("metadata").Member("name").Value()
            ?? Node.Member("metadata").Member("generateName").Value();

        public string? Namespace { get; } = Node.Member("metadata").Member("namespace").Value();

        public IReadOnlyDictionary<string, string> Labels { get; } =
            Node.Member("metadata").Member("labels")?.Members?
                .Where(static l => l.Value.Text is not null)
                .ToDictionary(static l => l.Key, static l => l.Value.Text!, StringComparer.Ordinal)
            ?? new Dictionary<string, string>();
    }
}
