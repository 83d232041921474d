using SigstorePS.Bundles;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Where signatures are kept.</summary>
internal static class SignatureStorage
{
    public const string Referrer = "Referrer";
    public const string FallbackTag = "FallbackTag";
    public const string SignatureTag = "SignatureTag";
    public const string File = "File";
    public const string None = "None";
    public const string Note = "Note";
    public const string Gitsign = "Gitsign";
    public const string Annotation = "Annotation";
}

/// <summary>
/// A signature as it was found: either readable (<see cref="Artifact"/>) or not (<see cref="Failure"/>). One that
/// cannot be read is kept, so that nothing found is ever passed over in silence.
/// </summary>
internal sealed record StoredSignature
{
    public required string Storage { get; init; }

    /// <summary>Reference of the manifest it is in.</summary>
    public required string Reference { get; init; }

    public required SignatureFormat Format { get; init; }

    public SignedArtifact? Artifact { get; init; }

    public SigstoreException? Failure { get; init; }

    public long Size { get; init; }

    public DateTimeOffset? Created { get; init; }

    /// <summary>Annotations of its layer: certificate, chain, log bundle, timestamp.</summary>
    public IReadOnlyDictionary<string, string> LayerAnnotations { get; init; } = Descriptor.NoAnnotations;

    /// <summary>An annotation of its layer; null when it is not there or blank.</summary>
    public string? LayerAnnotation(string name) =>
        LayerAnnotations.TryGetValue(name, out string? text) && !string.IsNullOrWhiteSpace(text) ? text : null;
}

/// <summary>A place that could not be listed. Not the same as a place with nothing in it.</summary>
internal sealed record UnlistedPlace(string Storage, SigstoreException Failure);

/// <summary>Everything found for one image.</summary>
internal sealed record FoundSignatures(
    IReadOnlyList<StoredSignature> Signatures, IReadOnlyList<UnlistedPlace> Unlisted)
{
    /// <summary>Each as users see it; of what could not be listed or read, why.</summary>
    /// <param name="show">Makes one of them; throws <see cref="SigstoreException"/> where it cannot be read.</param>
    public (IReadOnlyList<T> Readable, IReadOnlyList<SigstoreException> Failures) Show<T>(
        Func<StoredSignature, T> show)
    {
        List<T> readable = [];
        List<SigstoreException> failures = [.. Unlisted.Select(static u => u.Failure)];
        foreach (StoredSignature stored in Signatures)
        {
            try
            {
                readable.Add(show(stored));
            }
            catch (SigstoreException e)
            {
                failures.Add(e);
            }
        }

        return (readable, failures);
    }
}
