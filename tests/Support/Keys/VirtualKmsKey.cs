using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Support.Keys;

/// <summary>A key of <see cref="VirtualKms"/> with the algorithms that AWS gives its spec (API reference, GetPublicKey).</summary>
internal sealed class VirtualKmsKey
{
    // Seconds each, and what matters of them is their size.
    private static readonly ConcurrentDictionary<SigningAlgorithm, Lazy<byte[]>> RsaKeys = new();

    private readonly byte[] _pkcs8;

    private VirtualKmsKey(SigningAlgorithm algorithm)
    {
        _pkcs8 = algorithm.Scheme == SignatureScheme.RsaPkcs1
            ? RsaKeys.GetOrAdd(algorithm, static a => new(() => Pkcs8.Generate(a))).Value : Pkcs8.Generate(algorithm);
        using LocalSigner signer = LocalSigner.FromPkcs8(_pkcs8);
        PublicKey = signer.PublicKey;
        (Spec, Algorithms) = (algorithm.Scheme, algorithm.KeySize) switch
        {
            (SignatureScheme.Ecdsa, 256) => ("ECC_NIST_P256", [("ECDSA_SHA_256", SigningAlgorithm.EcdsaP256)]),
            (SignatureScheme.Ecdsa, 384) => ("ECC_NIST_P384", [("ECDSA_SHA_384", SigningAlgorithm.EcdsaP384)]),
            (SignatureScheme.Ecdsa, 521) => ("ECC_NIST_P521", [("ECDSA_SHA_512", SigningAlgorithm.EcdsaP521)]),
            (SignatureScheme.Ed25519, _) => (
                "ECC_NIST_EDWARDS25519",
                [("ED25519_SHA_512", SigningAlgorithm.Ed25519), ("ED25519_PH_SHA_512", SigningAlgorithm.Ed25519Prehash)]),
            _ => ($"RSA_{algorithm.KeySize}", Rsa(algorithm)),
        };
    }

    public PublicKey PublicKey { get; }

    public string Spec { get; init; }

    public string Usage { get; init; } = "SIGN_VERIFY";

    /// <summary>Another key that signs in its place.</summary>
    public VirtualKmsKey? Impostor { get; init; }

    private (string Name, SigningAlgorithm Algorithm)[] Algorithms { get; }

    public static VirtualKmsKey Of(SigningAlgorithm algorithm) => new(algorithm);

    public static VirtualKmsKey OfSpec(string spec) => new(spec switch
    {
        "ECC_NIST_P256" => SigningAlgorithm.EcdsaP256,
        "ECC_NIST_P384" => SigningAlgorithm.EcdsaP384,
        "ECC_NIST_P521" => SigningAlgorithm.EcdsaP521,
        "ECC_NIST_EDWARDS25519" => SigningAlgorithm.Ed25519,
        "RSA_2048" => SigningAlgorithm.Rsa2048,
        "RSA_3072" => SigningAlgorithm.Rsa3072,
        "RSA_4096" => SigningAlgorithm.Rsa4096,
        _ => throw new ArgumentException(spec, nameof(spec)),
    });

    public VirtualKmsKey With(string? spec = null, string? usage = null, VirtualKmsKey? impostor = null) =>
        new(PublicKey.Algorithm) { Spec = spec ?? Spec, Usage = usage ?? Usage, Impostor = impostor };

    public JsonObject Describe(string arn) => new()
    {
        ["KeyId"] = arn,
        ["PublicKey"] = Convert.ToBase64String(PublicKey.Spki.Span),
        ["KeySpec"] = Spec,
        ["CustomerMasterKeySpec"] = Spec,
        ["KeyUsage"] = Usage,
        ["SigningAlgorithms"] = new JsonArray([.. Algorithms.Select(static a => (JsonNode)a.Name)]),
    };

    /// <summary>Null: what KMS refuses, such as a digest of the wrong length, or RAW where only DIGEST goes.</summary>
    public async Task<byte[]?> SignAsync(JsonObject request)
    {
        if (Impostor is not null)
        {
            return await Impostor.SignAsync(request);
        }

        byte[] message = Convert.FromBase64String((string)request["Message"]!);
        SigningAlgorithm? algorithm = Array.Find(
            Algorithms, a => a.Name == (string?)request["SigningAlgorithm"]).Algorithm;
        bool digest = (string?)request["MessageType"] == "DIGEST";
        if (algorithm is null || message.Length is 0 or > 4096
            || digest == (algorithm.Scheme == SignatureScheme.Ed25519)
            || (digest && message.Length != Length(algorithm)))
        {
            return null;
        }

        using LocalSigner signer = LocalSigner.FromPkcs8(_pkcs8, algorithm);
        return digest ? await signer.SignHashAsync(message, algorithm, default) : await signer.SignAsync(message, default);
    }

    private static (string, SigningAlgorithm)[] Rsa(SigningAlgorithm algorithm) =>
    [
        ("RSASSA_PKCS1_V1_5_SHA_256", algorithm),
        ("RSASSA_PSS_SHA_256", SigningAlgorithm.All.Single(
            a => a.Scheme == SignatureScheme.RsaPss && a.KeySize == algorithm.KeySize)),
    ];

    private static int Length(SigningAlgorithm algorithm) => algorithm.Hash.Name switch
    {
        "SHA256" => 32,
        "SHA384" => 48,
        _ => 64,
    };
}
