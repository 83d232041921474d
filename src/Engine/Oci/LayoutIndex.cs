using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// The <c>index.json</c> of a layout (OCI image-spec, image-layout.md). What is not understood is kept as it was.
/// A tag is the annotation <c>org.opencontainers.image.ref.name</c>; in what <c>cosign save</c> wrote, where there is
/// none, it is the annotation <c>kind</c> next to the only image.
/// </summary>
internal sealed class LayoutIndex
{
    private const string ImageKind = "dev.cosignproject.cosign/image";
    private const string ImageIndexKind = "dev.cosignproject.cosign/imageIndex";
    private const string ContainerdName = "io.containerd.image.name";

    private static readonly (string Kind, string Suffix)[] Attached =
    [
        ("dev.cosignproject.cosign/sigs", SignatureTagName.Signature),
        ("dev.cosignproject.cosign/atts", SignatureTagName.Attestation),
        ("dev.cosignproject.cosign/sboms", SignatureTagName.Sbom),
    ];

    // A media type has a plus sign, which the default encoder would write as \u002B.
    private static readonly JsonSerializerOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _root;
    private readonly JsonArray _nodes;
    private readonly List<Descriptor> _entries;

    private LayoutIndex(JsonObject root, JsonArray nodes, List<Descriptor> entries)
    {
        _root = root;
        _nodes = nodes;
        _entries = entries;
    }

    public IReadOnlyList<Descriptor> Entries => _entries;

    /// <summary>What may be the image of the layout: nothing attached to another one, as far as names tell.</summary>
    public IEnumerable<Descriptor> Images => _entries.Where(static e =>
        MediaTypes.Manifests.Contains(e.MediaType)
        && (IsLoadable(e)
            || (SuffixOf(e) is null && (TagOf(e) is not string tag || !SignatureTagName.IsDerived(tag)))));

    /// <summary>All tags, each once.</summary>
    public IEnumerable<string> Tags => _entries.Select(TagOf).Concat(AttachedTags()).OfType<string>().Distinct();

