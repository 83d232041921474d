using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// A reference to an image (distribution reference grammar), or to one in an OCI layout on disk
/// (<c>oci:&lt;dir&gt;[:tag|@digest]</c>). Pure grammar, no I/O.
/// </summary>
internal sealed record ImageReference
{
    private const string LayoutName = "oci";
    private const string LayoutScheme = "oci:";
    private const string DockerHub = "index.docker.io";
    private const int MaxNameLength = 255;
    private const int MaxTagLength = 128;
    private const int MaxShown = 80;

    private static readonly SearchValues<char> TagCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and port; <c>index.docker.io</c> for Docker Hub; <c>oci</c> for a layout.</summary>
    public string Registry { get; }

    /// <summary>Repository name; the directory as typed for a layout.</summary>
    public string Repository { get; }

    /// <summary>The tag; null when only a digest was given, and for a layout's only image.</summary>
    public string? Tag { get; }

    public Digest? Digest { get; }

    public bool IsLayout => Registry == LayoutName;

    /// <summary>What to ask the store for: the digest if there is one, else the tag.</summary>
    public string TagOrDigest => Digest?.ToString() ?? Tag ?? string.Empty;

    /// <summary><c>registry/repository</c>, or <c>oci:dir</c>.</summary>
    public string RepositoryText => IsLayout ? LayoutText(tagFollows: false) : $"{Registry}/{Repository}";

