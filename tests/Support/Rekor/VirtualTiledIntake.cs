using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Support.Rekor;

/// <summary>What a Rekor v2 server does with a request: checks, verifies the signature, writes the canonical form.</summary>
internal static class VirtualTiledIntake
{
    private const string Invalid = "invalid hashedrekord request";

    /// <exception cref="UploadRefusedException">As the real server says it.</exception>
    public static byte[] Take(byte[] request)
    {
        try
        {
            JsonObject root = JsonNode.Parse(request)!.AsObject();
            Only(root, "hashedRekordRequestV002");
            JsonObject wanted = root["hashedRekordRequestV002"] as JsonObject
                ?? throw UploadRefusedException.Argument("invalid type, must be hashedrekord");
            Only(wanted, "digest", "signature");
            JsonObject signature = wanted["signature"] as JsonObject ?? throw UploadRefusedException.Argument(Invalid);
            Only(signature, "content", "verifier");
            JsonObject verifier = signature["verifier"] as JsonObject ?? throw UploadRefusedException.Argument(Invalid);
            Only(verifier, "publicKey", "x509Certificate", "keyDetails");
            return Take(Bytes(wanted, "digest"), Bytes(signature, "content"), verifier);
        }
        catch (JsonException)
        {
            throw UploadRefusedException.Argument("unexpected EOF");
        }
        catch (Exception e) when (e is CryptographicException or FormatException or SigstoreException)
        {
            throw UploadRefusedException.Argument(Invalid);
        }
    }

    private static byte[] Take(byte[] digest, byte[] signature, JsonObject verifier)
    {
        string details = verifier["keyDetails"]?.GetValue<string>() ?? "";
        SigningAlgorithm? algorithm = SigningAlgorithm.All.FirstOrDefault(a => a.KeyDetails == details);
        PublicKey key = KeyOf(verifier);

        // The name of the algorithm is held against the key by its hash alone: PKIX_ECDSA_P384_SHA_256 passes for P-256.
        SigningAlgorithm own = key.Algorithm.Scheme == SignatureScheme.Ed25519 ? SigningAlgorithm.Ed25519Prehash : key.Algorithm;
        bool taken = algorithm is not null && algorithm.Scheme != SignatureScheme.Ed25519 && algorithm.Hash == own.Hash
            && digest.Length == CryptographicOperations.HashData(own.Hash, []).Length
            && key.VerifyHash(digest, signature, own);
        if (!taken)
        {
            throw UploadRefusedException.Argument(Invalid);
        }

        JsonObject body = new()
        {
            ["apiVersion"] = "0.0.2",
            ["kind"] = "hashedrekord",
            ["spec"] = new JsonObject
            {
                ["hashedRekordV002"] = new JsonObject
                {
                    ["data"] = new JsonObject
                    {
                        ["algorithm"] = $"SHA2_{algorithm!.Hash.Name![3..]}", ["digest"] = Convert.ToBase64String(digest),
                    },
                    ["signature"] = new JsonObject
                    {
                        ["content"] = Convert.ToBase64String(signature), ["verifier"] = verifier.DeepClone(),
                    },
                },
            },
        };
        using JsonDocument document = JsonDocument.Parse(body.ToJsonString());
        return CanonicalJson.Bytes(document.RootElement);
    }

    private static PublicKey KeyOf(JsonObject verifier)
    {
        if (verifier["publicKey"] is JsonObject key)
        {
            return PublicKey.FromSpki(Bytes(key, "rawBytes"));
        }

        JsonObject raw = verifier["x509Certificate"] as JsonObject ?? throw UploadRefusedException.Argument(Invalid);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Bytes(raw, "rawBytes"));
        return PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static byte[] Bytes(JsonObject parent, string name) =>
        Convert.FromBase64String(parent[name]?.GetValue<string>() ?? "");

    private static void Only(JsonObject parent, params string[] names)
    {
        foreach (KeyValuePair<string, JsonNode?> member in parent)
        {
            if (!names.Contains(member.Key))
            {
                throw UploadRefusedException.Argument($"proto: (line 1:1): unknown field \"{member.Key}\"");
            }
        }
    }
}
