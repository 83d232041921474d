using System.Buffers.Binary;

namespace SigstorePS.Archives;

/// <summary>One block of 512 bytes before an entry (POSIX.1-2017 pax, ustar interchange format; GNU's numbers).</summary>
internal readonly ref struct TarHeader
{
    public const int Size = 512;

    /// <summary>The largest size that eleven octal digits say.</summary>
    public const long LargestPlainSize = 0x1_FFFF_FFFF;

    private readonly ReadOnlySpan<byte> _block;
    private readonly ArchiveSource _source;

    /// <exception cref="SigstoreException">MalformedArchive: no header, or a damaged one.</exception>
    public TarHeader(ArchiveSource source, ReadOnlySpan<byte> block)
    {
        _source = source;
        _block = block;
        if (!IsMagic(block) || Octal(block.Slice(148, 8)) != Sum(block))
        {
            throw source.Malformed("has a damaged header");
        }
    }

    public char Kind => _block[156] == 0 ? '0' : (char)_block[156];

    /// <summary>Bytes of the content.</summary>
    /// <exception cref="SigstoreException">MalformedArchive.</exception>
    public long ReadLength()
    {
        ReadOnlySpan<byte> field = _block.Slice(124, 12);
        if ((field[0] & 0x80) == 0)
        {
            return Octal(field);
        }

        // GNU: two's complement in base 256 behind the first bit.
        long size = BinaryPrimitives.ReadInt64BigEndian(field[4..]);
        return field[0] == 0x80 && !field[1..4].ContainsAnyExcept((byte)0) && size >= 0
            ? size
            : throw _source.Malformed("has an entry of no size that a file can have");
    }

    /// <summary>The name as the block says it, the prefix of ustar before it.</summary>
    public string ReadName()
    {
        ReadOnlySpan<byte> name = Text(_block[..100]);
        ReadOnlySpan<byte> prefix = _block[262] == 0 ? Text(_block.Slice(345, 155)) : [];
        return prefix.Length == 0
            ? EntryName.Decode(_source, name)
            : EntryName.Decode(_source, [.. prefix, (byte)'/', .. name]);
    }

    public static bool IsMagic(ReadOnlySpan<byte> block) =>
        block.Slice(257, 6).SequenceEqual("ustar\0"u8) || block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) =>
        field.IndexOf((byte)0) is int end and >= 0 ? field[..end] : field;

    private static long Sum(ReadOnlySpan<byte> block)
    {
        // Its own field counts as eight blanks.
        long sum = 8 * ' ';
        for (int i = 0; i < block.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : block[i];
        }

        return sum;
    }

    private long Octal(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> digits = field.Trim([(byte)' ', (byte)0]);
        long value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                throw _source.Malformed("has a header with a number that is none");
            }

            value = (value << 3) + (digit - '0');
        }

        return value;
    }
}
