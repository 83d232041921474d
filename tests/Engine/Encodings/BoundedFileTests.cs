using SigstorePS.Encodings;
using SigstorePS.Operations;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Encodings;

/// <summary>Files that do not say how long they are: <c>Test-BlobCandidate x -Bundle &lt;(…)</c>.</summary>
public sealed class BoundedFileTests
{
    [Fact]
    public async Task A_file_of_the_kernel_that_says_it_is_empty_is_read_to_its_end()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "needs /proc");
        Assert.NotEmpty(await BoundedFile.ReadAsync("/proc/self/status", 1 << 20, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_without_end_is_read_to_the_limit()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "needs /dev/zero");
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(
            () => BoundedFile.ReadAsync("/dev/zero", 1 << 20, TestContext.Current.CancellationToken));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, failure.Code);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_nothing_or_an_error()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString(), "x");
        Assert.Null(await BoundedFile.TryReadAsync(path, 10, TestContext.Current.CancellationToken));
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(
            () => BoundedFile.ReadAsync(path, 10, TestContext.Current.CancellationToken));
        Assert.Equal(SigstoreErrorCode.FileUnavailable, failure.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    public void As_many_bytes_as_the_limit_are_read(int length)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "x");
        byte[] content = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];
        File.WriteAllBytes(path, content);
        if (length <= 10)
        {
            Assert.Equal(content, BoundedFile.TryRead(path, 10));
        }
        else
        {
            Assert.Equal(
                SigstoreErrorCode.LimitExceeded,
                Assert.Throws<SigstoreException>(() => BoundedFile.TryRead(path, 10)).Code);
        }
    }

    /// <summary>A document names a pipe that nobody writes to.</summary>
    [Fact]
    public void A_device_that_a_document_names_is_not_opened()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "needs /dev/zero");
        Assert.Empty(new DocumentFile().Read("/dev/zero", null).Text);
    }

    [Fact]
    public void A_message_that_somebody_else_wrote_has_an_end()
    {
        SigstoreException failure = new(SigstoreErrorCode.MalformedBundle, new string('a', 16 << 20));
        Assert.InRange(failure.Message.Length, 1000, Limits.ErrorMessage + 1);
    }
}
