using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SigstorePS.Crypto;

/// <summary>
/// What a signature is over: bytes in memory, or a file of any size of which only digests were taken on its way past.
/// Safe for many threads at once.
/// </summary>
internal sealed class SignedContent
{
    private readonly ConcurrentDictionary<HashAlgorithmName, Digest> _digests = new();

    private SignedContent(ReadOnlyMemory<byte>? bytes, IReadOnlyList<Digest> digests)
    {
        Bytes = bytes;
        foreach (Digest digest in digests)
        {
            _digests[digest.HashName] = digest;
        }
    }

    /// <summary>The bytes themselves; null when only digests are known.</summary>
    public ReadOnlyMemory<byte>? Bytes { get; }

    public static SignedContent Of(ReadOnlyMemory<byte> bytes) => new(bytes, []);

    public static SignedContent OfDigests(params IReadOnlyList<Digest> digests) => new(null, digests);

    /// <summary>The digest of this kind; null when neither the bytes nor that digest are known.</summary>
    public Digest? DigestOf(HashAlgorithmName algorithm) =>
        _digests.TryGetValue(algorithm, out Digest? known) ? known
        : Bytes is { } bytes ? _digests.GetOrAdd(
            algorithm, static (a, b) => Digest.FromHash(a, CryptographicOperations.HashData(a, b.Span)), bytes)
        : null;
}
