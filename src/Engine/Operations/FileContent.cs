using System.Buffers;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>A file to verify: read once, in pieces, however large it is.</summary>
internal static class FileContent
{
    private const int Piece = 256 * 1024;

    /// <summary>Takes every digest asked for in one pass.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<IReadOnlyList<Digest>> HashAsync(
        string path, IReadOnlyCollection<HashAlgorithmName> algorithms, CancellationToken cancel)
    {
        List<IncrementalHash> hashes = [.. algorithms.Select(IncrementalHash.CreateHash)];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            using FileStream stream = Open(path);
            int read;
            while ((read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
            {
                foreach (IncrementalHash hash in hashes)
                {
                    hash.AppendData(buffer, 0, read);
                }
            }

            return [.. hashes.Select(static h => Digest.FromHash(h.AlgorithmName, h.GetHashAndReset()))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            hashes.ForEach(static h => h.Dispose());
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The whole file.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static async Task<byte[]> ReadAsync(string path, long limit, CancellationToken cancel)
    {
        try
        {
            using FileStream stream = Open(path);
            if (stream.Length > limit)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"'{path}' has {stream.Length} bytes; at most {limit} are read.");
            }

            byte[] content = new byte[stream.Length];
            await stream.ReadExactlyAsync(content, cancel).ConfigureAwait(false);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    // No buffer of its own: it would copy every byte once more.
    private static FileStream Open(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
        FileOptions.SequentialScan | FileOptions.Asynchronous);
}
