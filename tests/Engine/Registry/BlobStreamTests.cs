using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

/// <summary>Blobs that are read while they come.</summary>
public sealed class BlobStreamTests
{
    private static readonly byte[] Content = Made();

    [Fact]
    public async Task A_blob_streams()
    {
        await using RegistrySession session = new();
        Assert.Equal(Content, await ReadAsync(session, Push(session)));
        Assert.Equal(1, session.Count("GET", "/blobs/"));
    }

    [Fact]
    public async Task An_empty_blob_streams()
    {
        await using RegistrySession session = new();
        Digest digest = session.Server.PushBlob("app", []);
        Assert.Empty(await ReadAsync(session, new Descriptor("x/y", digest, 0)));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => ReadAsync(session, new Descriptor("x/y", digest, 1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_break_in_the_middle_is_resumed(bool ranges)
    {
        await using RegistrySession session = new(new() { Ranges = ranges });
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.Truncate, times: 3, method: "GET");
        Assert.Equal(Content, await ReadAsync(session, blob));
        Assert.Equal(4, session.Count("GET", "/blobs/"));
        Assert.Equal(3, session.Clock.Waits.Count);
    }

    [Fact]
    public async Task A_blob_that_always_breaks_is_given_up()
    {
        await using RegistrySession session = new(new() { Ranges = false });
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.Truncate, method: "GET");
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => ReadAsync(session, blob));
        Assert.Equal(Limits.RequestAttempts, session.Count("GET", "/blobs/"));
    }

