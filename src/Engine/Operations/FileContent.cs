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
        string path, IReadOnlyCollection<HashAlgorithmName> algorithms, CancellationToken cancel,
        SignedByMistake? guard = null)
    {
        try
        {
            using FileStream stream = Open(path);
            return await HashAsync(stream, algorithms, cancel, guard).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The same of a stream, from where it stands to its end.</summary>
    public static async Task<IReadOnlyList<Digest>> HashAsync(
        Stream stream, IReadOnlyCollection<HashAlgorithmName> algorithms, CancellationToken cancel,
        SignedByMistake? guard = null)
    {
        List<IncrementalHash> hashes = [.. algorithms.Select(IncrementalHash.CreateHash)];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
            {
                guard?.Look(buffer.AsSpan(0, read));
                foreach (IncrementalHash hash in hashes)
                {
                    hash.AppendData(buffer, 0, read);
                }
            }

            guard?.End();
            return [.. hashes.Select(static h => Digest.FromHash(h.AlgorithmName, h.GetHashAndReset()))];
        }
        finally
        {
            hashes.ForEach(static h => h.Dispose());
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // No buffer of its own: it would copy every byte once more.
    private static FileStream Open(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
        FileOptions.SequentialScan | FileOptions.Asynchronous);
}
