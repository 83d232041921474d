using System.Security.Cryptography;

namespace SigstorePS.Encodings;

/// <summary>Reads a stream into memory that grows with what arrives, not with what was announced.</summary>
internal static class BoundedReader
{
    private const int FirstBuffer = 16 * 1024;
    private const int MostTrusted = 1024 * 1024;

    /// <summary>At most <paramref name="limit"/> bytes; not complete when there were more.</summary>
    /// <param name="stream">What is read.</param>
    /// <param name="limit">Bytes.</param>
    /// <param name="announced">How many are said to come; null: nobody said.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="secret">Zeroes every buffer but the one that is given back.</param>
    public static async Task<(byte[] Content, bool Complete)> ReadAsync(
        Stream stream, long limit, long? announced, CancellationToken cancel, bool secret = false)
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
                return (Exchanged(buffer, (int)limit, secret), false);
            }

            if (read == 0)
            {
                return (length == buffer.Length ? buffer : Exchanged(buffer, length, secret), true);
            }

            if (length == buffer.Length)
            {
                buffer = Exchanged(
                    buffer, (int)Math.Min(Math.Min(buffer.Length * 2L, limit + 1), Array.MaxLength), secret);
            }
        }
    }

    private static byte[] Exchanged(byte[] buffer, int length, bool secret)
    {
        byte[] other = buffer;
        Array.Resize(ref other, length);
        if (secret && other != buffer)
        {
            CryptographicOperations.ZeroMemory(buffer);
        }

        return other;
    }
}