    [Theory]
    [InlineData("bytes 0-9/10")]
    [InlineData("bytes 1-299999/300000")]
    [InlineData("items 150000-299999/300000")]
    [InlineData("bytes 150000-299999/300001")]
    [InlineData("nonsense")]
    public async Task A_part_that_was_not_asked_for_is_not_taken(string range)
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.Truncate, times: 1, method: "GET");
        session.Server.AddFault("/blobs/", LoopbackFault.Header("Content-Range", range), times: 1, method: "GET");
        Assert.Equal(Content, await ReadAsync(session, blob));
        Assert.Equal(3, session.Count("GET", "/blobs/"));
    }

    [Fact]
    public async Task A_part_with_other_content_is_found_out()
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.Truncate, times: 1, method: "GET");
        session.Server.AddFault("/blobs/", LoopbackFault.WrongContent, times: 1, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => ReadAsync(session, blob));
    }

    [Fact]
    public async Task Wrong_content_never_comes_to_its_end()
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.WrongContent, method: "GET");
        using MemoryStream read = new();
        await using Stream stream = await session.Open().OpenBlobAsync(blob, default);
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => stream.CopyToAsync(read));
        Assert.True(read.Length < Content.Length);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Another_length_is_refused(int difference)
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        await FailsAsync(
            SigstoreErrorCode.DigestMismatch,
            () => ReadAsync(session, blob with { Size = blob.Size + difference }));
        session.Server.AddFault("/blobs/", LoopbackFault.Oversize(10_000_000), times: 1, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => ReadAsync(session, blob));
        session.Server.AddFault("/blobs/", LoopbackFault.Answer(200, "x/y", "short"), times: 1, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => ReadAsync(session, blob));
    }

    [Fact]
    public async Task Nobody_reads_a_blob_of_any_size()
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session) with { Size = Limits.CopyBlob + 1 };
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => session.Open().OpenBlobAsync(blob, default));
        Assert.Empty(session.Server.Requests);
    }

    [Fact]
    public async Task Missing_and_refused_blobs_are_told_apart()
    {
        await using RegistrySession session = new();
        Descriptor missing = new("x/y", Digest.Sha256("none"u8), 4);
        await FailsAsync(SigstoreErrorCode.BlobNotFound, () => session.Open().OpenBlobAsync(missing, default));
        session.Server.AddFault("/blobs/", LoopbackFault.Status(403), method: "GET");
        await FailsAsync(SigstoreErrorCode.RegistryUnauthorized, () => session.Open().OpenBlobAsync(missing, default));
    }

    [Fact]
    public async Task What_moves_slowly_is_waited_for_and_what_stalls_is_not()
    {
        await using RegistrySession session = new(requestTimeout: TimeSpan.FromMilliseconds(600));
        RegistryClient store = session.Open();
        Descriptor blob = Push(session);
        session.Server.AddFault(
            "/blobs/", LoopbackFault.Trickle(TimeSpan.FromMilliseconds(200), pieces: 8), times: 1, method: "GET");
        await using (Stream slow = await store.OpenBlobAsync(blob, default))
        {
            await slow.CopyToAsync(Stream.Null);
        }

        session.Server.AddFault("/blobs/", LoopbackFault.StallBody, times: 1, method: "GET");
        Assert.Equal(Content, await ReadAsync(session, blob));

        session.Server.AddFault("/blobs/", LoopbackFault.StallBody, method: "GET");
        await FailsAsync(SigstoreErrorCode.Timeout, () => ReadAsync(session, blob));
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_is_cancelled()
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        session.Server.AddFault("/blobs/", LoopbackFault.StallBody, method: "GET");
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        await using Stream stream = await session.Open().OpenBlobAsync(blob, stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.CopyToAsync(Stream.Null, stop.Token));
    }

    [Fact]
    public async Task A_blob_store_elsewhere_never_sees_credentials_when_resuming_either()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token, BlobsElsewhere = true });
        Descriptor blob = Push(session);
        session.Server.AddFault("signed=1", LoopbackFault.Truncate, times: 2, method: "GET");
        Assert.Equal(Content, await ReadAsync(session, blob, Account));
        LoopbackRequest[] elsewhere = [.. session.Server.Requests.Where(static r => r.Elsewhere)];
        Assert.Equal(3, elsewhere.Length);
        Assert.All(elsewhere, static r => Assert.Null(r.Authorization));
    }

    [Fact]
    public async Task A_token_that_is_no_longer_good_is_fetched_anew_when_resuming()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        Descriptor blob = Push(session);
        await using Stream stream = await session.Open(access: Account).OpenBlobAsync(blob, default);
        await stream.ReadExactlyAsync(new byte[10]);
        Assert.Equal(1, session.Count("GET", "/token"));
        session.Server.RevokeTokens();
        session.Server.AddFault("/blobs/", LoopbackFault.Truncate, times: 1, method: "GET");
        Assert.Equal(Content, await ReadAsync(session, blob, Account));
    }

    [Fact]
    public async Task What_is_streamed_in_and_out_is_the_same_and_spoilt_content_is_not_written()
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        RegistryClient from = session.Open();
        RegistryClient to = session.Open("copy");
        session.Server.AddFault("/app/blobs/", LoopbackFault.WrongContent, times: 1, method: "GET");
        await FailsAsync(SigstoreErrorCode.DigestMismatch, () => WriteAsync(200_000));
        await FailsAsync(SigstoreErrorCode.DigestMismatch, async () =>
        {
            session.Server.AddFault("/app/blobs/", LoopbackFault.WrongContent, times: 1, method: "GET");
            await WriteAsync(1_000_000);
        });
        Assert.False(await to.HasBlobAsync(blob.Digest, blob.Size, default));

        await WriteAsync(100_000);
        Assert.True(await to.HasBlobAsync(blob.Digest, blob.Size, default));
        Assert.False(await to.HasBlobAsync(blob.Digest, blob.Size + 1, default));
        Assert.Equal(3, session.Count("PATCH", "/copy/") - 1);

        Task WriteAsync(int chunk) => new RegistryBlobs(new RegistryRepository(to.Connection, "copy"))
            .WriteAsync(blob.Digest, c => from.OpenBlobAsync(blob, c), blob.Size, chunk, default);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public async Task A_break_of_the_upload_sends_the_stream_again_from_its_beginning(string method)
    {
        await using RegistrySession session = new();
        Descriptor blob = Push(session);
        RegistryClient from = session.Open();
        RegistryClient to = session.Open("copy");
        session.Server.AddFault("/copy/blobs/uploads/", LoopbackFault.Drop, times: 2, method: method);
        await new RegistryBlobs(new RegistryRepository(to.Connection, "copy"))
            .WriteAsync(blob.Digest, c => from.OpenBlobAsync(blob, c), blob.Size, 100_000, default);
        Assert.True(await to.HasBlobAsync(blob.Digest, blob.Size, default));
        Assert.Equal(3, session.Count("GET", "/app/blobs/"));
    }

    private static async Task<byte[]> ReadAsync(RegistrySession session, Descriptor blob, RegistryAccess? access = null)
    {
        using MemoryStream read = new();
        await using Stream stream = await session.Open(access: access).OpenBlobAsync(blob, default);
        await stream.CopyToAsync(read);
        return read.ToArray();
    }

    private static Descriptor Push(RegistrySession session) =>
        new("application/octet-stream", session.Server.PushBlob("app", Content), Content.Length);

    private static byte[] Made()
    {
        byte[] content = new byte[300_000];
        new Random(1).NextBytes(content);
        return content;
    }
}
