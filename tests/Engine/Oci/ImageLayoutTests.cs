using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Oci;

public sealed class ImageLayoutTests : IDisposable
{
    private static readonly byte[] Config = "{}"u8.ToArray();

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"layout-{Guid.NewGuid():N}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_lock_file_that_is_a_link_creates_nothing_elsewhere()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("links need a privilege on Windows");
        }

        ImageLayout layout = new(_directory);
        await PutAsync(layout, "v1", ManifestOf("one"));
        string elsewhere = _directory + "-elsewhere";
        File.Delete(Path.Combine(_directory, "index.json.lock"));
        File.CreateSymbolicLink(Path.Combine(_directory, "index.json.lock"), elsewhere);

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => PutAsync(new ImageLayout(_directory), "v2", ManifestOf("two")));
        Assert.Equal(SigstoreErrorCode.FileUnavailable, e.Code);
        Assert.False(File.Exists(elsewhere));
    }

    [Fact]
    public async Task A_missing_layout_is_created_by_the_first_write_and_reads_back()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("one");
        Assert.Equal(PutOutcome.Written, await PutAsync(layout, "v1", image));

        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", await ReadAsync("oci-layout"));
        Descriptor? found = await new ImageLayout(_directory).ResolveAsync("v1", Cancel);
        Assert.Equal(new Descriptor(MediaTypes.OciManifest, Digest.Sha256(image), image.Length), found);
        Manifest? only = await layout.GetManifestAsync(string.Empty, Cancel);
        Assert.Equal(image, only?.Content.ToArray());
        Assert.Equal(["v1"], await TagsAsync(layout));
        Assert.Equal(("oci", _directory, _directory), (layout.Registry, layout.Repository, layout.Key));
        Assert.Null(await layout.ResolveAsync("v2", Cancel));
        Assert.Null(await layout.ResolveAsync(Digest.Sha256("other"u8).ToString(), Cancel));
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha384")]
    [InlineData("sha512")]
    public async Task A_blob_of_any_algorithm_survives_a_round_trip(string algorithm)
    {
        ImageLayout layout = new(_directory);
        byte[] content = "some content"u8.ToArray();
        Digest digest = Digest.FromHash(
            new(algorithm.ToUpperInvariant()),
            System.Security.Cryptography.CryptographicOperations.HashData(
                new(algorithm.ToUpperInvariant()), content));
        await layout.WriteBlobAsync(digest, content, Cancel);
        await layout.WriteBlobAsync(digest, _ => Task.FromResult<Stream>(new MemoryStream(content)), content.Length, Cancel);
        Assert.Equal(content, await layout.ReadBlobAsync(Blob(digest, content.Length), 100, Cancel));
        Assert.Equal(digest.Hex, Path.GetFileName(Assert.Single(
            Directory.GetFiles(Path.Combine(_directory, "blobs", algorithm)))));
    }

    [Fact]
    public async Task Content_under_a_wrong_digest_is_not_written()
    {
        ImageLayout layout = new(_directory);
        Digest digest = Digest.Sha256("right"u8);
        await FailsAsync(
            SigstoreErrorCode.DigestMismatch, () => layout.WriteBlobAsync(digest, "wrong"u8.ToArray(), Cancel));
        await FailsAsync(
            SigstoreErrorCode.DigestMismatch,
            () => layout.WriteBlobAsync(digest, Opens("wrong"), 5, Cancel));
        await FailsAsync(
            SigstoreErrorCode.DigestMismatch,
            () => layout.WriteBlobAsync(digest, Opens("right"), 4, Cancel));
        await FailsAsync(
            SigstoreErrorCode.DigestMismatch,
            () => layout.PutManifestAsync(digest.ToString(), ManifestOf("x"), MediaTypes.OciManifest, null, Cancel));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_blob_is_streamed_and_checked_before_its_last_piece()
    {
        ImageLayout layout = new(_directory);
        byte[] content = new byte[300_000];
        Random.Shared.NextBytes(content);
        Digest digest = Digest.Sha256(content);
        await layout.WriteBlobAsync(digest, content, Cancel);
        using MemoryStream read = new();
        await using (Stream stream = await layout.OpenBlobAsync(Blob(digest, content.Length), Cancel))
        {
            await stream.CopyToAsync(read, Cancel);
        }

        Assert.Equal(content, read.ToArray());
        Assert.True(await layout.HasBlobAsync(digest, content.Length, Cancel));
        Assert.False(await layout.HasBlobAsync(digest, 5, Cancel));
        Assert.False(await layout.HasBlobAsync(Digest.Sha256("other"u8), 5, Cancel));
        Assert.False(await layout.MountBlobAsync(digest, "elsewhere", Cancel));

        content[0] ^= 1;
        await File.WriteAllBytesAsync(BlobPath(digest), content, Cancel);
        Assert.False(await layout.HasBlobAsync(digest, content.Length, Cancel));
        using MemoryStream wrong = new();
        await FailsAsync(SigstoreErrorCode.DigestMismatch, async () =>
        {
            await using Stream stream = await layout.OpenBlobAsync(Blob(digest, content.Length), Cancel);
            await stream.CopyToAsync(wrong, Cancel);
        });
        Assert.True(wrong.Length < content.Length);
    }

    [Theory]
    [InlineData("conten", SigstoreErrorCode.DigestMismatch)]
    [InlineData("c0ntent", SigstoreErrorCode.DigestMismatch)]
    [InlineData(null, SigstoreErrorCode.BlobNotFound)]
    public async Task A_blob_that_is_not_what_its_name_says_is_not_streamed(string? found, SigstoreErrorCode code)
    {
        ImageLayout layout = new(_directory);
        byte[] content = "content"u8.ToArray();
        Digest digest = Digest.Sha256(content);
        await layout.WriteBlobAsync(digest, content, Cancel);
        await ReplaceAsync(BlobPath(digest), found);
        await FailsAsync(code, async () =>
        {
            await using Stream stream = await layout.OpenBlobAsync(Blob(digest, content.Length), Cancel);
            await stream.ReadExactlyAsync(new byte[content.Length], Cancel);
        });
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => layout.OpenBlobAsync(Blob(digest, Limits.CopyBlob + 1), Cancel));
    }

    [Fact]
    public async Task A_damaged_blob_is_replaced_by_the_next_write()
    {
        ImageLayout layout = new(_directory);
        byte[] content = "content"u8.ToArray();
        Digest digest = Digest.Sha256(content);
        await layout.WriteBlobAsync(digest, content, Cancel);
        await File.WriteAllTextAsync(BlobPath(digest), "c0ntent", Cancel);
        await layout.WriteBlobAsync(digest, content, Cancel);
        Assert.Equal(content, await layout.ReadBlobAsync(Blob(digest, content.Length), 100, Cancel));
    }

    [Theory]
    [InlineData("", SigstoreErrorCode.DigestMismatch)]
    [InlineData("conten", SigstoreErrorCode.DigestMismatch)]
    [InlineData("content and more", SigstoreErrorCode.DigestMismatch)]
    [InlineData("c0ntent", SigstoreErrorCode.DigestMismatch)]
    [InlineData(null, SigstoreErrorCode.BlobNotFound)]
    public async Task A_blob_that_is_not_what_its_name_says_is_refused(string? found, SigstoreErrorCode code)
    {
        ImageLayout layout = new(_directory);
        byte[] content = "content"u8.ToArray();
        Digest digest = Digest.Sha256(content);
        await layout.WriteBlobAsync(digest, content, Cancel);
        await ReplaceAsync(BlobPath(digest), found);
        await FailsAsync(code, () => layout.ReadBlobAsync(Blob(digest, content.Length), 100, Cancel));
    }

    [Fact]
    public async Task A_blob_over_its_limit_is_not_read()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        await FailsAsync(
            SigstoreErrorCode.LimitExceeded,
            () => layout.ReadBlobAsync(Blob(Digest.Sha256("x"u8), 101), 100, Cancel));
    }

    [Fact]
    public async Task A_damaged_image_manifest_is_refused_by_tag_digest_and_listing()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("one");
        string digest = Digest.Sha256(image).ToString();
        await PutAsync(layout, "v1", image);
        string changed = Encoding.UTF8.GetString(image).Replace("one", "0ne", StringComparison.Ordinal);
        foreach (string content in (string[])[changed, "{", string.Empty])
        {
            await ReplaceAsync(BlobPath(Digest.Sha256(image)), content);
            foreach (string name in (string[])["v1", digest, string.Empty])
            {
                await FailsAsync(SigstoreErrorCode.DigestMismatch, () => layout.GetManifestAsync(name, Cancel));
            }

            await FailsAsync(
                SigstoreErrorCode.DigestMismatch, () => layout.ListReferrersAsync(Digest.Sha256("x"u8), Cancel));
        }

        await ReplaceAsync(BlobPath(Digest.Sha256(image)), null);
        await FailsAsync(SigstoreErrorCode.BlobNotFound, () => layout.GetManifestAsync("v1", Cancel));
        await FailsAsync(
            SigstoreErrorCode.BlobNotFound, () => layout.ListReferrersAsync(Digest.Sha256("x"u8), Cancel));
    }

    [Fact]
    public async Task A_manifest_with_a_name_twice_is_refused()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        byte[] twice = Encoding.UTF8.GetBytes("""{"schemaVersion":2,"layers":[],"layers":[]}""");
        await FailsAsync(SigstoreErrorCode.MalformedManifest, () => PutAsync(layout, "v1", twice));
        Digest digest = Digest.Sha256(twice);
        await layout.WriteBlobAsync(digest, twice, Cancel);
        await File.WriteAllTextAsync(
            IndexPath,
            $$"""{"schemaVersion":2,"manifests":[{{Entry(digest, twice.Length)}}]}""",
            Cancel);
        await FailsAsync(SigstoreErrorCode.MalformedManifest, () => layout.GetManifestAsync(string.Empty, Cancel));
        await FailsAsync(
            SigstoreErrorCode.MalformedManifest, () => layout.ListReferrersAsync(Digest.Sha256("x"u8), Cancel));
    }

    [Fact]
    public async Task A_listed_manifest_over_the_limit_is_refused_unread()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        Digest digest = Digest.Sha256("x"u8);
        await File.WriteAllTextAsync(
            IndexPath,
            $$"""{"manifests":[{{Entry(digest, Limits.Manifest + 1)}}]}""",
            Cancel);
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => layout.GetManifestAsync(string.Empty, Cancel));
        byte[] big = Encoding.UTF8.GetBytes("{}" + new string(' ', Limits.Manifest));
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => PutAsync(layout, "v1", big));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"manifests":null}""")]
    [InlineData("""{"manifests":{}}""")]
    [InlineData("""{"manifests":[null]}""")]
    [InlineData("""{"manifests":[{}]}""")]
    [InlineData("""{"manifests":[],"manifests":[]}""")]
    [InlineData("""{"schemaVersion":1,"manifests":[]}""")]
    [InlineData("""{"manifests":[{"mediaType":"a/b","digest":"sha256:../../../etc/passwd","size":1}]}""")]
    [InlineData("""{"manifests":[]} x""")]
    public async Task A_malformed_index_is_refused_and_never_overwritten(string text)
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        await File.WriteAllTextAsync(IndexPath, text, Cancel);
        await FailsAsync(SigstoreErrorCode.MalformedLayout, () => layout.ResolveAsync("v1", Cancel));
        await FailsAsync(
            SigstoreErrorCode.MalformedLayout, () => layout.ListReferrersAsync(Digest.Sha256("x"u8), Cancel));
        await FailsAsync(SigstoreErrorCode.MalformedLayout, () => PutAsync(layout, "v1", ManifestOf("x")));
        Assert.Equal(text, await ReadAsync("index.json"));
    }

    [Theory]
    [InlineData(null, SigstoreErrorCode.MalformedLayout)]
    [InlineData("x", SigstoreErrorCode.MalformedLayout)]
    [InlineData("{}", SigstoreErrorCode.MalformedLayout)]
    [InlineData("""{"imageLayoutVersion":1}""", SigstoreErrorCode.MalformedLayout)]
    [InlineData("""{"imageLayoutVersion":"2.0.0"}""", SigstoreErrorCode.Unsupported)]
    public async Task A_directory_without_a_known_marker_is_no_layout(string? marker, SigstoreErrorCode code)
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        await ReplaceAsync(Path.Combine(_directory, "oci-layout"), marker);
        await FailsAsync(code, () => layout.ResolveAsync("v1", Cancel));
    }

    [Fact]
    public async Task A_missing_directory_is_told_and_not_made_by_reading()
    {
        ImageLayout layout = new(_directory);
        await FailsAsync(SigstoreErrorCode.PathNotFound, () => layout.ResolveAsync("v1", Cancel));
        await FailsAsync(SigstoreErrorCode.PathNotFound, () => layout.DeleteTagAsync("v1", Cancel));
        Assert.False(Directory.Exists(_directory));
    }

    [Fact]
    public async Task A_directory_of_other_things_is_not_turned_into_a_layout()
    {
        Directory.CreateDirectory(_directory);
        await File.WriteAllTextAsync(Path.Combine(_directory, "thesis.txt"), "x", Cancel);
        ImageLayout layout = new(_directory);
        await FailsAsync(SigstoreErrorCode.MalformedLayout, () => layout.ResolveAsync("v1", Cancel));
        await FailsAsync(SigstoreErrorCode.MalformedLayout, () => PutAsync(layout, "v1", ManifestOf("x")));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_layout_without_images_and_one_with_several_tell_what_there_is()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        await FailsAsync(SigstoreErrorCode.ImageNotFound, () => layout.ResolveAsync(string.Empty, Cancel));
        await PutAsync(layout, "a", ManifestOf("a"));
        await PutAsync(layout, "b", ManifestOf("b"));
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.InvalidImageReference, () => layout.ResolveAsync(string.Empty, Cancel));
        Assert.Contains("Tags: a, b.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Children_put_by_digest_do_not_hide_their_index()
    {
        ImageLayout layout = new(_directory);
        byte[] child = ManifestOf("child");
        Digest digest = Digest.Sha256(child);
        await PutAsync(layout, digest.ToString(), child);
        byte[] index = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"manifests":[{{Entry(digest, child.Length)}}]}""");
        await layout.PutManifestAsync("v1", index, MediaTypes.OciIndex, null, Cancel);
        Assert.Equal(Digest.Sha256(index), (await layout.ResolveAsync(string.Empty, Cancel))?.Digest);
    }

    [Fact]
    public async Task Attached_manifests_do_not_hide_the_image()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        Digest digest = Digest.Sha256(image);
        Digest longDigest = Digest.Parse("sha512:" + new string('0', 128));
        await PutAsync(layout, "v1", image);
        await PutAsync(layout, SignatureTagName.Of(digest, "sig"), ManifestOf("sig"));
        await PutAsync(layout, SignatureTagName.Of(digest, "att", "team-"), ManifestOf("att"));
        await PutAsync(layout, SignatureTagName.Fallback(longDigest), ManifestOf("fallback"));
        byte[] referrer = ManifestOf("referrer", digest);
        Assert.Equal(
            PutOutcome.WrittenAndIndexed, await PutAsync(layout, Digest.Sha256(referrer).ToString(), referrer));
        Assert.Equal(digest, (await layout.ResolveAsync(string.Empty, Cancel))?.Digest);
    }

    [Fact]
    public async Task A_referrer_is_listed_at_once_by_every_store_and_described_for_other_tools()
    {
        ImageLayout writer = new(_directory);
        ImageLayout reader = new(_directory);
        byte[] image = ManifestOf("image");
        Digest subject = Digest.Sha256(image);
        await PutAsync(writer, "v1", image);
        for (int i = 0; i < 20; i++)
        {
            byte[] referrer = ManifestOf($"referrer {i}", subject);
            await PutAsync(writer, Digest.Sha256(referrer).ToString(), referrer);
            Assert.Equal(i + 1, (await reader.ListReferrersAsync(subject, Cancel)).Referrers.Count);
        }

        JsonNode entry = (await IndexAsync())["manifests"]![1]!;
        Assert.Equal("application/x-test", (string?)entry["artifactType"]);
        Assert.Equal("referrer 0", (string?)entry["annotations"]!["note"]);
        Descriptor listed = (await reader.ListReferrersAsync(subject, Cancel)).Referrers[0];
        Assert.Equal("application/x-test", listed.ArtifactType);
        Assert.StartsWith("referrer ", listed.Annotations["note"], StringComparison.Ordinal);
        Assert.Empty((await reader.ListReferrersAsync(Digest.Sha256("x"u8), Cancel)).Referrers);
    }

    [Fact]
    public async Task A_scan_of_an_old_directory_is_kept_and_still_sees_what_other_processes_write()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        Digest subject = Digest.Sha256(image);
        await PutAsync(layout, "v1", image);
        byte[] first = ManifestOf("first", subject);
        await PutAsync(layout, Digest.Sha256(first).ToString(), first);
        string folder = Path.Combine(_directory, "blobs", "sha256");
        DateTime old = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1);
        Directory.SetLastWriteTimeUtc(folder, old);
        File.SetLastWriteTimeUtc(IndexPath, old);
        Assert.Single((await layout.ListReferrersAsync(subject, Cancel)).Referrers);

        // Hidden behind the old time: this proves that the directory is not listed again.
        byte[] second = ManifestOf("second", subject);
        await File.WriteAllBytesAsync(BlobPath(Digest.Sha256(second)), second, Cancel);
        Directory.SetLastWriteTimeUtc(folder, old);
        Assert.Single((await layout.ListReferrersAsync(subject, Cancel)).Referrers);

        byte[] third = ManifestOf("third", subject);
        await File.WriteAllBytesAsync(BlobPath(Digest.Sha256(third)), third, Cancel);
        Assert.Equal(3, (await layout.ListReferrersAsync(subject, Cancel)).Referrers.Count);
    }

    [Fact]
    public async Task A_damaged_loose_referrer_is_an_error_and_not_an_image_without_signatures()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        Digest subject = Digest.Sha256(image);
        await PutAsync(layout, "v1", image);
        byte[] referrer = ManifestOf("referrer", subject);
        string path = BlobPath(Digest.Sha256(referrer));
        await File.WriteAllBytesAsync(path, referrer.AsMemory(..^10), Cancel);
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => layout.ListReferrersAsync(subject, Cancel));
        string changed = Encoding.UTF8.GetString(referrer).Replace("subject", "subj3ct", StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, changed, Cancel);
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => layout.ListReferrersAsync(subject, Cancel));
        await File.WriteAllBytesAsync(path, referrer, Cancel);
        Assert.Single((await layout.ListReferrersAsync(subject, Cancel)).Referrers);
    }

    [Fact]
    public async Task A_tag_moves_and_everything_else_in_the_index_stays()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        byte[] other = ManifestOf("other");
        await layout.WriteBlobAsync(Digest.Sha256(other), other, Cancel);
        string kept = Entry(
            Digest.Sha256(other),
            other.Length,
            $$$""","x-unknown":[1.50,"ü"],"annotations":{"{{{MediaTypes.RefNameAnnotation}}}":"other","z":"1"}""");
        await File.WriteAllTextAsync(
            IndexPath,
            $$$"""{"x-first":{"b":1,"a":2},"schemaVersion":2,"manifests":[{{{kept}}}],"annotations":{"k":"v"}}""",
            Cancel);
        await PutAsync(layout, "v1", ManifestOf("one"));
        await PutAsync(layout, "v1", ManifestOf("two"));
        string text = await ReadAsync("index.json");
        Assert.StartsWith(
            $$"""{"x-first":{"b":1,"a":2},"schemaVersion":2,"manifests":[{{kept}},""", text, StringComparison.Ordinal);
        Assert.EndsWith(""","annotations":{"k":"v"}}""", text, StringComparison.Ordinal);
        Assert.Equal(["other", "v1"], await TagsAsync(layout));
        Assert.Equal(Digest.Sha256(ManifestOf("two")), (await layout.ResolveAsync("v1", Cancel))?.Digest);
        Assert.NotNull(await layout.ResolveAsync(Digest.Sha256(ManifestOf("one")).ToString(), Cancel));
    }

    [Fact]
    public async Task A_whole_reference_written_by_another_tool_counts_by_its_tag_and_keeps_its_name()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("one");
        await PutAsync(layout, "x", image);
        string text = await ReadAsync("index.json");
        await File.WriteAllTextAsync(
            IndexPath, text.Replace("\"x\"", "\"docker.io/library/x:1.0\"", StringComparison.Ordinal), Cancel);
        Assert.Equal(Digest.Sha256(image), (await layout.ResolveAsync("1.0", Cancel))?.Digest);
        Assert.Null(await layout.ResolveAsync("x", Cancel));
        await PutAsync(layout, "1.0", ManifestOf("two"));
        JsonNode entry = Assert.Single((await IndexAsync())["manifests"]!.AsArray())!;
        Assert.Equal("docker.io/library/x:1.0", (string?)entry["annotations"]![MediaTypes.RefNameAnnotation]);

        string name = $$$""","annotations":{"{{{MediaTypes.RefNameAnnotation}}}":"ghcr.io/x:1.0"}""";
        await File.WriteAllTextAsync(
            IndexPath,
            (await ReadAsync("index.json"))
                .Replace("]}", $",{Entry(Digest.Sha256(image), image.Length, name)}]}}", StringComparison.Ordinal),
            Cancel);
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () => layout.ResolveAsync("1.0", Cancel));
        await PutAsync(layout, "exact", image);
        Assert.NotNull(await layout.ResolveAsync("exact", Cancel));
    }

    [Fact]
    public async Task A_signature_added_to_a_saved_image_takes_the_kind_that_cosign_looks_for()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        Digest digest = Digest.Sha256(image);
        await PutAsync(layout, "x", image);
        string text = await ReadAsync("index.json");
        await File.WriteAllTextAsync(
            IndexPath,
            text.Replace(
                $"\"{MediaTypes.RefNameAnnotation}\":\"x\"",
                "\"kind\":\"dev.cosignproject.cosign/image\"",
                StringComparison.Ordinal),
            Cancel);
        string tag = SignatureTagName.Of(digest, SignatureTagName.Signature);
        Assert.Null(await layout.ResolveAsync(tag, Cancel));
        await PutAsync(layout, tag, ManifestOf("first"));
        await PutAsync(layout, tag, ManifestOf("second"));
        JsonNode entry = (await IndexAsync())["manifests"]![1]!;
        Assert.Equal(Digest.Sha256(ManifestOf("second")).ToString(), (string?)entry["digest"]);
        Assert.Equal("dev.cosignproject.cosign/sigs", (string?)entry["annotations"]!["kind"]);
        Assert.Equal(2, (await IndexAsync())["manifests"]!.AsArray().Count);
        Assert.Equal(digest, (await layout.ResolveAsync(string.Empty, Cancel))?.Digest);
        Assert.True(await layout.DeleteTagAsync(tag, Cancel));
        Assert.Null(await layout.ResolveAsync(tag, Cancel));
    }

    [Fact]
    public async Task A_write_that_replaces_another_state_than_it_saw_is_a_conflict()
    {
        ImageLayout layout = new(_directory);
        byte[] one = ManifestOf("one");
        byte[] two = ManifestOf("two");
        TagState none = new(null, null);
        Assert.True(layout.ComparesBeforePut);
        Assert.Equal(PutOutcome.Written, await PutAsync(layout, "v1", one, none));
        Assert.Equal(PutOutcome.Conflict, await PutAsync(layout, "v1", two, none));
        Assert.Equal(PutOutcome.Conflict, await PutAsync(layout, "v1", two, new TagState(Digest.Sha256(two), null)));
        Assert.Equal(Digest.Sha256(one), (await layout.ResolveAsync("v1", Cancel))?.Digest);
        Assert.Equal(PutOutcome.Written, await PutAsync(layout, "v1", two, new TagState(Digest.Sha256(one), null)));
        Assert.Equal(Digest.Sha256(two), (await layout.ResolveAsync("v1", Cancel))?.Digest);
    }

    [Fact]
    public async Task Deleting_a_tag_keeps_the_manifest_and_deleting_a_manifest_takes_its_tags()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        Digest digest = Digest.Sha256(image);
        await PutAsync(layout, "a", image);
        await PutAsync(layout, "b", image);
        Assert.True(await layout.DeleteTagAsync("a", Cancel));
        Assert.False(await layout.DeleteTagAsync("a", Cancel));
        Assert.NotNull(await layout.ResolveAsync("b", Cancel));
        Assert.True(await layout.DeleteTagAsync("b", Cancel));
        Assert.NotNull(await layout.ResolveAsync(digest.ToString(), Cancel));
        await PutAsync(layout, "c", image);
        Assert.True(await layout.DeleteManifestAsync(digest, Cancel));
        Assert.False(await layout.DeleteManifestAsync(digest, Cancel));
        Assert.Null(await layout.ResolveAsync("c", Cancel));
        Assert.Null(await layout.ResolveAsync(digest.ToString(), Cancel));
        Assert.Empty(await TagsAsync(layout));
    }

    [Fact]
    public async Task Deleting_a_referrer_takes_it_off_the_list()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        byte[] referrer = ManifestOf("referrer", Digest.Sha256(image));
        await PutAsync(layout, "v1", image);
        await PutAsync(layout, Digest.Sha256(referrer).ToString(), referrer);
        Assert.Single((await layout.ListReferrersAsync(Digest.Sha256(image), Cancel)).Referrers);
        Assert.True(await layout.DeleteManifestAsync(Digest.Sha256(referrer), Cancel));
        Assert.Empty((await layout.ListReferrersAsync(Digest.Sha256(image), Cancel)).Referrers);
    }

    [Fact]
    public async Task Sixteen_writers_over_two_stores_lose_nothing()
    {
        byte[] image = ManifestOf("image");
        Digest subject = Digest.Sha256(image);
        ImageLayout[] stores = [new(_directory), new(_directory)];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(
            async () =>
            {
                for (int j = 0; j < 5; j++)
                {
                    byte[] referrer = ManifestOf($"{i} {j}", subject);
                    await PutAsync(stores[i % 2], Digest.Sha256(referrer).ToString(), referrer);
                    await PutAsync(stores[i % 2], $"t{i}-{j}", ManifestOf($"tagged {i} {j}"));
                }
            },
            Cancel)));
        Assert.Equal(80, (await TagsAsync(stores[0])).Count);
        Assert.Equal(160, (await IndexAsync())["manifests"]!.AsArray().Count);
        Assert.Equal(80, (await stores[1].ListReferrersAsync(subject, Cancel)).Referrers.Count);
    }

    [Fact]
    public async Task Sixteen_read_modify_writers_of_one_tag_lose_nothing()
    {
        ImageLayout[] stores = [new(_directory), new(_directory)];
        await stores[0].CreateAsync(Cancel);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => AppendAsync(stores[i % 2], i), Cancel)));
        Manifest? result = await stores[0].GetManifestAsync("shared", Cancel);
        Assert.Equal(16, result!.Annotations.Count);

        static async Task AppendAsync(ImageLayout store, int i)
        {
            while (true)
            {
                Manifest? before = await store.GetManifestAsync("shared", Cancel);
                Dictionary<string, string> notes = new(before?.Annotations ?? Descriptor.NoAnnotations)
                {
                    [$"writer{i}"] = "was here",
                };
                JsonObject annotations = [.. notes.Select(n => KeyValuePair.Create(n.Key, (JsonNode?)n.Value))];
                JsonObject manifest = new()
                {
                    ["schemaVersion"] = 2, ["layers"] = new JsonArray(), ["annotations"] = annotations,
                };
                byte[] content = Encoding.UTF8.GetBytes(manifest.ToJsonString());
                if (await PutAsync(store, "shared", content, new TagState(before?.Digest, null)) != PutOutcome.Conflict)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public async Task What_a_killed_writer_left_is_ignored()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        await PutAsync(layout, "v1", image);
        string before = await ReadAsync("index.json");
        await File.WriteAllTextAsync(Path.Combine(_directory, ".tmp-1"), "{\"manif", Cancel);
        await File.WriteAllTextAsync(Path.Combine(_directory, "blobs", "sha256", ".tmp-2"), "{\"sche", Cancel);
        Assert.Equal(before, await ReadAsync("index.json"));
        Assert.Empty((await layout.ListReferrersAsync(Digest.Sha256(image), Cancel)).Referrers);
        Assert.Equal(Digest.Sha256(image), (await layout.ResolveAsync(string.Empty, Cancel))?.Digest);
        Assert.Equal(PutOutcome.Written, await PutAsync(layout, "v2", image));
    }

    [Fact]
    public async Task A_held_lock_is_waited_for_and_the_wait_can_be_cancelled()
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        string path = Path.Combine(_directory, "index.json.lock");
        Task<PutOutcome> put;
        using (FileStream held = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            using CancellationTokenSource stop = new();
            Task<PutOutcome> stopped = layout.PutManifestAsync(
                "v1", ManifestOf("x"), MediaTypes.OciManifest, null, stop.Token);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
            put = PutAsync(layout, "v1", ManifestOf("x"));
        }

        Assert.Equal(PutOutcome.Written, await put);
    }

    [Fact]
    public async Task A_lock_that_is_never_freed_ends_in_a_timeout()
    {
        ImageLayout layout = new(_directory, new FastTime());
        await layout.CreateAsync(Cancel);
        string path = Path.Combine(_directory, "index.json.lock");
        using FileStream held = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        await FailsAsync(SigstoreErrorCode.Timeout, () => PutAsync(layout, "v1", ManifestOf("x")));
    }

    [Fact]
    public async Task A_blob_behind_a_link_is_read_only_if_it_is_what_its_name_says()
    {
        ImageLayout layout = new(_directory);
        byte[] image = ManifestOf("image");
        await PutAsync(layout, "v1", image);
        string path = BlobPath(Digest.Sha256(image));
        string elsewhere = Path.Combine(_directory, "elsewhere");
        File.Move(path, elsewhere);
        try
        {
            File.CreateSymbolicLink(path, elsewhere);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("symbolic links cannot be made here");
        }

        Assert.Equal(Digest.Sha256(image), (await layout.ResolveAsync("v1", Cancel))?.Digest);
        await File.WriteAllBytesAsync(elsewhere, ManifestOf("im4ge"), Cancel);
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => layout.ResolveAsync("v1", Cancel));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("sha256:..")]
    [InlineData("sha256:/etc/passwd")]
    [InlineData("a b")]
    public async Task A_name_that_is_neither_tag_nor_digest_is_refused(string name)
    {
        ImageLayout layout = new(_directory);
        await layout.CreateAsync(Cancel);
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () => layout.GetManifestAsync(name, Cancel));
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () => PutAsync(layout, name, ManifestOf("x")));
        await FailsAsync(SigstoreErrorCode.InvalidImageReference, () => layout.DeleteTagAsync(name, Cancel));
    }

    [Fact]
    public void A_relative_directory_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => new ImageLayout("relative"));

    private static byte[] ManifestOf(string note, Digest? subject = null)
    {
        string type = subject is null ? string.Empty : "\"artifactType\":\"application/x-test\",";
        string reference = subject is null
            ? string.Empty
            : $$""","subject":{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{subject}}","size":1}""";
        string config = $$"""{"mediaType":"{{MediaTypes.OciEmpty}}","digest":"{{Digest.Sha256(Config)}}","size":2}""";
        return Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}",{{type}}"config":{{config}},"layers":[],"""
            + $$""" "annotations":{"note":"{{note}}"}{{reference}}}""");
    }

    private static string Entry(Digest digest, int size, string more = "") =>
        $$"""{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{digest}}","size":{{size}}""" + more + "}";

    private static Task<PutOutcome> PutAsync(
        ImageLayout layout, string name, byte[] content, TagState? replaces = null) =>
        layout.PutManifestAsync(name, content, MediaTypes.OciManifest, replaces, Cancel);

    private static Func<CancellationToken, Task<Stream>> Opens(string content) =>
        _ => Task.FromResult<Stream>(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)));

    private static Descriptor Blob(Digest digest, long size) => new("application/octet-stream", digest, size);

    private static async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> action)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(action);
        Assert.Equal(code, e.Code);
        return e;
    }

    private static async Task<List<string>> TagsAsync(ImageLayout layout)
    {
        List<string> tags = [];
        await foreach (string tag in layout.ListTagsAsync(Cancel))
        {
            tags.Add(tag);
        }

        return tags;
    }

    /// <summary>The length of the old file and the content of the new one would be a file that never was.</summary>
    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_read_is_the_old_or_the_new_one()
    {
        Directory.CreateDirectory(_directory);
        LayoutFiles files = new(_directory, TimeProvider.System);
        await files.WriteAsync("index.json", "1"u8.ToArray(), Cancel);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 1; i < 1000; i++)
                {
                    byte[] content = new byte[i * 50];
                    content[^1] = (byte)'1';
                    await files.WriteAsync("index.json", content, Cancel);
                }
            },
            Cancel);
        while (!writing.IsCompleted)
        {
            Assert.Equal((byte)'1', (await files.ReadAsync("index.json", 1_000_000, Cancel))![^1]);
        }

        await writing;
    }

    private static async Task ReplaceAsync(string path, string? content)
    {
        if (content is null)
        {
            File.Delete(path);
        }
        else
        {
            await File.WriteAllTextAsync(path, content, Cancel);
        }
    }

    private string IndexPath => Path.Combine(_directory, "index.json");

    private string BlobPath(Digest digest) => Path.Combine(_directory, "blobs", digest.Algorithm, digest.Hex);

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(_directory, name), Cancel);

    private async Task<JsonNode> IndexAsync() => JsonNode.Parse(await ReadAsync("index.json"))!;

    /// <summary>Ten seconds pass with every look at the clock.</summary>
    private sealed class FastTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, 10 * TimeSpan.TicksPerSecond);
    }
}
