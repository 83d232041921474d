namespace SigstorePS;

/// <summary>An image that a Dockerfile, a Kubernetes manifest or a compose file names, and where.</summary>
public sealed class SourceImage
{
    /// <summary>The image, variables replaced; the pipeline binds it to -Image.</summary>
    public required string Reference { get; init; }

    /// <summary>The reference as the document has it.</summary>
    public required string OriginalText { get; init; }

    /// <summary>The file; null for text of the pipeline.</summary>
    public string? File { get; init; }

    /// <summary>The line of the reference, from 1; 0 for an object that has none.</summary>
    public long Line { get; init; }

    /// <summary>The column of the reference in that line, from 1; 0 where it is not known.</summary>
    public long Column { get; init; }

    /// <summary><c>Dockerfile</c>, <c>Kubernetes</c> or <c>Compose</c>.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// The kind of the resource (<c>Deployment</c>); of a Dockerfile <c>From</c>, <c>Copy</c>, <c>Mount</c> or
    /// <c>Syntax</c>; of a compose file <c>Service</c>, <c>BuildContext</c>, <c>Volume</c> or <c>Build</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The name of the resource, or of the service.</summary>
    public string? Name { get; init; }

    /// <summary>The namespace of the resource, if it says one.</summary>
    public string? Namespace { get; init; }

    /// <summary>The API version of the resource, such as <c>apps/v1</c>.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The name of the container or volume, or the field that held the reference.</summary>
    public string? Container { get; init; }

    /// <summary>
    /// <c>Container</c>, <c>InitContainer</c>, <c>EphemeralContainer</c>, <c>Volume</c> or <c>Field</c>.
    /// </summary>
    public string? ContainerType { get; init; }

    /// <summary>The labels of the resource.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The build stage: its name, else its number.</summary>
    public string? Stage { get; init; }

    /// <summary>The platform that is asked for, as far as the document tells it.</summary>
    public string? Platform { get; init; }

    /// <summary>The service of a compose file.</summary>
    public string? Service { get; init; }

    /// <summary>The profiles of that service; empty: it always runs.</summary>
    public string[] Profiles { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
