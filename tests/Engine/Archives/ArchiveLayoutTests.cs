using System.IO.Compression;
using SigstorePS.Archives;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Support;

namespace SigstorePS.Tests.Archives;

/// <summary>A layout and the archive of it say the same.</summary>
public sealed class ArchiveLayoutTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"archives-{Guid.NewGuid():N}");

    public ArchiveLayoutTests() => Directory.CreateDirectory(_folder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("app.tar")]
    [InlineData("app.zip")]
    public async Task What_was_written_is_read_and_the_same_layout_gives_the_same_bytes(string name)
    {
        (ImageLayout layout, Descriptor image, Descriptor referrer) = await LayoutAsync("one");
        byte[] blob = new byte[3_000_000];
        Random.Shared.NextBytes(blob);
        await layout.WriteBlobAsync(Digest.Sha256(blob), blob, Cancel);
        byte[] long512 = "a name of over a hundred characters"u8.ToArray();
        Digest sha512 = Digest.FromHash(
            new("SHA512"), System.Security.Cryptography.SHA512.HashData(long512));
        await layout.WriteBlobAsync(sha512, long512, Cancel);
        await File.WriteAllTextAsync(Path.Combine(layout.Repository, "trusted_root.json"), "{}", Cancel);
        string path = Path.Combine(_folder, name);
        bool isZip = name.EndsWith("zip", StringComparison.Ordinal);
        long length = await LayoutPacking.WriteAsync(layout.Repository, path, isZip, Cancel);
        Assert.Equal(new FileInfo(path).Length, length);
        byte[] first = await File.ReadAllBytesAsync(path, Cancel);
        File.SetLastWriteTimeUtc(Path.Combine(layout.Repository, "index.json"), new DateTime(2001, 2, 3));
        await LayoutPacking.WriteAsync(layout.Repository, path, isZip, Cancel);
        Assert.Equal(first, await File.ReadAllBytesAsync(path, Cancel));
        Assert.Equal([path, Path.Combine(_folder, "one")], Directory.GetFileSystemEntries(_folder).Order());

        ArchiveLayout archive = new(path);
        Assert.Equal(image.Digest, (await archive.ResolveAsync("v1", Cancel))?.Digest);
        Assert.Equal(image.Digest, (await archive.ResolveAsync(string.Empty, Cancel))?.Digest);
        Assert.Equal([referrer.Digest], (await archive.ListReferrersAsync(image.Digest, Cancel)).Referrers.Select(r => r.Digest));
        Assert.Equal(["v1"], await archive.ListTagsAsync(Cancel).ToListAsync(Cancel));
        Assert.Equal("{}"u8.ToArray(), await archive.ReadFileAsync("trusted_root.json", 10, Cancel));
        Assert.Null(await archive.ReadFileAsync("signing_config.json", 10, Cancel));
        Assert.True(await archive.HasBlobAsync(Digest.Sha256(blob), blob.Length, Cancel));
        Assert.False(await archive.HasBlobAsync(Digest.Sha256(blob), 1, Cancel));
        Assert.Equal(long512, await archive.ReadBlobAsync(new Descriptor("x", sha512, long512.Length), 100, Cancel));
        using MemoryStream read = new();
        await using (Stream stream = await archive.OpenBlobAsync(new Descriptor("x", Digest.Sha256(blob), blob.Length), Cancel))
        {
            await stream.CopyToAsync(read, Cancel);
        }

        Assert.Equal(blob, read.ToArray());
        Assert.Equal(
            SigstoreErrorCode.BlobNotFound,
            (await Assert.ThrowsAsync<SigstoreException>(() =>
                archive.ReadBlobAsync(new Descriptor("x", Digest.Sha256("no"u8), 2), 10, Cancel))).Code);
    }

    [Fact]
    public async Task Other_tools_read_what_is_written()
    {
        (ImageLayout layout, _, _) = await LayoutAsync("one");
        string tar = Path.Combine(_folder, "app.tar");
        await LayoutPacking.WriteAsync(layout.Repository, tar, isZip: false, Cancel);
        string unpacked = Path.Combine(_folder, "tar");
        Directory.CreateDirectory(unpacked);
        await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(tar, unpacked, overwriteFiles: false, Cancel);
        string zip = Path.Combine(_folder, "app.zip");
        await LayoutPacking.WriteAsync(layout.Repository, zip, isZip: true, Cancel);
        string unzipped = Path.Combine(_folder, "zip");
        await ZipFile.ExtractToDirectoryAsync(zip, unzipped, Cancel);
        foreach (string copy in (string[])[unpacked, unzipped])
        {
            string[] names = [.. Names(layout.Repository).Where(static n => n != "index.json.lock")];
            Assert.Equal(names, Names(copy));
            Assert.All(names, name => Assert.Equal(
                File.ReadAllBytes(Path.Combine(layout.Repository, name)), File.ReadAllBytes(Path.Combine(copy, name))));
        }

        static string[] Names(string folder) =>
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public async Task What_tar_and_gzip_of_this_machine_make_is_read()
    {
        (ImageLayout layout, Descriptor image, _) = await LayoutAsync("one");
        string tar = Path.Combine(_folder, "made.tar");
        await System.Formats.Tar.TarFile.CreateFromDirectoryAsync(
            layout.Repository, tar, includeBaseDirectory: true, Cancel);
        Assert.Equal(image.Digest, (await new ArchiveLayout(tar).ResolveAsync("v1", Cancel))?.Digest);
        string packed = Path.Combine(_folder, "made.tgz");
        await using (FileStream output = File.Create(packed))
        await using (GZipStream gzip = new(output, CompressionLevel.Fastest))
        await using (FileStream input = File.OpenRead(tar))
        {
            await input.CopyToAsync(gzip, Cancel);
        }

        Assert.Equal(image.Digest, (await new ArchiveLayout(packed).ResolveAsync("v1", Cancel))?.Digest);
        string zip = Path.Combine(_folder, "made.zip");
        await ZipFile.CreateFromDirectoryAsync(
            layout.Repository, zip, CompressionLevel.Optimal, includeBaseDirectory: true, Cancel);
        Assert.Equal(image.Digest, (await new ArchiveLayout(zip).ResolveAsync("v1", Cancel))?.Digest);
    }

    [Fact]
    public async Task Nothing_is_ever_written_into_an_archive()
    {
        (ImageLayout layout, Descriptor image, _) = await LayoutAsync("one");
        string path = Path.Combine(_folder, "app.tar");
        await LayoutPacking.WriteAsync(layout.Repository, path, isZip: false, Cancel);
        byte[] before = await File.ReadAllBytesAsync(path, Cancel);
        ArchiveLayout archive = new(path);
        Func<Task>[] attempts =
        [
            () => archive.WriteBlobAsync(Digest.Sha256("x"u8), "x"u8.ToArray(), Cancel),
            () => archive.WriteBlobAsync(Digest.Sha256("x"u8), _ => Task.FromResult(Stream.Null), 1, Cancel),
            () => archive.MountBlobAsync(Digest.Sha256("x"u8), "other", Cancel),
            () => archive.PutManifestAsync("v2", "{}"u8.ToArray(), MediaTypes.OciManifest, null, Cancel),
            () => archive.DeleteManifestAsync(image.Digest, Cancel),
            () => archive.DeleteTagAsync("v1", Cancel),
        ];
        foreach (Func<Task> attempt in attempts)
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(attempt);
            Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
            Assert.Contains("only read", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(path, Cancel));
    }

    [Fact]
    public async Task An_archive_that_was_replaced_is_read_anew()
    {
        (ImageLayout one, Descriptor first, _) = await LayoutAsync("one");
        (ImageLayout two, Descriptor second, _) = await LayoutAsync("two");
        string path = Path.Combine(_folder, "app.tar");
        await LayoutPacking.WriteAsync(one.Repository, path, isZip: false, Cancel);
        ArchiveLayout archive = new(path);
        Assert.Equal(first.Digest, (await archive.ResolveAsync("v1", Cancel))?.Digest);
        await LayoutPacking.WriteAsync(two.Repository, path, isZip: false, Cancel);
        Assert.Equal(second.Digest, (await archive.ResolveAsync("v1", Cancel))?.Digest);
        File.Delete(path);
        Assert.Equal(
            SigstoreErrorCode.PathNotFound,
            (await Assert.ThrowsAsync<SigstoreException>(() => archive.ResolveAsync("v1", Cancel))).Code);
    }

    [Fact]
    public async Task A_blob_that_is_not_its_digest_and_an_archive_without_a_layout_are_told()
    {
        (ImageLayout layout, Descriptor image, _) = await LayoutAsync("one");
        string blob = Path.Combine(layout.Repository, "blobs", "sha256", image.Digest.Hex);
        byte[] changed = await File.ReadAllBytesAsync(blob, Cancel);
        changed[^5] ^= 1;
        await File.WriteAllBytesAsync(blob, changed, Cancel);
        string path = Path.Combine(_folder, "app.tar");
        await LayoutPacking.WriteAsync(layout.Repository, path, isZip: false, Cancel);
        Assert.Equal(
            SigstoreErrorCode.DigestMismatch,
            (await Assert.ThrowsAsync<SigstoreException>(() => new ArchiveLayout(path).ResolveAsync("v1", Cancel))).Code);
        using ArchiveFile other = new(new TarBytes().File("README", [1]).End());
        Assert.Equal(
            SigstoreErrorCode.MalformedArchive,
            (await Assert.ThrowsAsync<SigstoreException>(() => new ArchiveLayout(other.Path).ResolveAsync("v1", Cancel))).Code);
        using ArchiveFile text = new("not an archive"u8.ToArray());
        Assert.Equal(
            SigstoreErrorCode.MalformedArchive,
            (await Assert.ThrowsAsync<SigstoreException>(() => new ArchiveLayout(text.Path).ResolveAsync("v1", Cancel))).Code);
    }

    [Fact]
    public async Task An_image_that_loaders_would_take_is_never_hidden_from_a_list_of_all()
    {
        (ImageLayout layout, Descriptor image, _) = await LayoutAsync("one");
        Descriptor other = await SmallImage.PushAsync(layout, "v2", "other", Cancel);
        string index = Path.Combine(layout.Repository, "index.json");
        string text = await File.ReadAllTextAsync(index, Cancel);

        // Its tag calls it a signature of some image; docker and containerd go by the other name.
        await File.WriteAllTextAsync(index, text.Replace(
            "\"org.opencontainers.image.ref.name\":\"v2\"",
            $"\"org.opencontainers.image.ref.name\":\"sha256-{image.Digest.Hex}.sig\",\"io.containerd.image.name\":\"a/b:1\"",
            StringComparison.Ordinal), Cancel);
        IReadOnlyList<LayoutImage> images = await new ImageLayout(layout.Repository).ListImagesAsync(Cancel);
        Assert.Equal([image.Digest, other.Digest], images.Select(static i => i.Manifest.Digest));
        Assert.Equal("a/b:1", images[1].Names[0].Reference);
    }

    /// <summary>docker load goes by manifest.json; whoever verified the layout must not load another image.</summary>
    [Theory]
    [InlineData("of the layout", null)]
    [InlineData("other", SigstoreErrorCode.MalformedArchive)]
    [InlineData("elsewhere", SigstoreErrorCode.MalformedArchive)]
    [InlineData("changed", SigstoreErrorCode.DigestMismatch)]
    [InlineData("garbage", SigstoreErrorCode.MalformedArchive)]
    [InlineData("older", SigstoreErrorCode.MalformedArchive)]
    [InlineData("outside", SigstoreErrorCode.MalformedArchive)]
    public async Task What_docker_loads_of_an_archive_is_what_its_layout_holds(string kind, SigstoreErrorCode? refused)
    {
        (ImageLayout layout, Descriptor image, _) = await LayoutAsync("one");
        Digest config = (await layout.GetManifestAsync("v1", Cancel))!.Config!.Digest;
        byte[] other = "{\"os\":\"linux\"}"u8.ToArray();
        await layout.WriteBlobAsync(Digest.Sha256(other), other, Cancel);
        if (kind == "changed")
        {
            string blob = Path.Combine(layout.Repository, "blobs", "sha256", config.Hex);
            await File.WriteAllTextAsync(blob, (await File.ReadAllTextAsync(blob, Cancel)).Replace("linux", "Linux", StringComparison.Ordinal), Cancel);
        }

        string named = kind switch
        {
            "other" => $"blobs/sha256/{Digest.Sha256(other).Hex}",
            "elsewhere" => "evil.json",
            _ => $"blobs/sha256/{config.Hex}",
        };
        string text = kind == "garbage" ? "{" : $$"""[{"Config":"{{named}}","RepoTags":["app:1"],"Layers":[]}]""";
        string folder = layout.Repository;
        if (kind == "outside")
        {
            folder = Path.Combine(_folder, "above");
            Directory.CreateDirectory(folder);
            Directory.Move(layout.Repository, Path.Combine(folder, "layout"));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, kind == "older" ? "repositories" : "manifest.json"), text, Cancel);
        string path = Path.Combine(_folder, "app.tar");
        await LayoutPacking.WriteAsync(folder, path, isZip: false, Cancel);
        Task<Descriptor?> resolving = new ArchiveLayout(path).ResolveAsync("v1", Cancel);
        if (refused is { } code)
        {
            Assert.Equal(code, (await Assert.ThrowsAsync<SigstoreException>(() => resolving)).Code);
            return;
        }

        Assert.Equal(image.Digest, (await resolving)?.Digest);
    }

    private async Task<(ImageLayout Layout, Descriptor Image, Descriptor Referrer)> LayoutAsync(string name)
    {
        ImageLayout layout = new(Path.Combine(_folder, name));
        Descriptor image = await SmallImage.PushAsync(layout, "v1", name, Cancel);
        byte[] payload = "{\"a\":1}"u8.ToArray();
        Descriptor layer = new(MediaTypes.BundleV03, Digest.Sha256(payload), payload.Length);
        await layout.WriteBlobAsync(layer.Digest, payload, Cancel);
        await layout.WriteBlobAsync(ReferrerManifest.EmptyDescriptor.Digest, ReferrerManifest.EmptyConfig, Cancel);
        byte[] manifest = ReferrerManifest.ForBundle(image, layer, "https://example.test/type", DateTimeOffset.UnixEpoch);
        await layout.PutManifestAsync(
            Digest.Sha256(manifest).ToString(), manifest, MediaTypes.OciManifest, null, Cancel);
        return (layout, image, new Descriptor(MediaTypes.OciManifest, Digest.Sha256(manifest), manifest.Length));
    }
}
