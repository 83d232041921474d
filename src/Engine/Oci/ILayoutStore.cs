namespace SigstorePS.Oci;

/// <summary>A store that can tell which images it holds, for a layout of several is named as a whole.</summary>
internal interface ILayoutStore : IImageStore
{
    /// <summary>
    /// The images, each once, in the order of index.json: nothing that is attached to another one, and no child of a
    /// listed index that has no name of its own.
    /// </summary>
    /// <exception cref="SigstoreException">As <see cref="IImageStore.GetManifestAsync"/>.</exception>
    Task<IReadOnlyList<LayoutImage>> ListImagesAsync(CancellationToken cancel);
}

/// <summary>An image of a layout, and every name it has there.</summary>
internal sealed record LayoutImage(Manifest Manifest, IReadOnlyList<LayoutImageName> Names);

/// <summary>What index.json calls an image.</summary>
/// <param name="Tag">The tag, without the repository where a whole reference stands; null: none.</param>
/// <param name="Reference">
/// A whole reference, such as <c>ghcr.io/acme/app:1.0</c>, where one is told: unchecked text; null: none.
/// </param>
internal sealed record LayoutImageName(string? Tag, string? Reference);
