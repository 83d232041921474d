using SigstorePS.Policies;

namespace SigstorePS;

/// <summary>
/// A ClusterImagePolicy that was read and checked. <see cref="Yaml"/> is all of it, so that what is left after a job or
/// CliXml can be given as <c>-Policy</c> again.
/// </summary>
public sealed class SigstorePolicy
{
    /// <summary>Its name (<c>metadata.name</c>).</summary>
    public required string Name { get; init; }

    /// <summary><c>policy.sigstore.dev/v1alpha1</c> or <c>policy.sigstore.dev/v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Globs of the images it is about.</summary>
    public required string[] Images { get; init; }

    /// <summary>Who may vouch for them: name and kind, one each.</summary>
    public required string[] Authorities { get; init; }

    /// <summary><c>enforce</c> or <c>warn</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Resources it is about; none: all.</summary>
    public string[] Match { get; init; } = [];

    /// <summary>What is strange in it and yet allowed.</summary>
    public string[] Warnings { get; init; } = [];

    /// <summary>The file it is from, or <c>memory</c>.</summary>
    public required string File { get; init; }

    /// <summary>Line of that file, from 1; 0 for one that was made by parameters.</summary>
    public long Line { get; init; }

    /// <summary>The policy as YAML, without comments.</summary>
    public required string Yaml { get; init; }

    /// <summary>What is evaluated.</summary>
    internal ClusterImagePolicy? Definition { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
