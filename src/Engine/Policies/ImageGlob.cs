using System.Text.RegularExpressions;

namespace SigstorePS.Policies;

/// <summary>
/// A glob of image names (policy-controller pkg/apis/glob): <c>*</c> is any text without a slash, <c>**</c> any text.
/// It must match the whole name, tag or digest included: <c>index.docker.io/library/ubuntu:latest</c>.
/// </summary>
internal sealed class ImageGlob
{
    private const string Hub = "index.docker.io/";
    private readonly Regex _pattern;

    private ImageGlob(string text, Regex pattern)
    {
        Text = text;
        _pattern = pattern;
    }

    public string Text { get; }

    /// <exception cref="FormatException">It holds what no image name does, or too much.</exception>
    public static ImageGlob Parse(string text)
    {
        if (text.Length is 0 or > Limits.Glob)
        {
            throw new FormatException($"a glob has 1 to {Limits.Glob} characters");
        }

        if (text.Any(static c => !char.IsAsciiLetterOrDigit(c) && !"-_:/*.@".Contains(c, StringComparison.Ordinal)))
        {
            throw new FormatException("a glob may only hold letters, digits, '-', '_', ':', '/', '.', '@' and '*'");
        }

        // Two globs mean Docker Hub, though they do not say so.
        string whole = text switch { "*/*" => $"{Hub}*/*", "*" => $"{Hub}library/*", _ => text };
        string pattern = whole.Replace(".", @"\.", StringComparison.Ordinal)
            .Replace("**", "#", StringComparison.Ordinal)
            .Replace("*", "[^/]*", StringComparison.Ordinal)
            .Replace("#", ".*", StringComparison.Ordinal);
        try
        {
            return new ImageGlob(text, new Regex(
                $@"\A{pattern}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException("the glob cannot be used: it has too many parts", e);
        }
    }

    /// <param name="name">The whole name: registry, repository, and the digest or else the tag.</param>
    public bool IsMatch(string name) => _pattern.IsMatch(name);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
