using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// Names derived from a digest: cosign's <c>sha256-&lt;hex&gt;.sig</c> and friends, and the referrers fallback tag
/// (distribution-spec, referrers tag schema: at most 32 characters of algorithm, 64 of hex).
/// </summary>
internal static class SignatureTagName
{
    public const string Signature = "sig";
    public const string Attestation = "att";
    public const string Sbom = "sbom";

    public static string Of(Digest digest, string suffix, string prefix = "") => $"{Fallback(digest, prefix)}.{suffix}";

    /// <summary>The referrers fallback tag; cosign's prefix never applies to it.</summary>
    public static string Fallback(Digest digest) => Fallback(digest, string.Empty);

    private static string Fallback(Digest digest, string prefix)
    {
        string hex = digest.Hex.Length > 64 ? digest.Hex[..64] : digest.Hex;
        return $"{prefix}{digest.Algorithm}-{hex}";
    }
}
