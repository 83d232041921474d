using System.Collections;
using System.Management.Automation;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using static SigstorePS.Commands.ObjectValues;

namespace SigstorePS.Commands;

/// <summary>
/// What image an object of another tool is: rows of Import-Csv, docker and podman lists, Az.ContainerRegistry. A name
/// without the registry or the tag that stands beside it is another image, so that parts are put together or refused.
/// </summary>
internal static class ImageObject
{
    private const string None = "<none>";
    private static readonly string[] Names = ["Image", "Reference", "ImageReference", "ImageName"];

    /// <summary>The references an object means; null: it is for the binder, as it is.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference: it means none that can be told.</exception>
    public static string[]? Read(PSObject item)
    {
        if (!IsOfOthers(item))
        {
            return Tested(item);
        }

        if (Text(item, "kind") is { } kind && Text(item, "apiVersion") is not null
            && Names.All(name => Value(item, name) is null))
        {
            throw Refuse($"A resource of Kubernetes ({kind}) is no image; put Get-KubernetesImage into the pipeline.");
        }

        string? registry = Text(item, "Registry");
        if (registry is not null && Text(item, "ImageName") is { } repository && Azure(item, $"{registry}/{repository}") is { } azure)
        {
            return azure;
        }

        if (Names.Select(name => Text(item, name)).FirstOrDefault(static t => t is not null) is { } named)
        {
            return Whole(item, named, registry);
        }

        // Several references, or one that is an object again: the binder gives the value to us.
        if (Names.Any(name => Value(item, name) is not (null or string)))
        {
            return null;
        }

        if (Value(item, "Names") is not null || Value(item, "RepoTags") is not null || Value(item, "RepoDigests") is not null)
        {
            return Listed(item);
        }

        if (Text(item, "Repository") is { } listed)
        {
            return Row(item, listed, registry);
        }

        bool elsewhere = Value(item, "PSPath") is not null || Value(item, "LiteralPath") is not null;
        return elsewhere || (item.BaseObject is not (PSCustomObject or IDictionary))
            ? null
            : throw Refuse("The object names no image: it needs a property Image or Reference, or Repository and Tag.");
    }

    /// <summary>Our own results say by Image or Reference what they mean; texts, numbers and files are no rows.</summary>
    private static bool IsOfOthers(PSObject item) =>
        item.BaseObject is not (string or ValueType or FileSystemInfo or Array)
        && !item.TypeNames.Any(static t =>
            t.StartsWith("SigstorePS.", StringComparison.Ordinal) || t.StartsWith("Deserialized.SigstorePS.", StringComparison.Ordinal));

    /// <summary>
    /// A result of a test means the digest that was tested: by its tag the next test would judge what somebody pushed
    /// meanwhile. Null: another result of ours, or one without a digest.
    /// </summary>
    private static string[]? Tested(PSObject item) =>
        item.TypeNames.Any(static t => t.Split('.')[^1] is "ImageVerification" or "AttestationVerification" or "BaseImageVerification" or "PolicyResult")
        && Text(item, "Image") is { } image && !image.StartsWith("oci:", StringComparison.OrdinalIgnoreCase)
        && Digest.TryParse(Text(item, "Digest"), out Digest? digest)
            ? [$"{image.Split('@')[0]}@{digest}"] : null;

