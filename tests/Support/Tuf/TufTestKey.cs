using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Support.Tuf;

/// <summary>A fresh key that signs TUF metadata.</summary>
internal sealed class TufTestKey
{
    private readonly Func<byte[], byte[]> _sign;

    private TufTestKey(string type, string scheme, string value, Func<byte[], byte[]> sign)
    {
        _sign = sign;
        Json = new JsonObject
        {
            ["keytype"] = type, ["scheme"] = scheme, ["keyval"] = new JsonObject { ["public"] = value },
        };
        using JsonDocument document = JsonDocument.Parse(Json.ToJsonString());
        Id = Convert.ToHexStringLower(SHA256.HashData(OlpcJson.Canonicalize(document.RootElement)));
    }

    private TufTestKey(TufTestKey key, string id)
    {
        _sign = key._sign;
        Json = key.Json;
        Id = id;
    }

    public string Id { get; }

    public JsonObject Json { get; }

    public static TufTestKey Ecdsa(string type = "ecdsa")
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TufTestKey(
            type, "ecdsa-sha2-nistp256", key.ExportSubjectPublicKeyInfoPem(),
            message => key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>The form of the earliest roots: the point in hex.</summary>
    public static TufTestKey EcdsaPoint()
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint q = key.ExportParameters(false).Q;
        return new TufTestKey(
            "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "04" + Convert.ToHexStringLower(q.X!)
                + Convert.ToHexStringLower(q.Y!),
            message => key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    public static TufTestKey Rsa()
    {
        RSA key = RSA.Create(2048);
        return new TufTestKey(
            "rsa", "rsassa-pss-sha256", key.ExportSubjectPublicKeyInfoPem(),
            message => key.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    public static TufTestKey Ed25519()
    {
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        return new TufTestKey(
            "ed25519", "ed25519", Convert.ToHexStringLower(ClassicCrypto.Current.Ed25519PublicKey(seed)),
            message => ClassicCrypto.Current.Ed25519Sign(seed, message, prehash: false));
    }

    /// <summary>The same key under another id.</summary>
    public TufTestKey As(string id) => new(this, id);

    public string Sign(byte[] canonical) => Convert.ToHexStringLower(_sign(canonical));
}
