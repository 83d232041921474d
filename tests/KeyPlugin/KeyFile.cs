using System.Security.Cryptography;

namespace SigstorePS.KeyPlugin;

/// <summary>A private key in a file, PKCS#8 PEM, and what is to go wrong with it.</summary>
internal sealed class KeyFile
{
    private readonly Dictionary<string, string> _options;

    public KeyFile(string id)
    {
        string[] parts = id.Split('?', 2);
        Path = parts[0];
        _options = (parts.Length == 2 ? parts[1] : string.Empty).Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(static o => o.Split('=', 2)).ToDictionary(static o => o[0], static o => o[^1]);
    }

    public string Path { get; }

    public bool IsLogged => _options.ContainsKey("log");

    public string? TroubleAt(string method)
    {
        string[] what = _options.GetValueOrDefault("do", string.Empty).Split('@', 2);
        return what[0].Length > 0 && (what.Length == 2 ? what[1] : "signMessage") == method ? what[0] : null;
    }

    /// <summary>An existing key stays what it is, as with the key services of sigstore.</summary>
    public string Create(string algorithm)
    {
        if (!File.Exists(Path))
        {
            using AsymmetricAlgorithm made = algorithm switch
            {
                "ecdsa-p256-sha256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
                "ECDSA_P384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
                "rsa-2048" => RSA.Create(2048),
                _ => throw new InvalidOperationException($"no algorithm {algorithm} here"),
            };
            File.WriteAllText(Path, made.ExportPkcs8PrivateKeyPem());
        }

        return PublicKey();
    }

    public string PublicKey()
    {
        using AsymmetricAlgorithm key = Open();
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    public byte[] Sign(byte[] digest, HashAlgorithmName hash)
    {
        using AsymmetricAlgorithm key = Open();
        return key is ECDsa ec
            ? ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence)
            : ((RSA)key).SignHash(digest, hash, RSASignaturePadding.Pkcs1);
    }

    public bool Verify(byte[] digest, byte[] signature, HashAlgorithmName hash)
    {
        using AsymmetricAlgorithm key = Open();
        return key is ECDsa ec
            ? ec.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence)
            : ((RSA)key).VerifyHash(digest, signature, hash, RSASignaturePadding.Pkcs1);
    }

    private AsymmetricAlgorithm Open()
    {
        string pem = File.ReadAllText(Path);
        try
        {
            ECDsa ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return ec;
        }
        catch (CryptographicException)
        {
            RSA rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa;
        }
    }
}
