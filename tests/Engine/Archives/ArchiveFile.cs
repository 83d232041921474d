using SigstorePS.Archives;

namespace SigstorePS.Tests.Archives;

/// <summary>A file with an archive in it, deleted again.</summary>
internal sealed class ArchiveFile : IDisposable
{
    public ArchiveFile(byte[] content) => System.IO.File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(), $"archive-{Guid.NewGuid():N}");

    public Task<ArchiveContent> OpenAsync() => ArchiveContent.OpenAsync(Path, TestContext.Current.CancellationToken);

    public async Task<SigstoreException> RefusedAsync()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(OpenAsync);
        Assert.DoesNotContain(e.Message, char.IsControl);
        return e;
    }

    public void Dispose() => System.IO.File.Delete(Path);
}
