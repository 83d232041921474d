using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SigstorePS.KeyPlugin;

/// <summary>The six methods of the protocol.</summary>
internal static class Methods
{
    public static JsonObject Answer(KeyFile key, string method, JsonNode asked, byte[] message)
    {
        JsonNode own = asked[method]!;
        switch (method)
        {
            case "defaultAlgorithm":
                return new JsonObject { ["defaultAlgorithm"] = "ecdsa-p256-sha256" };
            case "supportedAlgorithms":
                return new JsonObject
                {
                    ["supportedAlgorithms"] = new JsonArray("ecdsa-p256-sha256", "ECDSA_P384", "rsa-2048"),
                };
            case "createKey":
                return PublicKey(key.Create((string)own["algorithm"]!));
            case "publicKey":
                return PublicKey(key.PublicKey());
            case "signMessage":
                (byte[] digest, HashAlgorithmName hash) = Digest(asked, own["signOptions"]!, message);
                return new JsonObject { ["signature"] = Convert.ToBase64String(key.Sign(digest, hash)) };
            case "verifySignature":
                (digest, hash) = Digest(asked, own["verifyOptions"]!, message);
                return key.Verify(digest, Convert.FromBase64String((string)own["signature"]!), hash)
                    ? [] : throw new InvalidOperationException("the signature is wrong");
            default:
                throw new InvalidOperationException($"no method {method} here");
        }
    }

    private static JsonObject PublicKey(string pem) =>
        new() { ["publicKeyPEM"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(pem)) };

    /// <summary>The options' digest and hash come before the message's and the key's.</summary>
    private static (byte[] Digest, HashAlgorithmName Hash) Digest(JsonNode asked, JsonNode options, byte[] message)
    {
        JsonNode? about = options["messageOptions"];
        HashAlgorithmName hash = ((int?)about?["hashFunc"] ?? (int)asked["initOptions"]!["hashFunc"]!) switch
        {
            5 => HashAlgorithmName.SHA256,
            6 => HashAlgorithmName.SHA384,
            7 => HashAlgorithmName.SHA512,
            _ => throw new InvalidOperationException("no such hash here"),
        };
        return (string?)about?["digest"] is { Length: > 0 } digest
            ? (Convert.FromBase64String(digest), hash) : (CryptographicOperations.HashData(hash, message), hash);
    }
}