    public static LayoutIndex Empty() => Parse(
        """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8.ToArray());

    /// <exception cref="SigstoreException">MalformedLayout.</exception>
    public static LayoutIndex Parse(byte[] content)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement index = document.RootElement;
            if (index.TryGetProperty("schemaVersion", out JsonElement version) && version.GetInt32() != 2)
            {
                throw new FormatException("its schemaVersion is not 2");
            }

            List<Descriptor> entries =
            [
                .. index.GetProperty("manifests").EnumerateArray().Select(Manifest.ReadDescriptor),
            ];
            JsonObject root = JsonNode.Parse(content, null, StrictJson.Options)!.AsObject();
            return new LayoutIndex(root, root["manifests"]!.AsArray(), entries);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException or ArgumentException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLayout, $"The index.json of the layout cannot be read: {e.Message}", e);
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(_root, Writing);

    /// <summary>The manifest at a tag, or with a digest; null when none is listed.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference: the tag stands at several manifests.</exception>
    public Descriptor? Find(string tag)
    {
        List<int> positions = Positions(tag);
        return positions.Select(i => _entries[i].Digest).Distinct().Count() <= 1
            ? positions.Select(i => _entries[i]).FirstOrDefault()
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"The tag '{tag}' stands at several manifests of the layout; name one by digest: "
                + string.Join(", ", positions.Select(i => _entries[i].Digest).Distinct().Take(10)));
    }

    public Descriptor? Find(Digest digest) => _entries.Find(e => e.Digest == digest);

    public bool IsTagged(Digest digest) => _entries.Exists(e => e.Digest == digest && RefName(e) is not null);

    /// <summary>
    /// Whether somebody who loads the layout gets this manifest for an image. Its own word that it is attached to
    /// another must not keep it from being verified.
    /// </summary>
    public bool IsNamed(Digest digest) => _entries.Exists(e =>
        e.Digest == digest && (IsLoadable(e) || (TagOf(e) is { } tag && !SignatureTagName.IsDerived(tag))));

    /// <summary>Every name of a manifest.</summary>
    public IReadOnlyList<LayoutImageName> NamesOf(Digest digest) =>
    [
        .. _entries.Where(e => e.Digest == digest)
            .Select(static e => new LayoutImageName(TagOf(e), ReferenceOf(e))).Distinct()
            .Where(static n => n.Tag is not null || n.Reference is not null),
    ];

    /// <summary>Lists a manifest, in place of what had the tag before; false when it was listed so already.</summary>
    public bool Put(string? tag, Manifest manifest)
    {
        List<int> positions = tag is null ? [] : Positions(tag);
        bool isListed = tag is null
            ? Find(manifest.Digest) is not null
            : positions is [int only] && IsSame(_entries[only], manifest);
        if (isListed)
        {
            return false;
        }

        JsonObject annotations = [];
        if (manifest.Subject is not null)
        {
            foreach ((string name, string value) in manifest.Annotations)
            {
                annotations[name] = value;
            }
        }

        if (tag is not null)
        {
            NameAs(annotations, tag, positions);
        }

        JsonObject node = Describe(manifest, annotations);
        using JsonDocument text = JsonSerializer.SerializeToDocument(node, Writing);
        Descriptor entry = Manifest.ReadDescriptor(text.RootElement);
        if (positions.Count == 0)
        {
            _nodes.Add(node);
            _entries.Add(entry);
            return true;
        }

        RemoveAt(positions.Skip(1));
        _nodes[positions[0]] = node;
        _entries[positions[0]] = entry;
        return true;
    }

    public bool RemoveTag(string tag) => RemoveAt(Positions(tag));

    public bool Remove(Digest digest) =>
        RemoveAt(Enumerable.Range(0, _entries.Count).Where(i => _entries[i].Digest == digest).ToList());

    /// <summary>Takes one entry out of the list.</summary>
    public void Unlist(Descriptor entry) => RemoveAt([_entries.IndexOf(entry)]);

    /// <summary>Gives a listed manifest a name: in its entry without one, or in one more.</summary>
    public void Name(Digest digest, string? name, string? reference)
    {
        int at = _entries.FindIndex(e => e.Digest == digest && RefName(e) == name && name is not null);
        at = at >= 0 ? at : _entries.FindIndex(e => e.Digest == digest && RefName(e) is null);
        if (at < 0)
        {
            JsonObject node = _nodes[_entries.FindIndex(e => e.Digest == digest)]!.DeepClone().AsObject();
            node.Remove("annotations");
            at = _entries.Count;
            _nodes.Add(node);
            _entries.Add(_entries.First(e => e.Digest == digest));
        }

        Annotate(at, MediaTypes.RefNameAnnotation, name ?? RefName(_entries[at]));
        Annotate(at, ContainerdName, reference ?? ContainerdNameOf(_entries[at]));
    }

    /// <summary>
    /// Drops entries without a name of what is named elsewhere in the list, and of children, which their index lists.
    /// </summary>
    public void Tidy(IReadOnlySet<Digest> children)
    {
        HashSet<Digest> named = [.. _entries.Where(HasName).Select(static e => e.Digest)];
        RemoveAt(Where(e => !HasName(e) && (named.Contains(e.Digest) || children.Contains(e.Digest))));
    }

    /// <summary>
    /// Says by <c>kind</c> which is the image and which its signatures, as <c>cosign save</c> does, if there is one image;
    /// with several that would say nothing, and is taken back.
    /// </summary>
    public void MarkForCosign(IEnumerable<Digest> images)
    {
        // What only a kind told of gets the name that says the same.
        if (SavedImages() is [Digest saved])
        {
            foreach (int i in Where(static e => RefName(e) is null && SuffixOf(e) is not null))
            {
                Annotate(i, MediaTypes.RefNameAnnotation, SignatureTagName.Of(saved, SuffixOf(_entries[i])!));
            }
        }

        Digest[] all =
        [
            .. _entries.Where(e => IsLoadable(e) || (TagOf(e) is { } tag && !SignatureTagName.IsDerived(tag)))
                .Select(static e => e.Digest).Concat(images).Distinct(),
        ];
        for (int i = 0; i < _entries.Count; i++)
        {
            Descriptor entry = _entries[i];
            string? kind = all is not [Digest only] ? null
                : entry.Digest == only ? MediaTypes.IsIndex(entry.MediaType) ? ImageIndexKind : ImageKind
                : RefName(entry) is { } name && SignatureTagName.TryParse(name, out _, out Digest? subject, out string suffix)
                    && subject == only ? Attached.FirstOrDefault(a => a.Suffix == suffix).Kind
                : null;
            Annotate(i, MediaTypes.KindAnnotation, kind);
        }
    }

    public static string? RefName(Descriptor entry) =>
        entry.Annotations.GetValueOrDefault(MediaTypes.RefNameAnnotation);

    /// <summary>The name docker and containerd give an image when they load the layout.</summary>
    public static string? ContainerdNameOf(Descriptor entry) => entry.Annotations.GetValueOrDefault(ContainerdName);

    private static bool HasName(Descriptor entry) =>
        RefName(entry) is not null || ContainerdNameOf(entry) is not null || Kind(entry) is not null;

    private void Annotate(int at, string name, string? value)
    {
        JsonObject node = _nodes[at]!.AsObject();
        JsonObject annotations = node["annotations"] as JsonObject ?? [];
        annotations.Remove(name);
        if (value is not null)
        {
            annotations[name] = value;
        }

        node.Remove("annotations");
        if (annotations.Count > 0)
        {
            node["annotations"] = annotations;
        }

        using JsonDocument text = JsonSerializer.SerializeToDocument(node, Writing);
        _entries[at] = Manifest.ReadDescriptor(text.RootElement);
    }

    private static bool IsSame(Descriptor entry, Manifest manifest) =>
        entry.Digest == manifest.Digest && entry.Size == manifest.Content.Length
        && entry.MediaType == manifest.MediaType;

    private static JsonObject Describe(Manifest manifest, JsonObject annotations)
    {
        JsonObject node = new()
        {
            ["mediaType"] = manifest.MediaType,
            ["digest"] = manifest.Digest.ToString(),
            ["size"] = manifest.Content.Length,
        };
        if (manifest.Subject is not null && manifest.ReferrerType is string type)
        {
            node["artifactType"] = type;
        }

        if (annotations.Count > 0)
        {
            node["annotations"] = annotations;
        }

        return node;
    }

    /// <summary>Carries over what names the old descriptor, not what tells about its content.</summary>
    private void NameAs(JsonObject annotations, string tag, List<int> positions)
    {
        annotations[MediaTypes.RefNameAnnotation] = tag;
        if (positions.Count > 0)
        {
            foreach (string name in (string[])[MediaTypes.RefNameAnnotation, MediaTypes.KindAnnotation, ContainerdName])
            {
                if (_entries[positions[0]].Annotations.TryGetValue(name, out string? value))
                {
                    annotations[name] = value;
                }
            }
        }
        else if (SignatureTagName.TryParse(tag, out string prefix, out Digest? subject, out string suffix)
            && prefix.Length == 0 && SavedImages() is [Digest image] && image == subject)
        {
            // cosign finds what belongs to a saved image by kind and by nothing else.
            string? kind = Attached.FirstOrDefault(a => a.Suffix == suffix).Kind;
            if (kind is not null)
            {
                annotations[MediaTypes.KindAnnotation] = kind;
            }
        }
    }

    private bool RemoveAt(IEnumerable<int> positions)
    {
        bool removed = false;
        foreach (int i in positions.OrderDescending().ToList())
        {
            _nodes.RemoveAt(i);
            _entries.RemoveAt(i);
            removed = true;
        }

        return removed;
    }

    private List<int> Positions(string tag)
    {
        List<int> exact = Where(e => RefName(e) == tag);
        if (exact.Count > 0)
        {
            return exact;
        }

        List<int> byPart = Where(e => TagOf(e) == tag);
        return byPart.Count > 0 ? byPart : AttachedPositions(tag);
    }

    private List<int> AttachedPositions(string tag)
    {
        if (!SignatureTagName.TryParse(tag, out string prefix, out Digest? subject, out string suffix)
            || prefix.Length > 0)
        {
            return [];
        }

        List<Digest> images = SavedImages();
        List<int> found = images.Contains(subject)
            ? Where(e => RefName(e) is null && SuffixOf(e) == suffix)
            : [];
        return found.Count == 0 || images.Count == 1
            ? found
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedLayout,
                "The layout holds several images saved by cosign, so that their signatures cannot be told apart.");
    }

    private IEnumerable<string> AttachedTags() =>
        SavedImages() is [Digest image]
            ? _entries.Where(static e => RefName(e) is null).Select(SuffixOf).OfType<string>()
                .Select(suffix => SignatureTagName.Of(image, suffix))
            : [];

    private List<Digest> SavedImages() =>
    [
        .. _entries
            .Where(static e => Kind(e) is ImageKind or ImageIndexKind)
            .Select(static e => e.Digest).Distinct(),
    ];

    private List<int> Where(Predicate<Descriptor> match) =>
        [.. Enumerable.Range(0, _entries.Count).Where(i => match(_entries[i]))];

    /// <summary>Whether docker, containerd or cosign take it for an image, whatever its tag looks like.</summary>
    private static bool IsLoadable(Descriptor entry) =>
        entry.Annotations.ContainsKey(ContainerdName) || Kind(entry) is ImageKind or ImageIndexKind;

    /// <summary>containerd's name, or a name that is more than a tag.</summary>
    private static string? ReferenceOf(Descriptor entry) =>
        entry.Annotations.GetValueOrDefault(ContainerdName)
        ?? (RefName(entry) is { } name && name.Contains('/', StringComparison.Ordinal) ? name : null);

    /// <summary>Other tools write a whole reference for the name; its tag is then the tag.</summary>
    private static string? TagOf(Descriptor entry)
    {
        if (RefName(entry) is not string name)
        {
            return null;
        }

        int at = name.IndexOf('@', StringComparison.Ordinal);
        string text = at < 0 ? name : name[..at];
        string tag = text.LastIndexOf(':') > text.LastIndexOf('/') ? text[(text.LastIndexOf(':') + 1)..] : text;
        return ImageReference.IsTag(tag) ? tag : null;
    }

    private static string? Kind(Descriptor entry) => entry.Annotations.GetValueOrDefault(MediaTypes.KindAnnotation);

    private static string? SuffixOf(Descriptor entry) =>
        Kind(entry) is string kind ? Attached.FirstOrDefault(a => a.Kind == kind).Suffix : null;
}
