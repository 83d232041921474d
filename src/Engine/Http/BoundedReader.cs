namespace SigstorePS.Http;

/// <summary>Reads a stream into memory that grows with what arrives, not with what was announced.</summary>
internal static class BoundedReader
{
    private const int FirstBuffer = 16 * 1024;
    private const int MostTrusted = 1024 * 1024;

    /// <summary>At most <paramref name="limit"/> bytes; not complete when there were more.</summary>
    public static async Task<(byte[] Content, bool Complete)> ReadAsync(
        Stream stream, long limit, long? announced, CancellationToken cancel)
    {
        // One byte more than announced, so that the end is seen without growing.
        long first = Math.Min(announced ?? FirstBuffer, MostTrusted) + 1;
        byte[] buffer = new byte[(int)Math.Min(first, limit + 1)];
        int length = 0;
        while (true)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            length += read;
            if (length > limit)
            {
                return (buffer[..(int)limit], false);
            }

            if (read == 0)
            {
                return (length == buffer.Length ? buffer : buffer[..length], true);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(Math.Min(buffer.Length * 2L, limit + 1), Array.MaxLength));
            }
        }
    }
}
