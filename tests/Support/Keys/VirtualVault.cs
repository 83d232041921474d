using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Keys;

/// <summary>
/// A Vault with a transit engine: "Create key", "Read key", "Sign data" and "Rotate key" of
/// https://developer.hashicorp.com/vault/api-docs/secret/transit (the same at
/// https://openbao.org/api-docs/secret/transit), in the envelope and with the <c>errors</c> of
/// https://developer.hashicorp.com/vault/api-docs#http-status-codes. What the pages leave open is as
/// openbao/openbao builtin/logical/transit has it: path_keys.go, path_sign_verify.go.
/// </summary>
internal sealed class VirtualVault : VirtualService
{
    public const string Token = "hvs.CAESIJ0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly ConcurrentDictionary<string, Key> _keys = new(StringComparer.Ordinal);

    public VirtualVault() => Secrets.Add(Token);

    /// <summary>Where the engine is mounted.</summary>
    public string Mount { get; set; } = "transit";

    /// <summary>The namespace everything is in; null: the root.</summary>
    public string? Namespace { get; set; }

    /// <summary>Changes a signature before it leaves.</summary>
    public Func<string, string> Signature { get; set; } = static text => text;

    /// <summary>Changes the data of a key before it leaves.</summary>
    public Action<JsonObject>? KeyData { get; set; }

    public void Make(string name, string type) => _keys[name] = new Key(type);

    public void Rotate(string name) => _keys[name].Rotate();

    public Key this[string name] => _keys[name];

    /// <summary>The public key of a version.</summary>
    public PublicKey PublicKeyOf(string name, int version) => _keys[name].Versions[version - 1].PublicKey;

    protected override bool HasCredential(HttpRequest request) => request.Headers["X-Vault-Token"] == Token;

    protected override Task AnswerAsync(HttpContext context, string method, string path, JsonObject body)
    {
        if (!HasCredential(context.Request))
        {
            // As a careless server does, it says back what it was sent.
            return ErrorsAsync(context, 403, $"permission denied: {context.Request.Headers["X-Vault-Token"]}");
        }

        string prefix = $"/v1/{Mount}/";
        string? space = context.Request.Headers["X-Vault-Namespace"].FirstOrDefault();
        if (!path.StartsWith(prefix, StringComparison.Ordinal) || space != Namespace)
        {
            return ErrorsAsync(context, 404, $"no handler for route \"{path[4..]}\". route entry not found.");
        }

        return (method, path[prefix.Length..].Split('/')) switch
        {
            ("GET", ["keys", var name]) => ReadAsync(context, name),
            ("POST" or "PUT", ["keys", var name]) => CreateAsync(context, name, body),
            ("POST" or "PUT", ["sign", var name]) => SignAsync(context, name, null, body),
            ("POST" or "PUT", ["sign", var name, var hash]) => SignAsync(context, name, hash, body),
            _ => ErrorsAsync(context, 405, "unsupported operation"),
        };
    }

    private Task ReadAsync(HttpContext context, string name) => _keys.TryGetValue(name, out Key? key)
        ? DataAsync(context, Data(name, key))
        : ErrorsAsync(context, 404);

    private Task CreateAsync(HttpContext context, string name, JsonObject body)
    {
        if ((string?)body["type"] is not { } type || !Key.Types.Contains(type))
        {
            return ErrorsAsync(context, 400, $"unknown key type {body["type"]}");
        }

        bool made = _keys.TryAdd(name, new Key(type));
        return DataAsync(
            context, Data(name, _keys[name]), made ? null : [$"key {name} already existed"]);
    }

    private Task SignAsync(HttpContext context, string name, string? hash, JsonObject body)
    {
        if (!_keys.TryGetValue(name, out Key? key))
        {
            return ErrorsAsync(context, 400, "signing key not found");
        }

        int version = (int?)body["key_version"] is { } asked and not 0 ? asked : key.Versions.Count;
        if (version > key.Versions.Count)
        {
            return ErrorsAsync(context, 400, "requested version for signing is higher than the latest key version");
        }

        if (version < key.MinEncryptionVersion)
        {
            return ErrorsAsync(
                context, 400, "requested version for signing is less than the minimum encryption key version");
        }

        byte[] input = Convert.FromBase64String((string?)body["input"] ?? "");
        byte[] signature = key.Versions[version - 1].Sign(
            input, hash ?? (string?)body["hash_algorithm"] ?? "sha2-256", (bool?)body["prehashed"] ?? false,
            (string?)body["signature_algorithm"] ?? "pss", (string?)body["salt_length"] ?? "auto");
        return DataAsync(context, new JsonObject
        {
            ["key_version"] = version,
            ["signature"] = Signature($"vault:v{version}:{Convert.ToBase64String(signature)}"),
        });
    }

