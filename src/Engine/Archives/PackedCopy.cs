namespace SigstorePS.Archives;

/// <summary>Copies a file of a known size: what has another by now must not shift all that comes after it.</summary>
internal static class PackedCopy
{
    private const int BufferSize = 1024 * 1024;

    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task RunAsync(
        Stream content, Stream output, string name, long length, CancellationToken cancel)
    {
        byte[] buffer = new byte[Math.Min(BufferSize, length + 1)];
        long total = 0;
        int read;
        while ((read = await content.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0 && total + read <= length)
        {
            total += read;
            await output.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
        }

        if (read > 0 || total != length)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"'{name}' changed while it was written to the archive.");
        }
    }
}
