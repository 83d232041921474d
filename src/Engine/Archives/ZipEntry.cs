using static System.Buffers.Binary.BinaryPrimitives;

namespace SigstorePS.Archives;

/// <summary>An entry as the list at the end of a zip says it (PKWARE APPNOTE 6.3, section 4.3.12).</summary>
internal sealed class ZipEntry
{
    public const int Size = 46;

    private const uint Mark = 0x02014b50;
    private const ushort LargeSizes = 1;
    private const ushort UnicodePath = 0x7075;
    private const int UnixHost = 3;
    private const int FileType = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    // Encrypted, patched, strongly encrypted, masked headers.
    private const int Unreadable = 1 | (1 << 5) | (1 << 6) | (1 << 13);
    private const int Utf8Name = 1 << 11;
    private const int Stored = 0;
    private const int Deflated = 8;

    private ZipEntry(byte[] rawName, string path)
    {
        RawName = rawName;
        Path = path;
    }

    public byte[] RawName { get; }

    public string Path { get; }

    public ushort Flags { get; private init; }

    public ushort Method { get; private init; }

    public long Packed { get; private init; }

    public long Length { get; private init; }

    public long Offset { get; private init; }

    public bool IsFolder { get; private init; }

    public bool IsDeflated => Method == Deflated;

    public bool HasDescriptor => (Flags & 8) != 0;

    /// <summary>Bytes behind the fixed part: name, extra fields and comment.</summary>
    /// <exception cref="SigstoreException">MalformedArchive, LimitExceeded.</exception>
    public static int RestLength(ArchiveSource source, ReadOnlySpan<byte> head)
    {
        if (ReadUInt32LittleEndian(head) != Mark)
        {
            throw source.Malformed("has a damaged list of entries");
        }

        int[] lengths =
        [
            ReadUInt16LittleEndian(head[28..]), ReadUInt16LittleEndian(head[30..]), ReadUInt16LittleEndian(head[32..]),
        ];
        return lengths.All(static l => l <= Limits.ArchiveName)
            ? lengths.Sum()
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{source.Place} has an entry with a name of over {Limits.ArchiveName} bytes.");
    }

    /// <exception cref="SigstoreException">MalformedArchive, Unsupported, LimitExceeded.</exception>
    public static ZipEntry Read(ArchiveSource source, ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> rawName = rest[..ReadUInt16LittleEndian(head[28..])];
        ReadOnlySpan<byte> extra = rest.Slice(rawName.Length, ReadUInt16LittleEndian(head[30..]));
        string name = EntryName.Decode(source, rawName);
        ushort flags = ReadUInt16LittleEndian(head[8..]);
        ushort method = ReadUInt16LittleEndian(head[10..]);
        (long packed, long length, long offset) = Sizes(
            source, ReadUInt32LittleEndian(head[20..]), ReadUInt32LittleEndian(head[24..]),
            ReadUInt32LittleEndian(head[42..]), extra);
        bool isFolder = name.EndsWith('/');
        ZipEntry entry = new(rawName.ToArray(), EntryName.Check(source, name))
        {
            Flags = flags,
            Method = method,
            Packed = packed,
            Length = length,
            Offset = offset,
            IsFolder = isFolder,
        };
        int type = head[5] == UnixHost ? ReadUInt16LittleEndian(head[40..]) & FileType : 0;
        if (type is not (0 or RegularFile or Folder) || (type == Folder) != isFolder && type != 0)
        {
            throw source.Malformed($"has an entry of a kind that a layout never has, '{entry.Path}'");
        }

        if ((flags & Unreadable) != 0 || method is not (Stored or Deflated))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The archive {source.Place} has an encrypted entry or one of another compression, '{entry.Path}'.");
        }

        entry.CheckSizes(source);

        // Without the flag a name is in code page 437: the same bytes are another name there.
        return (flags & Utf8Name) != 0 || !rawName.ContainsAnyExceptInRange((byte)0, (byte)127)
            ? entry
            : throw source.Malformed("has an entry whose name is not UTF-8");
    }

    /// <summary>Sizes and place, from the large ones of the extra field where the small ones say so.</summary>
    /// <param name="source">For errors.</param>
    /// <param name="packed">The small one.</param>
    /// <param name="length">The small one.</param>
    /// <param name="offset">The small one; null: a local header, which has none.</param>
    /// <param name="extra">The extra fields.</param>
    /// <exception cref="SigstoreException">MalformedArchive.</exception>
    public static (long Packed, long Length, long Offset) Sizes(
        ArchiveSource source, uint packed, uint length, uint? offset, ReadOnlySpan<byte> extra)
    {
        ReadOnlySpan<byte> large = [];
        bool found = false;
        while (extra.Length >= 4)
        {
            ushort id = ReadUInt16LittleEndian(extra);
            int size = ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4 || id == UnicodePath || (id == LargeSizes && found))
            {
                throw source.Malformed("has an entry with an extra field that cannot be read");
            }

            if (id == LargeSizes)
            {
                found = true;
                large = extra.Slice(4, size);
            }

            extra = extra[(4 + size)..];
        }

        long realLength = Take(ref large, length);
        long realPacked = Take(ref large, packed);
        long realOffset = Take(ref large, offset ?? 0);
        return realLength >= 0 && realPacked >= 0 && realOffset >= 0
            ? (realPacked, realLength, realOffset)
            : throw source.Malformed("has an entry of no size that a file can have");

        long Take(ref ReadOnlySpan<byte> field, uint small)
        {
            if (small != uint.MaxValue)
            {
                return small;
            }

            if (field.Length < 8)
            {
                throw source.Malformed("has an entry of no size that a file can have");
            }

            long value = ReadInt64LittleEndian(field);
            field = field[8..];
            return value;
        }
    }

    private void CheckSizes(ArchiveSource source)
    {
        if ((IsFolder && Length > 0) || (Method == Stored && Packed != Length))
        {
            throw source.Malformed($"has an entry of two sizes, '{Path}'");
        }

        // Deflate packs 1032 to 1 at best; some bytes are for the smallest of files.
        if (Method == Deflated && (Length - 64) / Limits.ArchiveRatio > Packed)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The archive {source.Place} has an entry that is said to grow {Limits.ArchiveRatio} times, '{Path}'.");
        }
    }
}
