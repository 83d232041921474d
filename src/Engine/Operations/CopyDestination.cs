using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Where a copy goes. A text that ends in a slash is a place to put repositories into: the source's repository path and
/// tag are kept below it. Any other text is one repository, with the tag written there or else the source's.
/// </summary>
/// <param name="Repository">Without tag and digest.</param>
/// <param name="Tag">Null: by digest only.</param>
internal sealed record CopyDestination(ImageReference Repository, string? Tag)
{
    /// <exception cref="SigstoreException">InvalidImageReference.</exception>
    public static CopyDestination Of(string text, ImageReference source)
    {
        bool below = text.EndsWith('/') || (text.StartsWith("oci:", StringComparison.Ordinal) && text.EndsWith('\\'));
        ImageReference place = ImageReference.Parse(below ? text + PathOf(source) : text);
        if (place.Digest is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"The destination '{text}' names a digest, which is the source's to give; name a repository or a tag.");
        }

        // Nobody wrote ":latest" where the grammar says it.
        bool tagged = place.Tag is { } tag && text.EndsWith($":{tag}", StringComparison.Ordinal);
        return new CopyDestination(place, tagged && !below ? place.Tag : source.Tag);
    }

    /// <summary>What is asked for and said: the repository, and the tag where there is one.</summary>
    public override string ToString() => Tag is null ? Repository.RepositoryText : $"{Repository.RepositoryText}:{Tag}";

    /// <summary>The repository without its registry; of a layout the directory's own name.</summary>
    private static string PathOf(ImageReference source) => source.IsLayout
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Repository)).ToLowerInvariant()
        : source.Repository;
}
