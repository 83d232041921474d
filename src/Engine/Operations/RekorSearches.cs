using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>What to look for in the index of a log.</summary>
/// <param name="Hash"><c>algorithm:hex</c>.</param>
/// <param name="Email">Mail address in a certificate.</param>
/// <param name="Subject">Name in a certificate.</param>
/// <param name="PublicKey">PEM.</param>
/// <param name="All">Entries that fit all, not any.</param>
internal sealed record RekorSearchTerms(string? Hash, string? Email, string? Subject, string? PublicKey, bool All);

/// <summary>Hashes as the index of a log spells them, and as entries are held against files.</summary>
internal static class RekorSearches
{
    private const int Chunk = 128 * 1024;

    private static readonly HashAlgorithmName[] Algorithms =
        [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    /// <summary>What a user typed; of hex alone the length tells the algorithm.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Digest Parse(string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        string full = lower.Contains(':', StringComparison.Ordinal) ? lower : lower.Length switch
        {
            96 => $"sha384:{lower}",
            128 => $"sha512:{lower}",
            _ => $"sha256:{lower}",
        };
        return Digest.TryParse(full, out Digest? digest) ? digest : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{text}' is not a digest: sha256: and 64 hexadecimal digits, or the digits alone.");
    }

    public static string Hash(string text) => Parse(text).ToString();

    public static string HashOf(byte[] content) => Digest.Sha256(content).ToString();

    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<string> HashOfFileAsync(string path, CancellationToken cancel) =>
        (await DigestsOfFileAsync(path, cancel).ConfigureAwait(false))[0].ToString();

    /// <summary>SHA-256, SHA-384 and SHA-512 of a file of any size, read once.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<IReadOnlyList<Digest>> DigestsOfFileAsync(string path, CancellationToken cancel)
    {
        IncrementalHash[] hashes = [.. Algorithms.Select(IncrementalHash.CreateHash)];
        try
        {
            FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, useAsync: true);
            await using (stream.ConfigureAwait(false))
            {
                byte[] buffer = new byte[Chunk];
                for (int read; (read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
                {
                    foreach (IncrementalHash hash in hashes)
                    {
                        hash.AppendData(buffer, 0, read);
                    }
                }
            }

            return [.. hashes.Select(static hash => Digest.FromHash(hash.AlgorithmName, hash.GetHashAndReset()))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            foreach (IncrementalHash hash in hashes)
            {
                hash.Dispose();
            }
        }
    }
}
