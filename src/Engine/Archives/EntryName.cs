using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Archives;

/// <summary>
/// Names of entries. Nothing is unpacked here, yet a name that would lead out of a directory, or to another file on
/// another system, says what the archive is for: whoever unpacks it next must not be the one to find out.
/// </summary>
internal static class EntryName
{
    private const int Shown = 80;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The name of bytes as they stand in the archive.</summary>
    /// <exception cref="SigstoreException">MalformedArchive, LimitExceeded.</exception>
    public static string Decode(ArchiveSource source, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Limits.ArchiveName)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{source.Place} has an entry with a name of {bytes.Length} bytes, over {Limits.ArchiveName}.");
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw source.Malformed("has an entry whose name is not UTF-8", e);
        }
    }

    /// <summary>The name without <c>./</c> before it and <c>/</c> behind it; empty for the folder of the whole.</summary>
    /// <exception cref="SigstoreException">MalformedArchive.</exception>
    public static string Check(ArchiveSource source, string name)
    {
        string path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        path = path.EndsWith('/') && path.Length > 1 ? path[..^1] : path;
        if (name is "." or "./")
        {
            return string.Empty;
        }

        // A colon begins a drive or another stream of the same file; dots and blanks at the end are dropped by Windows.
        return path.Length > 0 && !path.AsSpan().ContainsAny('\\', ':') && !path.Any(char.IsControl)
            && path.Split('/').All(static part => part is not ("" or "." or "..") && part[^1] is not ('.' or ' '))
            ? path
            : throw source.Malformed($"has an entry named '{PlainText.Clean(name, Shown)}'");
    }
}
