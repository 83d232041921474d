using System.Buffers.Text;
using System.Globalization;

namespace SigstorePS.Archives;

/// <summary>
/// What an extended header says of the entry behind it (POSIX.1-2017 pax, extended header): records
/// <c>length keyword=value\n</c>. Only name and size matter here; whatever changes what the content is, is refused.
/// </summary>
internal sealed record PaxRecords
{
    public string? Path { get; private set; }

    public long? Size { get; private set; }

    /// <param name="source">For messages and errors.</param>
    /// <param name="content">At most <see cref="Limits.ArchiveName"/> bytes.</param>
    /// <exception cref="SigstoreException">MalformedArchive.</exception>
    public static PaxRecords Parse(ArchiveSource source, ReadOnlySpan<byte> content)
    {
        PaxRecords records = new();
        HashSet<string> seen = [];
        while (content.Length > 0)
        {
            if (!Utf8Parser.TryParse(content, out int length, out int digits) || length > content.Length
                || length < digits + 4 || content[0] is < (byte)'1' or > (byte)'9' || content[digits] != ' '
                || content[length - 1] != '\n')
            {
                throw source.Malformed("has an extended header that cannot be read");
            }

            ReadOnlySpan<byte> record = content[(digits + 1)..(length - 1)];
            content = content[length..];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw source.Malformed("has an extended header that cannot be read");
            }

            string keyword = EntryName.Decode(source, record[..equals]);
            if (!seen.Add(keyword))
            {
                throw source.Malformed("has an extended header that says one thing twice");
            }

            records.Take(source, keyword, record[(equals + 1)..]);
        }

        return records;
    }

    private void Take(ArchiveSource source, string keyword, ReadOnlySpan<byte> value)
    {
        switch (keyword)
        {
            case "path":
                Path = EntryName.Decode(source, value);
                break;
            case "size":
                Size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                    ? size
                    : throw source.Malformed("has an extended header with a size that is none");
                break;
            case "linkpath" or "hdrcharset":
            case var _ when keyword.StartsWith("GNU.sparse", StringComparison.Ordinal):
                throw source.Malformed($"has an extended header with {(keyword.Length > 20 ? "GNU.sparse" : keyword)}");
        }
    }
}
