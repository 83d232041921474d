using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SigstorePS.Archives;

namespace SigstorePS.Tests.Archives;

public sealed class ZipTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task Files_are_found_stored_or_deflated(CompressionLevel level)
    {
        byte[] large = Encoding.UTF8.GetBytes(new string('x', 50_000));
        using ArchiveFile file = new(Zip(level, ("oci-layout", "{}"u8.ToArray()), ("d/", []), ("d/large", large)));
        ArchiveContent content = await file.OpenAsync();
        Assert.Equal(large, await content.ReadAsync("d/large", 50_000, Cancel));
        Assert.Equal(50_000, content.Find("d/large")?.Length);
        Assert.Null(content.Find("d"));
    }

    [Fact]
    public async Task An_unseekable_writer_s_zip_is_read()
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(new OneWay(bytes), ZipArchiveMode.Create))
        {
            Write(zip, "a", [1, 2, 3], CompressionLevel.NoCompression);
            Write(zip, "b", new byte[5000], CompressionLevel.Optimal);
        }

        using ArchiveFile file = new(bytes.ToArray());
        ArchiveContent content = await file.OpenAsync();
        Assert.Equal<byte[]>([1, 2, 3], await content.ReadAsync("a", 9, Cancel));
        Assert.Equal(new byte[5000], await content.ReadAsync("b", 5000, Cancel));
    }

    [Theory]
    [MemberData(nameof(TarTests.EvilNames), MemberType = typeof(TarTests))]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        using ArchiveFile file = new(Zip(CompressionLevel.NoCompression, (name, [1])));
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await file.RefusedAsync()).Code);
    }

    [Fact]
    public async Task A_name_that_stands_twice_is_refused()
    {
        using ArchiveFile file = new(Zip(CompressionLevel.NoCompression, ("a", [1]), ("A", [2])));
        Assert.Contains("two entries", (await file.RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_and_devices_are_refused()
    {
        foreach (int mode in (int[])[0xA1FF, 0x61A4, 0x11A4, 0xC1A4, 0x41ED])
        {
            using MemoryStream bytes = new();
            using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                Write(zip, "thing", [1], CompressionLevel.NoCompression);
                zip.CreateEntry("x").ExternalAttributes = mode << 16;
            }

            byte[] content = bytes.ToArray();
            foreach (int at in All(content, 0x02014b50))
            {
                content[at + 5] = 3;
            }

            using ArchiveFile file = new(content);
            Assert.Contains("kind", (await file.RefusedAsync()).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Each one field of the list, of the header before the entry, or of the end: two meanings.</summary>
    [Theory]
    [InlineData("list", 8, 1, SigstoreErrorCode.Unsupported)] // encrypted
    [InlineData("both flags", 0, 1, SigstoreErrorCode.Unsupported)]
    [InlineData("list", 10, 12, SigstoreErrorCode.Unsupported)] // bzip2
    [InlineData("list", 10, 8, SigstoreErrorCode.MalformedArchive)] // deflated, says the list alone
    [InlineData("list", 20, 2, SigstoreErrorCode.MalformedArchive)] // packed size
    [InlineData("list", 24, 2, SigstoreErrorCode.MalformedArchive)] // size
    [InlineData("list", 28, 200, SigstoreErrorCode.MalformedArchive)] // name length
    [InlineData("list", 30, 200, SigstoreErrorCode.MalformedArchive)]
    [InlineData("list", 42, 1, SigstoreErrorCode.MalformedArchive)] // offset
    [InlineData("list", 46, 'z', SigstoreErrorCode.MalformedArchive)] // name
    [InlineData("local", 0, 0, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 6, 8, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 18, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 22, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 26, 200, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 28, 200, SigstoreErrorCode.MalformedArchive)]
    [InlineData("local", 30, 'z', SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 0, 0, SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 4, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 8, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 12, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 16, 1, SigstoreErrorCode.MalformedArchive)]
    [InlineData("end", 20, 1, SigstoreErrorCode.MalformedArchive)] // comment
    public async Task A_field_that_lies_is_refused(string where, int field, int value, SigstoreErrorCode code)
    {
        byte[] content = Zip(CompressionLevel.NoCompression, ("first", [1, 2, 3]), ("second", [4, 5, 6]));
        int list = All(content, 0x02014b50)[1];
        int local = All(content, 0x04034b50)[1];
        int end = All(content, 0x06054b50)[0];
        if (where == "both flags")
        {
            content[list + 8] |= (byte)value;
            content[local + 6] |= (byte)value;
        }
        else
        {
            content[(where == "list" ? list : where == "local" ? local : end) + field] = (byte)value;
        }

        using ArchiveFile file = new(content);
        SigstoreErrorCode refused = (await file.RefusedAsync()).Code;
        Assert.Equal(code, refused == SigstoreErrorCode.LimitExceeded ? SigstoreErrorCode.MalformedArchive : refused);
    }

    [Fact]
    public async Task Bytes_in_two_entries_or_in_none_are_refused()
    {
        byte[] content = Zip(CompressionLevel.NoCompression, ("first", [1, 2, 3]), ("other", [1, 2, 3]));
        int[] list = All(content, 0x02014b50);

        // Both entries lead to the first: a bomb is made of few bytes that stand in many.
        byte[] overlapping = [.. content];
        overlapping.AsSpan(list[0], list[1] - list[0]).CopyTo(overlapping.AsSpan(list[1]));
        using ArchiveFile twice = new(overlapping);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await twice.RefusedAsync()).Code);

        // One entry is left out of the list, and is there all the same for who reads from the beginning.
        byte[] hidden = [.. content[..list[0]], .. content[list[1]..]];
        int end = All(hidden, 0x06054b50)[0];
        (hidden[end + 8], hidden[end + 10]) = (1, 1);
        BinaryPrimitives.WriteInt32LittleEndian(hidden.AsSpan(end + 12), end - list[0]);
        using ArchiveFile gap = new(hidden);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await gap.RefusedAsync()).Code);
        using ArchiveFile before = new([0x50, 0x4b, 3, 4, 0, 0, .. content]);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await before.RefusedAsync()).Code);
        using ArchiveFile after = new([.. content, 0]);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await after.RefusedAsync()).Code);
        foreach (int length in (int[])[content.Length - 1, end, list[0], 40, 22, 4])
        {
            using ArchiveFile cut = new(content[..length]);
            Assert.Equal(SigstoreErrorCode.MalformedArchive, (await cut.RefusedAsync()).Code);
        }
    }

    [Fact]
    public async Task Deflated_content_of_another_size_than_said_is_refused_when_it_is_read()
    {
        foreach (int change in (int[])[-1, 1])
        {
            byte[] content = Zip(CompressionLevel.SmallestSize, ("a", new byte[5000]));
            foreach (int at in (int[])[All(content, 0x02014b50)[0] + 24, All(content, 0x04034b50)[0] + 22])
            {
                BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), 5000 + change);
            }

            using ArchiveFile file = new(content);
            ArchiveContent opened = await file.OpenAsync();
            SigstoreException e =
                await Assert.ThrowsAsync<SigstoreException>(() => opened.ReadAsync("a", 6000, Cancel));
            Assert.Equal(SigstoreErrorCode.MalformedArchive, e.Code);
        }
    }

    [Fact]
    public async Task A_bomb_is_refused_by_what_it_says_and_by_what_it_does()
    {
        byte[] content = Zip(CompressionLevel.SmallestSize, ("a", new byte[1_000_000]));
        foreach (int at in (int[])[All(content, 0x02014b50)[0] + 24, All(content, 0x04034b50)[0] + 22])
        {
            BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), 2_000_000_000);
        }

        using ArchiveFile says = new(content);
        Assert.Equal(SigstoreErrorCode.LimitExceeded, (await says.RefusedAsync()).Code);
        byte[] many = Zip(CompressionLevel.NoCompression, ("a", [1]));
        int end = All(many, 0x06054b50)[0];
        BinaryPrimitives.WriteUInt16LittleEndian(many.AsSpan(end + 8), 60_000);
        BinaryPrimitives.WriteUInt16LittleEndian(many.AsSpan(end + 10), 60_000);
        using ArchiveFile lies = new(many);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await lies.RefusedAsync()).Code);
    }

    [Fact]
    public async Task Large_sizes_that_lie_are_refused()
    {
        // A list whose sizes stand in the extra field, of an entry of three bytes.
        byte[] content = Large(3, 3, 0);
        using ArchiveFile right = new(content);
        Assert.Equal<byte[]>([7, 8, 9], await (await right.OpenAsync()).ReadAsync("a", 9, Cancel));
        foreach ((long length, long packed, long offset) in ((long, long, long)[])
            [(4, 4, 0), (4, 3, 0), (3, 3, 1), (-3, -3, 0), (long.MaxValue, long.MaxValue, 0), (3, 3, long.MaxValue)])
        {
            using ArchiveFile file = new(Large(length, packed, offset));
            Assert.Equal(SigstoreErrorCode.MalformedArchive, (await file.RefusedAsync()).Code);
        }
    }

    private static byte[] Large(long length, long packed, long offset)
    {
        byte[] content = Zip(CompressionLevel.NoCompression, ("a", [7, 8, 9]));
        int list = All(content, 0x02014b50)[0];
        byte[] extra = new byte[28];
        BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(extra.AsSpan(2), 24);
        BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(4), length);
        BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(12), packed);
        BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(20), offset);
        content.AsSpan(list + 20, 8).Fill(0xff);
        content.AsSpan(list + 42, 4).Fill(0xff);
        content[list + 30] = 28;
        byte[] all = [.. content[..(list + 47)], .. extra, .. content[(list + 47)..]];
        int end = All(all, 0x06054b50)[0];
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(end + 12), end - list);
        return all;
    }

    private static int[] All(byte[] content, uint mark) =>
    [
        .. Enumerable.Range(0, content.Length - 3)
            .Where(i => BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(i)) == mark),
    ];

    private static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] files)
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
            {
                Write(zip, name, content, level);
            }
        }

        return bytes.ToArray();
    }

    private static void Write(ZipArchive zip, string name, byte[] content, CompressionLevel level)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, level);
        if (content.Length > 0)
        {
            using Stream stream = entry.Open();
            stream.Write(content);
        }
    }

    private sealed class OneWay(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
