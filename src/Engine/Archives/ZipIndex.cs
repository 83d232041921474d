using static System.Buffers.Binary.BinaryPrimitives;

namespace SigstorePS.Archives;

/// <summary>
/// Where the files of a zip are (PKWARE APPNOTE 6.3). The list at its end is what most readers go by, the headers before
/// each entry what a streaming one does: both must say the same, and the entries must fill the file without a gap, so
/// that none is hidden and no byte is in two.
/// </summary>
internal static class ZipIndex
{
    private const int EndSize = 22;
    private const int LargeEndSize = 56;
    private const int LocatorSize = 20;
    private const uint EndMark = 0x06054b50;
    private const uint LargeEndMark = 0x06064b50;
    private const uint LocatorMark = 0x07064b50;
    private const int LocalSize = 30;
    private const uint LocalMark = 0x04034b50;
    private const uint DescriptorMark = 0x08074b50;

    /// <exception cref="SigstoreException">MalformedArchive, LimitExceeded, FileUnavailable.</exception>
    public static async Task<ArchiveTable> ReadAsync(ArchiveSource source, CancellationToken cancel)
    {
        ArchiveTable table = new(source);
        (long count, long start, long length) = await EndAsync(source, cancel).ConfigureAwait(false);
        table.Count(count);
        if (length > count * (ZipEntry.Size + (3L * Limits.ArchiveName)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{source.Place} has a list of {length} bytes for {count} entries.");
        }

        List<ZipEntry> entries = await ListAsync(source, start, length, count, cancel).ConfigureAwait(false);
        long at = 0;
        foreach (ZipEntry entry in entries.OrderBy(static e => e.Offset))
        {
            if (entry.Offset != at)
            {
                throw source.Malformed("has entries that overlap or leave gaps");
            }

            long data = await LocalAsync(source, entry, cancel).ConfigureAwait(false);
            at = await BehindAsync(source, entry, data, start, cancel).ConfigureAwait(false);
            if (!entry.IsFolder)
            {
                table.Add(new ArchiveEntry(entry.Path, entry.Length, data, entry.Packed, entry.IsDeflated));
            }
        }

        return at == start ? table : throw source.Malformed("has bytes that belong to no entry");
    }

    /// <summary>The record at the very end: how many entries, and where the list of them is.</summary>
    private static async Task<(long Count, long Start, long Length)> EndAsync(
        ArchiveSource source, CancellationToken cancel)
    {
        byte[] end = new byte[EndSize];
        long at = source.Length - EndSize;
        await source.ReadAsync(at, end, cancel).ConfigureAwait(false);
        if (ReadUInt32LittleEndian(end) != EndMark || ReadUInt16LittleEndian(end.AsSpan(20)) != 0)
        {
            throw source.Malformed("is cut off, or has a comment");
        }

        (ushort disk, ushort listDisk, ushort here) = (
            ReadUInt16LittleEndian(end.AsSpan(4)), ReadUInt16LittleEndian(end.AsSpan(6)),
            ReadUInt16LittleEndian(end.AsSpan(8)));
        (long count, long length, long start) = (
            ReadUInt16LittleEndian(end.AsSpan(10)), ReadUInt32LittleEndian(end.AsSpan(12)),
            ReadUInt32LittleEndian(end.AsSpan(16)));
        bool isLarge = count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue;
        if ((disk, listDisk) is not ((0, 0) or (ushort.MaxValue, ushort.MaxValue)) || here != count)
        {
            throw source.Malformed("is one part of several");
        }

        if (isLarge)
        {
            (long largeCount, long largeStart, long largeLength) =
                await LargeEndAsync(source, at - LocatorSize, cancel).ConfigureAwait(false);

            // What the short record can say it must say, or two readers look at two lists.
            if ((count != ushort.MaxValue && count != largeCount) || (length != uint.MaxValue && length != largeLength)
                || (start != uint.MaxValue && start != largeStart))
            {
                throw source.Malformed("has two ends that differ");
            }

            (count, start, length) = (largeCount, largeStart, largeLength);
            at -= LocatorSize + LargeEndSize;
        }

        return count >= 0 && start >= 0 && length >= 0 && start <= at && length == at - start
            ? (count, start, length)
            : throw source.Malformed("has its list of entries elsewhere than it says");
    }

    private static async Task<(long Count, long Start, long Length)> LargeEndAsync(
        ArchiveSource source, long at, CancellationToken cancel)
    {
        byte[] both = new byte[LargeEndSize + LocatorSize];
        await source.ReadAsync(at - LargeEndSize, both, cancel).ConfigureAwait(false);
        ReadOnlySpan<byte> end = both.AsSpan(0, LargeEndSize);
        ReadOnlySpan<byte> locator = both.AsSpan(LargeEndSize);
        return ReadUInt32LittleEndian(locator) == LocatorMark && ReadUInt32LittleEndian(locator[4..]) == 0
            && ReadInt64LittleEndian(locator[8..]) == at - LargeEndSize && ReadUInt32LittleEndian(locator[16..]) == 1
            && ReadUInt32LittleEndian(end) == LargeEndMark && ReadInt64LittleEndian(end[4..]) == LargeEndSize - 12
            && ReadUInt32LittleEndian(end[16..]) == 0 && ReadUInt32LittleEndian(end[20..]) == 0
            && ReadInt64LittleEndian(end[24..]) == ReadInt64LittleEndian(end[32..])
            ? (ReadInt64LittleEndian(end[32..]), ReadInt64LittleEndian(end[48..]), ReadInt64LittleEndian(end[40..]))
            : throw source.Malformed("has an end that cannot be read");
    }

    private static async Task<List<ZipEntry>> ListAsync(
        ArchiveSource source, long start, long length, long count, CancellationToken cancel)
    {
        List<ZipEntry> entries = [];
        long at = start;
        byte[] head = new byte[ZipEntry.Size];
        for (long i = 0; i < count; i++)
        {
            await source.ReadAsync(at, head, cancel).ConfigureAwait(false);
            byte[] rest = new byte[ZipEntry.RestLength(source, head)];
            await source.ReadAsync(at + ZipEntry.Size, rest, cancel).ConfigureAwait(false);
            entries.Add(ZipEntry.Read(source, head, rest));
            at += ZipEntry.Size + rest.Length;
        }

        return at == start + length ? entries : throw source.Malformed("has more in its list than it says");
    }

    /// <summary>Checks the header before an entry; gives where its bytes begin.</summary>
    private static async Task<long> LocalAsync(ArchiveSource source, ZipEntry entry, CancellationToken cancel)
    {
        byte[] head = new byte[LocalSize];
        await source.ReadAsync(entry.Offset, head, cancel).ConfigureAwait(false);
        int nameLength = ReadUInt16LittleEndian(head.AsSpan(26));
        int extraLength = ReadUInt16LittleEndian(head.AsSpan(28));
        if (ReadUInt32LittleEndian(head) != LocalMark || nameLength > Limits.ArchiveName
            || extraLength > Limits.ArchiveName)
        {
            throw source.Malformed("has a damaged entry");
        }

        byte[] rest = new byte[nameLength + extraLength];
        await source.ReadAsync(entry.Offset + LocalSize, rest, cancel).ConfigureAwait(false);
        ReadOnlySpan<byte> name = rest.AsSpan(0, nameLength);
        ushort flags = ReadUInt16LittleEndian(head.AsSpan(6));
        ushort method = ReadUInt16LittleEndian(head.AsSpan(8));
        uint packed = ReadUInt32LittleEndian(head.AsSpan(18));
        uint length = ReadUInt32LittleEndian(head.AsSpan(22));
        bool isSame = name.SequenceEqual(entry.RawName) && flags == entry.Flags && method == entry.Method
            && ZipEntry.Sizes(source, packed, length, null, rest.AsSpan(nameLength)) is var (p, l, _)
            && ((p == entry.Packed && l == entry.Length) || (entry.HasDescriptor && p == 0 && l == 0));
        return isSame
            ? entry.Offset + LocalSize + rest.Length
            : throw source.Malformed($"has an entry of two meanings, '{entry.Path}'");
    }

    /// <summary>Where the next entry begins: the sizes of this one may stand behind it once more.</summary>
    private static async Task<long> BehindAsync(
        ArchiveSource source, ZipEntry entry, long data, long end, CancellationToken cancel)
    {
        if (entry.Packed > end - data)
        {
            throw source.Malformed("has an entry that reaches into its list");
        }

        long at = data + entry.Packed;
        if (!entry.HasDescriptor)
        {
            return at;
        }

        // With or without a mark, with sizes of four or eight bytes: only the sizes tell.
        byte[] behind = new byte[Math.Min(24, end - at)];
        await source.ReadAsync(at, behind, cancel).ConfigureAwait(false);
        int mark = behind.Length >= 4 && ReadUInt32LittleEndian(behind) == DescriptorMark ? 8 : 4;
        ReadOnlySpan<byte> sizes = behind.AsSpan(Math.Min(mark, behind.Length));
        if (sizes.Length >= 16 && ReadInt64LittleEndian(sizes) == entry.Packed
            && ReadInt64LittleEndian(sizes[8..]) == entry.Length)
        {
            return at + mark + 16;
        }

        return sizes.Length >= 8 && ReadUInt32LittleEndian(sizes) == entry.Packed
            && ReadUInt32LittleEndian(sizes[4..]) == entry.Length
            ? at + mark + 8
            : throw source.Malformed($"has an entry of two sizes, '{entry.Path}'");
    }
}