    private JsonObject Data(string name, Key key)
    {
        JsonObject versions = [];
        for (int i = Math.Max(key.MinDecryptionVersion, 1); i <= key.Versions.Count; i++)
        {
            versions[i.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["certificate_chain"] = "",
                ["creation_time"] = "2026-01-02T03:04:05.678901234Z",
                ["name"] = key.VersionName,
                ["public_key"] = key.Versions[i - 1].PublicText,
            };
        }

        JsonObject data = new()
        {
            ["allow_plaintext_backup"] = false, ["auto_rotate_period"] = 0, ["deletion_allowed"] = false,
            ["derived"] = false, ["exportable"] = false, ["imported_key"] = false, ["keys"] = versions,
            ["latest_version"] = key.Versions.Count, ["min_available_version"] = 0,
            ["min_decryption_version"] = key.MinDecryptionVersion,
            ["min_encryption_version"] = key.MinEncryptionVersion, ["name"] = name,
            ["supports_decryption"] = false, ["supports_derivation"] = key.Type == "ed25519",
            ["supports_encryption"] = false, ["supports_signing"] = true, ["type"] = key.Type,
        };
        KeyData?.Invoke(data);
        return data;
    }

    private static Task DataAsync(HttpContext context, JsonObject data, JsonArray? warnings = null) =>
        ReplyAsync(context, 200, new JsonObject
        {
            ["request_id"] = "d3a0e1f2-6f0b-4a53-9d0e-4f3c2b1a0987", ["lease_id"] = "", ["renewable"] = false,
            ["lease_duration"] = 0, ["data"] = data, ["wrap_info"] = null, ["warnings"] = warnings, ["auth"] = null,
            ["mount_type"] = "transit",
        });

    private static Task ErrorsAsync(HttpContext context, int status, params string[] errors) =>
        ReplyAsync(context, status, new JsonObject { ["errors"] = new JsonArray([.. errors.Select(e => (JsonNode)e)]) });

    /// <summary>A key and its versions, oldest first.</summary>
    internal sealed class Key
    {
        public static readonly string[] Types =
            ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519", "aes256-gcm96"];

        public Key(string type)
        {
            Type = type;
            Rotate();
        }

        public string Type { get; }

        public List<KeyVersion> Versions { get; } = [];

        public int MinEncryptionVersion { get; set; }

        public int MinDecryptionVersion { get; set; } = 1;

        public string VersionName => Type switch
        {
            "ecdsa-p256" => "P-256", "ecdsa-p384" => "P-384", "ecdsa-p521" => "P-521", _ => Type,
        };

        public void Rotate() => Versions.Add(new KeyVersion(Type));
    }

    /// <summary>One version of a key: where the private key is.</summary>
    internal sealed class KeyVersion
    {
        private readonly ECDsa? _ec;
        private readonly RSA? _rsa;
        private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);

        public KeyVersion(string type)
        {
            switch (type.Split('-'))
            {
                case ["ecdsa", var curve]:
                    _ec = ECDsa.Create(curve switch
                    {
                        "p256" => ECCurve.NamedCurves.nistP256,
                        "p384" => ECCurve.NamedCurves.nistP384,
                        _ => ECCurve.NamedCurves.nistP521,
                    });
                    PublicKey = PublicKey.FromSpki(_ec.ExportSubjectPublicKeyInfo());
                    PublicText = PublicKey.ToPem();
                    break;
                case ["rsa", var bits]:
                    _rsa = RSA.Create(int.Parse(bits, CultureInfo.InvariantCulture));
                    PublicKey = PublicKey.FromSpki(_rsa.ExportSubjectPublicKeyInfo());
                    PublicText = PublicKey.ToPem();
                    break;
                default:
                    byte[] raw = ClassicCrypto.Current.Ed25519PublicKey(_seed);
                    PublicKey = PublicKey.FromEd25519(raw);
                    PublicText = Convert.ToBase64String(raw);
                    break;
            }
        }

        public PublicKey PublicKey { get; }

        public string PublicText { get; }

        public byte[] Sign(byte[] input, string hash, bool prehashed, string scheme, string salt)
        {
            HashAlgorithmName name = hash switch
            {
                "sha2-256" => HashAlgorithmName.SHA256,
                "sha2-384" => HashAlgorithmName.SHA384,
                _ => HashAlgorithmName.SHA512,
            };
            byte[] digest = prehashed ? input : CryptographicOperations.HashData(name, input);
            return _ec is not null ? _ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence)
                : _rsa is not null ? _rsa.SignHash(
                    digest, name,
                    scheme == "pkcs1v15" ? RSASignaturePadding.Pkcs1
                    : salt == "hash" ? RSASignaturePadding.Pss
                    : throw new NotSupportedException("a salt as long as there is room for"))
                : ClassicCrypto.Current.Ed25519Sign(_seed, input, prehash: false);
        }
    }
}
