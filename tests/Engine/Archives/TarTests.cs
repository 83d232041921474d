using System.IO.Compression;
using System.Text;
using SigstorePS.Archives;

namespace SigstorePS.Tests.Archives;

public sealed class TarTests
{
    private static readonly byte[] Marker = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();
    private static readonly byte[] Index = """{"schemaVersion":2,"manifests":[]}"""u8.ToArray();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TarBytes Layout => new TarBytes().File("oci-layout", Marker).File("index.json", Index);

    public static TheoryData<string> EvilNames =>
    [
        "../evil", "a/../../evil", "/etc/passwd", "//etc/passwd", "C:/evil", "c:evil", "..\\evil", "a\\b", "a//b", "a/./b",
        "a/.", "a/..", "..", "/", "index.json:stream", "evil\u001b[2J", "a\nb", "index.json.", "index.json ", "././a",
    ];

    [Fact]
    public async Task Files_are_found_where_they_are()
    {
        byte[] large = Encoding.UTF8.GetBytes(new string('x', 1500));
        using ArchiveFile file = new(
            Layout.Entry('5', "./blobs/", []).Entry('5', "./", []).File("./large", large).File("empty", []).End());
        ArchiveContent content = await file.OpenAsync();
        Assert.Equal(Marker, await content.ReadAsync("oci-layout", 100, Cancel));
        Assert.Equal(large, await content.ReadAsync("large", 1500, Cancel));
        Assert.Empty(await content.ReadAsync("empty", 0, Cancel) ?? [1]);
        Assert.Equal(1500, content.Find("large")?.Length);
        Assert.Null(content.Find("LARGE"));
        Assert.Null(await content.ReadAsync("blobs", 100, Cancel));
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded,
            (await Assert.ThrowsAsync<SigstoreException>(() => content.ReadAsync("large", 1499, Cancel))).Code);
    }

    [Theory]
    [MemberData(nameof(EvilNames))]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        using ArchiveFile plain = new(Layout.File(name, [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await plain.RefusedAsync()).Code);
        using ArchiveFile folder = new(Layout.Entry('5', $"{name}/", []).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await folder.RefusedAsync()).Code);
        using ArchiveFile pax = new(Layout.Pax($"path={name}").File("innocent", [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await pax.RefusedAsync()).Code);
        using ArchiveFile gnu = new(
            Layout.Entry('L', "././@LongLink", Encoding.UTF8.GetBytes($"{name}\0")).File("innocent", [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await gnu.RefusedAsync()).Code);
    }

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('3')]
    [InlineData('4')]
    [InlineData('6')]
    [InlineData('7')]
    [InlineData('S')]
    [InlineData('D')]
    [InlineData('K')]
    [InlineData('M')]
    [InlineData('V')]
    [InlineData('X')]
    [InlineData('Z')]
    public async Task Only_files_and_folders_are_taken(char kind)
    {
        using ArchiveFile file = new(Layout.Entry(kind, "thing", []).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await file.RefusedAsync()).Code);
    }

    [Theory]
    [InlineData("index.json")]
    [InlineData("INDEX.JSON")]
    [InlineData("./index.json")]
    public async Task A_name_that_stands_twice_is_refused(string name)
    {
        using ArchiveFile file = new(Layout.File(name, Index).End());
        Assert.Contains("two entries", (await file.RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_of_the_extended_header_that_is_not_the_header_s_is_refused()
    {
        // To a reader that trusts the header alone, the content of one file is more entries (CVE-2025-62518).
        byte[] inner = new TarBytes().File("hidden", [1]).NoEnd();
        using ArchiveFile smuggled = new(Layout.Pax($"size={inner.Length}").Entry('0', "outer", inner, said: 0).End());
        Assert.Contains("two sizes", (await smuggled.RefusedAsync()).Message, StringComparison.Ordinal);
        using ArchiveFile same = new(Layout.Pax("size=3").File("a", [1, 2, 3]).End());
        Assert.Equal(3, (await same.OpenAsync()).Find("a")?.Length);
    }

    [Theory]
    [InlineData("size=-1")]
    [InlineData("size=99999999999999999999")]
    [InlineData("size=1x")]
    [InlineData("linkpath=x")]
    [InlineData("GNU.sparse.major=1")]
    [InlineData("GNU.sparse.realsize=1000000000000")]
    [InlineData("hdrcharset=BINARY")]
    [InlineData("=x")]
    public async Task Records_that_change_what_the_content_is_are_refused(string record)
    {
        using ArchiveFile file = new(Layout.Pax(record).File("a", [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await file.RefusedAsync()).Code);
    }

    [Theory]
    [InlineData("5 a=b\n")]
    [InlineData("99 a=b\n")]
    [InlineData("0006 a=b")]
    [InlineData("x a=b\n")]
    [InlineData("6 a=b\n6 a=c\n")]
    [InlineData("-6 a=b\n")]
    public async Task A_broken_extended_header_is_refused(string records)
    {
        using ArchiveFile file = new(
            Layout.Entry('x', "p", Encoding.UTF8.GetBytes(records)).File("a", [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await file.RefusedAsync()).Code);
    }

    [Fact]
    public async Task Extended_headers_are_bounded_and_one_an_entry()
    {
        using ArchiveFile harmless = new(Layout.Entry('g', "g", Bytes(TarBytes.Record("comment=abc")))
            .Pax("mtime=1.5", "path=named").File("x", [7]).End());
        Assert.Equal<byte[]>([7], await (await harmless.OpenAsync()).ReadAsync("named", 9, Cancel));
        using ArchiveFile global = new(Layout.Entry('g', "g", Bytes(TarBytes.Record("path=all"))).File("x", [7]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await global.RefusedAsync()).Code);
        using ArchiveFile two = new(Layout.Pax("path=a").Pax("path=b").File("x", [7]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await two.RefusedAsync()).Code);
        using ArchiveFile dangling = new(Layout.Pax("path=a").End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await dangling.RefusedAsync()).Code);
        using ArchiveFile huge = new(Layout.Pax($"path={new string('a', Limits.ArchiveName)}").File("x", [7]).End());
        Assert.Equal(SigstoreErrorCode.LimitExceeded, (await huge.RefusedAsync()).Code);
        using ArchiveFile lying = new(Layout.Entry('x', "p", [], said: 0x1_0000_0000).End());
        Assert.Equal(SigstoreErrorCode.LimitExceeded, (await lying.RefusedAsync()).Code);
    }

    [Fact]
    public async Task A_tar_that_ends_early_or_goes_on_is_refused()
    {
        byte[] whole = Layout.File("last", new byte[700]).End();
        foreach (int length in (int[])[whole.Length - 1, whole.Length - 512, whole.Length - 1024, 3000, 700, 512, 100, 1])
        {
            using ArchiveFile cut = new(whole[..length]);
            Assert.Equal(SigstoreErrorCode.MalformedArchive, (await cut.RefusedAsync()).Code);
        }

        using ArchiveFile padded = new([.. whole, .. new byte[9000]]);
        await padded.OpenAsync();
        using ArchiveFile second = new([.. whole, .. new TarBytes().File("index.json", [1]).End()]);
        Assert.Contains("goes on", (await second.RefusedAsync()).Message, StringComparison.Ordinal);
        using ArchiveFile zeros = new([.. whole, .. new byte[2_000_000]]);
        Assert.Contains("goes on", (await zeros.RefusedAsync()).Message, StringComparison.Ordinal);
        using ArchiveFile nothing = new([]);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await nothing.RefusedAsync()).Code);
    }

    [Fact]
    public async Task Damaged_headers_and_sizes_beyond_the_end_are_refused()
    {
        byte[] flipped = Layout.End();
        flipped[2] ^= 1;
        using ArchiveFile sum = new(flipped);
        Assert.Contains("damaged header", (await sum.RefusedAsync()).Message, StringComparison.Ordinal);
        using ArchiveFile beyond = new(Layout.File("a", [1], said: 100_000).End());
        Assert.Contains("cut off", (await beyond.RefusedAsync()).Message, StringComparison.Ordinal);
        foreach (byte first in (byte[])[0x80, 0xff])
        {
            using ArchiveFile binary = new(Layout.Entry('0', "a", [1], change: block =>
            {
                block.AsSpan(124, 12).Fill(0xff);
                block[124] = first;
            }).End());
            Assert.Equal(SigstoreErrorCode.MalformedArchive, (await binary.RefusedAsync()).Code);
        }

        using ArchiveFile letters = new(Layout.Entry('0', "a", [1], change: b => TarBytes.Put(b, 124, "0000000z")).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await letters.RefusedAsync()).Code);
        using ArchiveFile folder = new(Layout.Entry('5', "a/", [1]).End());
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await folder.RefusedAsync()).Code);
        using ArchiveFile base256 = new(Layout.Entry('0', "a", [1, 2], change: block =>
        {
            block.AsSpan(124, 12).Clear();
            (block[124], block[135]) = (0x80, 2);
        }).End());
        Assert.Equal<byte[]>([1, 2], await (await base256.OpenAsync()).ReadAsync("a", 9, Cancel));
    }

    [Fact]
    public async Task Too_many_entries_are_refused()
    {
        TarBytes tar = Layout;
        byte[] one = new TarBytes().Entry('5', "d/", []).NoEnd();
        byte[] many = new byte[(Limits.ArchiveEntries - 1) * 512];
        for (int i = 0; i < many.Length; i += 512)
        {
            one.CopyTo(many, i);
        }

        using ArchiveFile file = new(tar.Raw(many).End());
        Assert.Equal(SigstoreErrorCode.LimitExceeded, (await file.RefusedAsync()).Code);
    }

    [Fact]
    public async Task A_layout_in_the_one_folder_of_a_tar_is_found()
    {
        using ArchiveFile file = new(
            new TarBytes().File("save/oci-layout", Marker).File("save/index.json", Index).File("other/x", [1]).End());
        Assert.Equal(Index, await (await file.OpenAsync()).ReadAsync("index.json", 100, Cancel));
        using ArchiveFile two = new(new TarBytes().File("a/oci-layout", Marker).File("b/oci-layout", Marker).End());
        Assert.Null(await (await two.OpenAsync()).ReadAsync("oci-layout", 100, Cancel));
    }

    [Fact]
    public async Task A_gzip_is_expanded_without_leaving_anything()
    {
        int before = Leftovers();
        using ArchiveFile file = new(Gzip(Layout.File("x", new byte[100_000]).End()));
        ArchiveContent content = await file.OpenAsync();
        Assert.Equal(new byte[100_000], await content.ReadAsync("x", 100_000, Cancel));
        Assert.True(OperatingSystem.IsWindows() || Leftovers() == before);
        using ArchiveFile cut = new(Gzip(Layout.End())[..^30]);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await cut.RefusedAsync()).Code);
        using ArchiveFile noise = new([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]);
        Assert.Equal(SigstoreErrorCode.MalformedArchive, (await noise.RefusedAsync()).Code);
        Assert.True(OperatingSystem.IsWindows() || Leftovers() == before);
    }

    [Fact]
    public async Task A_gzip_bomb_is_given_up()
    {
        using ArchiveFile file = new(Gzip(new byte[10_000_000]));
        using ArchiveSource source = ArchiveSource.Open(file.Path);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => GzipTar.ExpandAsync(source, 1_000_000, Cancel));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, e.Code);
    }

    private static int Leftovers() => Directory.GetFiles(Path.GetTempPath(), "sigstoreps-*.tar").Length;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