    /// <summary>A name, and the registry, tag and digest beside it.</summary>
    private static string[]? Whole(PSObject item, string named, string? registry)
    {
        ImageReference reference;
        try
        {
            reference = ImageReference.Parse(named);
        }
        catch (SigstoreException)
        {
            return null;
        }

        string whole = named;
        if (registry is not null && !reference.IsLayout && Host(registry) != reference.Registry)
        {
            // Docker Hub is what a name without a host is for, unless the row says another.
            bool bare = reference.Registry == Host("docker.io")
                && !named.StartsWith("docker.io/", StringComparison.OrdinalIgnoreCase)
                && !named.StartsWith("index.docker.io/", StringComparison.OrdinalIgnoreCase);
            whole = bare ? $"{registry}/{named}" : throw Refuse($"The object has the image '{named}' and the registry '{registry}'.");
        }

        string? tag = Text(item, "Tag");
        if (tag is not null && tag != None && reference.Digest is null && tag != reference.Tag)
        {
            whole = named.LastIndexOf(':') <= named.LastIndexOf('/')
                ? $"{whole}:{tag}" : throw Refuse($"The object has the image '{named}' and the tag '{tag}'.");
        }
        else if (tag is not null && tag == reference.Tag && !named.EndsWith($":{tag}", StringComparison.Ordinal) && reference.Digest is null)
        {
            whole = $"{whole}:{tag}";
        }

        if (DigestOf(item) is { } digest && digest != reference.Digest)
        {
            whole = reference.Digest is null
                ? $"{whole}@{digest}" : throw Refuse($"The object has the image '{named}' and the digest '{digest}'.");
        }

        return [whole];
    }

    /// <summary>docker image ls, docker images, docker compose images.</summary>
    private static string[] Row(PSObject item, string repository, string? registry)
    {
        string? tag = Text(item, "Tag");
        Digest? digest = DigestOf(item);
        string name = registry is null || repository.StartsWith($"{registry}/", StringComparison.Ordinal)
            ? repository : $"{registry}/{repository}";
        bool tagged = tag is not null && tag != None;
        return repository == None || (!tagged && digest is null)
            ? throw Refuse($"The image '{repository}:{tag}' has no name or no tag ({Text(item, "ID") ?? "no id"}): nobody can look it up.")
            : [$"{name}{(tagged ? $":{tag}" : string.Empty)}{(digest is null ? string.Empty : $"@{digest}")}"];
    }

    /// <summary>A digest that was cut is an error: without it the row would be whatever the tag means by now.</summary>
    private static Digest? DigestOf(PSObject item) => Text(item, "Digest") is not { } text || text == None ? null
        : Digest.TryParse(text, out Digest? digest) ? digest
        : throw Refuse($"The object has the digest '{text}', which is none.");

    /// <summary>podman images, docker image inspect: all names of one image.</summary>
    private static string[] Listed(PSObject item)
    {
        foreach (string name in (string[])["Names", "RepoTags", "RepoDigests"])
        {
            string[] texts = [.. Many(Value(item, name)).Select(static v => Plain(v) as string)
                .OfType<string>().Where(static t => t.Length > 0 && !t.Contains(None, StringComparison.Ordinal))];
            if (texts.Length > 0)
            {
                return texts;
            }
        }

        throw Refuse($"The image has no name ({Text(item, "Id") ?? "no id"}): nobody can look it up.");
    }

    /// <summary>Get-AzContainerRegistryTag, -Manifest, -Repository; null: it is none of them.</summary>
    private static string[]? Azure(PSObject item, string repository)
    {
        object? parts = Value(item, "Tags") ?? Value(item, "ManifestsAttributes") ?? Value(item, "Attributes");
        if (parts is null)
        {
            return Value(item, "TagCount") is null && Value(item, "ManifestCount") is null
                ? null
                : throw Refuse($"The repository '{repository}' is no image; pipe Get-AzContainerRegistryTag.");
        }

        List<string> found = [];
        foreach (object part in Many(parts))
        {
            PSObject attributes = PSObject.AsPSObject(part);
            string? tag = Plain(part) as string ?? Text(attributes, "Name");
            Digest.TryParse(Text(attributes, "Digest"), out Digest? digest);
            if (!(tag is not null && ImageReference.IsTag(tag)) && digest is null)
            {
                throw Refuse($"A tag or manifest of '{repository}' has neither name nor digest.");
            }

            found.Add($"{repository}{(tag is null ? string.Empty : $":{tag}")}{(digest is null ? string.Empty : $"@{digest}")}");
        }

        return found.Count > 0 ? [.. found] : throw Refuse($"The repository '{repository}' has no tags.");
    }

    private static string Host(string registry) =>
        registry.ToLowerInvariant() is var host && host == "docker.io" ? "index.docker.io" : host;

    private static SigstoreException Refuse(string message) => new(SigstoreErrorCode.InvalidImageReference, message);
}
