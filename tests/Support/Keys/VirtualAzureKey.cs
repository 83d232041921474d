using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SigstorePS.Support.Keys;

/// <summary>One version of a key in <see cref="VirtualAzure"/>, with the private half behind it.</summary>
public sealed class VirtualAzureKey
{
    private static readonly (string Algorithm, int Curve, int Digest)[] Curves =
        [("ES256", 256, 32), ("ES384", 384, 48), ("ES512", 521, 64)];

    public required string Name { get; init; }

    public string Version { get; init; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>EC, EC-HSM, RSA, RSA-HSM.</summary>
    public required string Type { get; init; }

    public required AsymmetricAlgorithm Pair { get; init; }

    public bool Enabled { get; set; } = true;

    public string[] Operations { get; set; } = ["sign", "verify"];

    /// <summary>What it says its curve is.</summary>
    public string? Curve { get; set; }

    /// <summary>A KeyBundle.</summary>
    public JsonObject Bundle(string vault)
    {
        JsonObject key = new()
        {
            ["kid"] = $"{vault}/keys/{Name}/{Version}",
            ["kty"] = Type,
            ["key_ops"] = new JsonArray([.. Operations.Select(static o => JsonValue.Create(o))]),
        };
        if (Pair is ECDsa ec)
        {
            ECParameters parameters = ec.ExportParameters(false);
            key["crv"] = Curve ?? $"P-{ec.KeySize}";
            key["x"] = Base64Url.EncodeToString(parameters.Q.X);
            key["y"] = Base64Url.EncodeToString(parameters.Q.Y);
        }
        else
        {
            RSAParameters parameters = ((RSA)Pair).ExportParameters(false);
            key["n"] = Base64Url.EncodeToString(parameters.Modulus);
            key["e"] = Base64Url.EncodeToString(parameters.Exponent);
        }

        return new JsonObject
        {
            ["key"] = key,
            ["attributes"] = new JsonObject
            {
                ["enabled"] = Enabled, ["created"] = 1493942451, ["updated"] = 1493942451,
                ["recoveryLevel"] = "Recoverable+Purgeable", ["recoverableDays"] = 90, ["exportable"] = false,
            },
            ["tags"] = new JsonObject { ["use"] = "sigstore" },
        };
    }

    /// <summary>Null: the key does not sign so.</summary>
    public byte[]? Sign(string algorithm, byte[] digest) => (algorithm, Pair) switch
    {
        (['E', 'S', ..], ECDsa ec) when Curves.Contains((algorithm, ec.KeySize, digest.Length)) =>
            ec.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        ("RS256", RSA rsa) when digest.Length == 32 =>
            rsa.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        ("PS256", RSA rsa) when digest.Length == 32 =>
            rsa.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        _ => null,
    };
}
