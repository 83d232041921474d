using SigstorePS.Operations;

namespace SigstorePS.Tests.Operations;

/// <summary>Files that do not say how long they are: <c>Test-BlobCandidate x -Bundle &lt;(…)</c>.</summary>
public sealed class FileContentTests
{
    [Fact]
    public async Task A_file_of_the_kernel_that_says_it_is_empty_is_read_to_its_end()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "needs /proc");
        Assert.NotEmpty(await FileContent.ReadAsync("/proc/self/status", 1 << 20, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_without_end_is_read_to_the_limit()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "needs /dev/zero");
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(
            () => FileContent.ReadAsync("/dev/zero", 1 << 20, TestContext.Current.CancellationToken));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, failure.Code);
    }

    [Fact]
    public void A_message_that_somebody_else_wrote_has_an_end()
    {
        SigstoreException failure = new(SigstoreErrorCode.MalformedBundle, new string('a', 16 << 20));
        Assert.InRange(failure.Message.Length, 1000, Limits.ErrorMessage + 1);
    }
}
