namespace SigstorePS.Archives;

/// <summary>
/// Where the files of an uncompressed tar are. Everything that two readers understand differently is refused: sizes
/// that header and extended header say differently (CVE-2025-62518 and its kin), links, sparse files, a missing or
/// an early end.
/// </summary>
internal static class TarIndex
{
    // Tapes have blocks; nobody pads more than this.
    private const int LargestPadding = 1024 * 1024;

    /// <exception cref="SigstoreException">MalformedArchive, LimitExceeded, FileUnavailable.</exception>
    public static async Task<ArchiveTable> ReadAsync(ArchiveSource source, CancellationToken cancel)
    {
        ArchiveTable table = new(source);
        byte[] block = new byte[TarHeader.Size];
        Said said = new();
        long at = 0;
        while (true)
        {
            await source.ReadAsync(at, block, cancel).ConfigureAwait(false);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
            {
                await CheckEndAsync(source, at, cancel).ConfigureAwait(false);
                return said.IsEmpty ? table : throw source.Malformed("ends after an extended header");
            }

            table.Count();
            at += TarHeader.Size;
            (char kind, string name, long length) = Header(source, block);
            if (kind is 'x' or 'g' or 'L')
            {
                byte[] content = await ExtendedAsync(source, at, length, cancel).ConfigureAwait(false);
                said = said.With(source, kind, content);
            }
            else
            {
                length = said.LengthOf(source, length);
                Take(table, source, kind, said.Name ?? name, at, length);
                said = new Said();
            }

            // Also what is behind it: an entry must not reach over the end.
            long padded = length > source.Length - at ? throw source.Malformed("is cut off")
                : (length + TarHeader.Size - 1) / TarHeader.Size * TarHeader.Size;
            at += padded;
        }
    }

    private static (char Kind, string Name, long Length) Header(ArchiveSource source, byte[] block)
    {
        TarHeader header = new(source, block);
        return (header.Kind, header.ReadName(), header.ReadLength());
    }

    private static void Take(ArchiveTable table, ArchiveSource source, char kind, string name, long at, long length)
    {
        string path = EntryName.Check(source, name);
        bool isFolder = name.EndsWith('/') || path.Length == 0;
        switch (kind)
        {
            case '5' when length == 0:
                break;
            case '0' when !isFolder:
                table.Add(new ArchiveEntry(path, length, at, length, IsDeflated: false));
                break;
            default:
                throw source.Malformed(
                    kind is '1' or '2' ? $"has a link, '{path}', which a layout never has"
                    : $"has an entry of a kind that a layout never has, '{path}'");
        }
    }

    private static async Task<byte[]> ExtendedAsync(
        ArchiveSource source, long at, long length, CancellationToken cancel)
    {
        if (length > Limits.ArchiveName)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{source.Place} has an extended header of {length} bytes, over {Limits.ArchiveName}.");
        }

        byte[] content = new byte[length];
        await source.ReadAsync(at, content, cancel).ConfigureAwait(false);
        return content;
    }

    /// <summary>Two empty blocks end a tar, and nothing but padding comes after them: no second archive.</summary>
    private static async Task CheckEndAsync(ArchiveSource source, long at, CancellationToken cancel)
    {
        long left = source.Length - at;
        if (left is < 2 * TarHeader.Size or > LargestPadding)
        {
            throw source.Malformed(left > LargestPadding ? "goes on after its end" : "is cut off");
        }

        byte[] rest = new byte[left];
        await source.ReadAsync(at, rest, cancel).ConfigureAwait(false);
        if (rest.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw source.Malformed("goes on after its end");
        }
    }

    /// <summary>What extended headers said of the next entry.</summary>
    private sealed record Said
    {
        private long? Size { get; init; }

        public string? Name { get; private init; }

        public bool IsEmpty { get; private init; } = true;

        public Said With(ArchiveSource source, char kind, byte[] content)
        {
            // For all that follows: what every entry is named or how long each is would be nonsense or worse.
            if (kind == 'g')
            {
                return PaxRecords.Parse(source, content) is { Path: null, Size: null }
                    ? this
                    : throw source.Malformed("has a global header that names what follows");
            }

            if (!IsEmpty)
            {
                throw source.Malformed("has two extended headers for one entry");
            }

            if (kind == 'L')
            {
                ReadOnlySpan<byte> name = content;
                return new Said { IsEmpty = false, Name = EntryName.Decode(source, name.TrimEnd((byte)0)) };
            }

            PaxRecords records = PaxRecords.Parse(source, content);
            return new Said { IsEmpty = false, Name = records.Path, Size = records.Size };
        }

        /// <summary>A size that the header could have said itself must be the one it says.</summary>
        public long LengthOf(ArchiveSource source, long inHeader) =>
            Size is not { } size || size == inHeader || size > TarHeader.LargestPlainSize
                ? Size ?? inHeader
                : throw source.Malformed("has an entry of two sizes");
    }
}
