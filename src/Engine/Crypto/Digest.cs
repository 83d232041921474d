using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SigstorePS.Crypto;

/// <summary>
/// A content digest <c>algorithm:hex</c> (OCI image-spec, descriptor.md#digests). Only registered SHA-2 algorithms,
/// lower-case hex of the exact length: two texts of one digest would be two names for one thing.
/// </summary>
public sealed record Digest
{
    private Digest(string algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary><c>sha256</c>, <c>sha384</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; }

    /// <summary>Lower-case hexadecimal, no prefix.</summary>
    public string Hex { get; }

    /// <summary>Reads <c>algorithm:hex</c>; null for anything else.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        int colon = text is null ? -1 : text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return false;
        }

        string algorithm = text![..colon];
        string hex = text[(colon + 1)..];
        if (hex.Length != HexLength(algorithm) || hex.AsSpan().ContainsAnyExcept("0123456789abcdef"))
        {
            return false;
        }

        digest = new Digest(algorithm, hex);
        return true;
    }

    /// <summary>Reads <c>algorithm:hex</c>.</summary>
    /// <exception cref="FormatException">The text is not a digest.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out Digest? digest) ? digest : throw new FormatException($"'{text}' is not a digest");

    /// <summary>SHA-256 of bytes in memory.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> data) =>
        new("sha256", Convert.ToHexStringLower(SHA256.HashData(data)));

    /// <summary>The digest of bytes with the algorithm of <paramref name="like"/>.</summary>
    public static Digest OfSameAlgorithm(Digest like, ReadOnlySpan<byte> data) =>
        new(like.Algorithm, Convert.ToHexStringLower(CryptographicOperations.HashData(like.HashName, data)));

    /// <summary>A digest from raw hash bytes.</summary>
    internal static Digest FromHash(HashAlgorithmName algorithm, ReadOnlySpan<byte> hash) =>
        Parse($"{algorithm.Name!.ToLowerInvariant()}:{Convert.ToHexStringLower(hash)}");

    /// <summary>The hash to recompute this digest with.</summary>
    internal HashAlgorithmName HashName => new(Algorithm.ToUpperInvariant());

    /// <summary>The raw hash bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <summary><c>algorithm:hex</c>.</summary>
    public override string ToString() => $"{Algorithm}:{Hex}";

    private static int HexLength(string algorithm) => algorithm switch
    {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => -1,
    };
}