    /// <summary>Reads a reference.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference, naming the offending part.</exception>
    public static ImageReference Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Invalid("The image reference is empty.");
        }

        if (text.Any(char.IsControl))
        {
            throw Invalid($"The image reference {Shown(text)} contains a control character.");
        }

        return text.StartsWith(LayoutScheme, StringComparison.Ordinal) ? ParseLayout(text) : ParseImage(text);
    }

    /// <summary>Whether a text is a tag: <c>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}</c>.</summary>
    public static bool IsTag(string text) =>
        text.Length is > 0 and <= MaxTagLength && text[0] is not ('.' or '-')
        && !text.AsSpan().ContainsAnyExcept(TagCharacters);

    /// <summary>The same repository and tag, pinned to a digest.</summary>
    public ImageReference WithDigest(Digest digest) => new(Registry, Repository, Tag, digest);

    /// <summary>Another tag of the same repository; the digest is dropped, for it was that of the old tag.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference: not a tag.</exception>
    public ImageReference WithTag(string tag) => new(Registry, Repository, CheckTag(tag), null);

    /// <summary>The same image of a layout whose directory is now known in full.</summary>
    public ImageReference WithLayoutDirectory(string fullPath) =>
        IsLayout
            ? new ImageReference(LayoutName, fullPath, Tag, Digest)
            : throw new ArgumentException("The reference is not to a layout.", nameof(fullPath));

    /// <summary><c>registry/repository[:tag][@digest]</c>, or <c>oci:dir[:tag][@digest]</c>.</summary>
    public override string ToString() =>
        (IsLayout ? LayoutText(tagFollows: Tag is not null) : RepositoryText)
        + (Tag is null ? string.Empty : $":{Tag}") + (Digest is null ? string.Empty : $"@{Digest}");

    // A directory may end in what reads as a tag or digest; a separator keeps the text meaning what it names.
    private string LayoutText(bool tagFollows) =>
        tagFollows || SplitLayout(Repository).Directory == Repository
            ? $"{LayoutScheme}{Repository}"
            : $"{LayoutScheme}{Repository}/";

    private static ImageReference ParseLayout(string text)
    {
        if (text.StartsWith("oci://", StringComparison.Ordinal))
        {
            throw Invalid(
                $"The image reference {Shown(text)} has a scheme: drop 'oci://' for a registry, "
                + "or write oci:<directory> for a layout.");
        }

        (string directory, string? tag, Digest? digest) = SplitLayout(text[LayoutScheme.Length..]);
        if (string.IsNullOrWhiteSpace(directory))
        {
            throw Invalid($"The layout reference {Shown(text)} names no directory.");
        }

        if (directory.EndsWith(':') || directory.EndsWith('@'))
        {
            throw Invalid($"The layout reference {Shown(text)} has an empty tag or digest after its last character.");
        }

        int at = text.LastIndexOf('@');
        string tail = at < 0 ? string.Empty : text[(at + 1)..];
        if (digest is null && LooksLikeDigest(tail))
        {
            throw Invalid($"{Shown(tail)} in {Shown(text)} is not a digest.");
        }

        return new ImageReference(LayoutName, directory, tag, digest);
    }

    /// <summary>A colon splits a tag off only if a tag follows: drives and paths have colons too.</summary>
    private static (string Directory, string? Tag, Digest? Digest) SplitLayout(string text)
    {
        Digest? digest = null;
        int at = text.LastIndexOf('@');
        if (at >= 0 && Digest.TryParse(text[(at + 1)..], out digest))
        {
            text = text[..at];
        }

        int colon = text.LastIndexOf(':');
        return colon >= 0 && IsTag(text[(colon + 1)..])
            ? (text[..colon], text[(colon + 1)..], digest)
            : (text, null, digest);
    }

    private static bool LooksLikeDigest(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        ReadOnlySpan<char> value = text.AsSpan(colon + 1);
        return colon > 0 && !text.AsSpan().ContainsAny("/\\")
            && ((text.StartsWith("sha", StringComparison.OrdinalIgnoreCase) && char.IsAsciiDigit(text[3]))
                || (value.Length >= 32 && !value.ContainsAnyExcept("0123456789abcdefABCDEF")));
    }

    private static ImageReference ParseImage(string text)
    {
        if (text.Any(char.IsWhiteSpace))
        {
            throw Invalid($"The image reference {Shown(text)} contains white space.");
        }

        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            throw Invalid($"The image reference {Shown(text)} has a scheme: drop '{Shorten(text[..(scheme + 3)])}'.");
        }

        string rest = text;
        Digest? digest = null;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            digest = ParseDigest(rest[(at + 1)..], text);
            rest = rest[..at];
        }

        string? tag = null;
        int colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/'))
        {
            tag = CheckTag(rest[(colon + 1)..]);
            rest = rest[..colon];
        }

        (string registry, string repository) = SplitHost(rest);
        CheckRepository(repository, text);
        if (registry == DockerHub && !repository.Contains('/', StringComparison.Ordinal))
        {
            // docker refuses it as well: 64 hex digits are an image id to its commands, and anyone may own the name.
            if (repository.Length == 64 && !repository.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            {
                throw Invalid($"The image reference {Shown(text)} is an image id; write repository@sha256:<digest>.");
            }

            repository = $"library/{repository}";
        }

        int length = registry.Length + 1 + repository.Length;
        if (length > MaxNameLength)
        {
            throw Invalid($"The repository name of {Shown(text)} is {length} characters long, over {MaxNameLength}.");
        }

        return new ImageReference(registry, repository, tag ?? (digest is null ? "latest" : null), digest);
    }

    private static Digest ParseDigest(string digest, string text)
    {
        if (Digest.TryParse(digest, out Digest? parsed))
        {
            return parsed;
        }

        throw Invalid(digest.Length == 0
            ? $"The image reference {Shown(text)} has an empty digest after '@'."
            : $"{Shown(digest)} in {Shown(text)} is not a digest: write sha256:, sha384: or sha512: "
                + "and 64, 96 or 128 lower-case hexadecimal digits.");
    }

    private static string CheckTag(string tag) => IsTag(tag)
        ? tag
        : throw Invalid(
            tag.Length == 0 ? "The tag after ':' is empty."
            : tag.Length > MaxTagLength ? $"The tag {Shown(tag)} is {tag.Length} characters long, over {MaxTagLength}."
            : $"The tag {Shown(tag)} may only hold letters, digits, '_', '.' and '-', and not begin with '.' or '-'.");

    private static (string Registry, string Repository) SplitHost(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? string.Empty : name[..slash].ToLowerInvariant();
        // docker also takes a bare name with capitals for a host; in lower case it would read as a Docker Hub user,
        // so that one text would name two repositories. It is refused as a repository with capitals.
        if (host != "localhost" && !host.AsSpan().ContainsAny(".:"))
        {
            return (DockerHub, name);
        }

        CheckHost(host);
        return (host is "docker.io" ? DockerHub : host, name[(slash + 1)..]);
    }

    private static void CheckHost(string host)
    {
        int end = host.StartsWith('[')
            ? host.IndexOf(']', StringComparison.Ordinal) + 1
            : host.IndexOf(':', StringComparison.Ordinal);
        end = end < 0 ? host.Length : end;
        string name = host[..end];
        string port = host[end..];
        if (port.Length > 0 && !IsPort(port))
        {
            throw Invalid($"The registry host {Shown(host)} has the port {Shown(port.TrimStart(':'))}, which is none.");
        }

        bool valid = name.StartsWith('[')
            ? IsAddress(name.Trim('[', ']'))
            : name.Split('.').All(IsHostLabel);
        if (!valid)
        {
            throw Invalid($"The registry host {Shown(host)} is not a host name or address.");
        }
    }

    private static bool IsPort(string port) =>
        port.StartsWith(':') && port != ":0"
        && ushort.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    // A zone (fe80::1%eth0) is not in the grammar and IPAddress would take it.
    private static bool IsAddress(string text) =>
        !text.AsSpan().ContainsAnyExcept("0123456789abcdef:.")
        && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool IsHostLabel(string label) =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-'
        && label.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static void CheckRepository(string repository, string text)
    {
        if (repository.Length == 0)
        {
            throw Invalid($"The image reference {Shown(text)} names no repository.");
        }

        foreach (string component in repository.Split('/'))
        {
            if (!IsComponent(component))
            {
                throw Invalid(
                    component.Length == 0 ? $"The repository name of {Shown(text)} has an empty part between slashes."
                    : component.Any(char.IsAsciiLetterUpper)
                        ? $"{Shown(component)} in {Shown(text)} must be lower case."
                    : $"{Shown(component)} in {Shown(text)} may only hold lower-case letters and digits, "
                        + "with '.', '_', '__' or '-' between them.");
            }
        }
    }

    /// <summary><c>[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*</c>, by hand: linear whatever the text.</summary>
    private static bool IsComponent(string text)
    {
        int i = 0;
        while (true)
        {
            int start = i;
            while (i < text.Length && (char.IsAsciiLetterLower(text[i]) || char.IsAsciiDigit(text[i])))
            {
                i++;
            }

            if (i == start || i == text.Length)
            {
                return i > start;
            }

            char separator = text[i];
            int most = separator switch { '.' => 1, '_' => 2, '-' => int.MaxValue, _ => 0 };
            int run = 0;
            while (i < text.Length && text[i] == separator && run < most)
            {
                i++;
                run++;
            }

            if (run == 0)
            {
                return false;
            }
        }
    }

    private static string Shown(string text) => $"'{Shorten(text)}'";

    /// <summary>Short and without control characters, which would reach a terminal.</summary>
    private static string Shorten(string text) =>
        string.Concat((text.Length > MaxShown ? text[..MaxShown] + "..." : text)
            .Select(static c => char.IsControl(c) ? '?' : c));

    private static SigstoreException Invalid(string message) => new(SigstoreErrorCode.InvalidImageReference, message);
}
