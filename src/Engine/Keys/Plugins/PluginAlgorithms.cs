using SigstorePS.Crypto;

namespace SigstorePS.Keys.Plugins;

/// <summary>
/// Names of algorithms as plug-ins spell them for createKey. The protocol leaves them to each plug-in; these are those of
/// sigstore's algorithm registry and of the key services sigstore has itself (pkg/signature/kms).
/// </summary>
internal static class PluginAlgorithms
{
    private static readonly Dictionary<string, string[]> Spellings = new(StringComparer.Ordinal)
    {
        [SigningAlgorithm.EcdsaP256.Name] = ["ecdsa-p256-sha256", "ecdsa-p256", "ecc-nist-p256", "es256"],
        [SigningAlgorithm.EcdsaP384.Name] = ["ecdsa-p384-sha384", "ecdsa-p384", "ecc-nist-p384", "es384"],
        [SigningAlgorithm.EcdsaP521.Name] = ["ecdsa-p521-sha512", "ecdsa-p521", "ecc-nist-p521", "es512"],
        [SigningAlgorithm.Rsa2048.Name] = ["rsa-pkcs1v15-2048-sha256", "rsa-pkcs1v15-2048", "rsa-2048"],
        [SigningAlgorithm.Rsa3072.Name] = ["rsa-pkcs1v15-3072-sha256", "rsa-pkcs1v15-3072", "rsa-3072"],
        [SigningAlgorithm.Rsa4096.Name] = ["rsa-pkcs1v15-4096-sha256", "rsa-pkcs1v15-4096", "rsa-4096"],
        [SigningAlgorithm.Ed25519.Name] = ["eddsa-ed25519"],
    };

    /// <summary>Which of a plug-in's algorithms is meant; null: it has none that is.</summary>
    public static string? Find(SigningAlgorithm algorithm, IReadOnlyList<string> supported)
    {
        string[] names = [algorithm.Name, algorithm.KeyDetails, .. Spellings.GetValueOrDefault(algorithm.Name, [])];
        return names.Select(name => supported.FirstOrDefault(s => Plain(s) == Plain(name))).FirstOrDefault(s => s is not null);
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('_', '-');
}
