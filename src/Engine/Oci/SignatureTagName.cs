using System.Diagnostics.CodeAnalysis;
using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// Names derived from a digest: cosign's <c>sha256-&lt;hex&gt;.sig</c> and friends, and the referrers fallback tag
/// (distribution-spec, referrers tag schema: at most 32 characters of algorithm, 64 of hex).
/// </summary>
internal static class SignatureTagName
{
    private const int HexLength = 64;

    public const string Signature = "sig";
    public const string Attestation = "att";
    public const string Sbom = "sbom";

    /// <summary>What each suffix holds, in the words of the results.</summary>
    public static readonly (string Kind, string Suffix)[] Kinds =
        [("Signature", Signature), ("Attestation", Attestation), ("Sbom", Sbom)];

    public static string Of(Digest digest, string suffix, string prefix = "") => $"{Fallback(digest, prefix)}.{suffix}";

    /// <summary>The referrers fallback tag; cosign's prefix never applies to it.</summary>
    public static string Fallback(Digest digest) => Fallback(digest, string.Empty);

    /// <summary>
    /// Reads a name back: a prefix (mostly empty), the digest, and the suffix without its dot (empty for the fallback
    /// tag). Only names that are written for exactly one digest are read: a sha512 name is cut and names none.
    /// </summary>
    public static bool TryParse(
        string tag, out string prefix, [NotNullWhen(true)] out Digest? digest, out string suffix)
    {
        digest = null;
        return TrySplit(tag, "sha256", out prefix, out string hex, out suffix)
            && Digest.TryParse($"sha256:{hex}", out digest);
    }

    /// <summary>Whether a tag is such a name of any algorithm, so that what it holds is no image of its own.</summary>
    public static bool IsDerived(string tag) =>
        TrySplit(tag, "sha256", out _, out _, out _) || TrySplit(tag, "sha384", out _, out _, out _)
        || TrySplit(tag, "sha512", out _, out _, out _);

    private static bool TrySplit(string tag, string algorithm, out string prefix, out string hex, out string suffix)
    {
        (prefix, hex, suffix) = (string.Empty, string.Empty, string.Empty);
        int start = tag.LastIndexOf($"{algorithm}-", StringComparison.Ordinal);
        int digits = start + algorithm.Length + 1;
        int end = digits + HexLength;
        if (start < 0 || end > tag.Length || tag.AsSpan(digits, HexLength).ContainsAnyExcept("0123456789abcdef")
            || (end < tag.Length && (tag[end] != '.' || end + 1 == tag.Length)))
        {
            return false;
        }

        (prefix, hex) = (tag[..start], tag[digits..end]);
        suffix = end < tag.Length ? tag[(end + 1)..] : string.Empty;
        return true;
    }

    private static string Fallback(Digest digest, string prefix)
    {
        string hex = digest.Hex.Length > HexLength ? digest.Hex[..HexLength] : digest.Hex;
        return $"{prefix}{digest.Algorithm}-{hex}";
    }
}
