using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;

namespace SigstorePS.Support.Rekor;

/// <summary>An entry that a log takes.</summary>
/// <param name="Body">Canonical JSON (RFC 8785).</param>
/// <param name="Names">Terms it is found by.</param>
internal sealed record VirtualUpload(byte[] Body, string[] Names);

/// <summary>
/// What a Rekor v1 server does with a proposed entry: checks, verifies the signature, and writes down the canonical form.
/// Kinds hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.2 and rekord 0.0.1 (x509).
/// </summary>
internal static class VirtualIntake
{
    /// <exception cref="UploadRefusedException">As the real server says it.</exception>
    public static VirtualUpload Take(byte[] request)
    {
        JsonObject proposal = Parse(request);
        string kind = Text(proposal, "kind") ?? "";
        string version = Text(proposal, "apiVersion") ?? "";
        JsonObject spec = proposal["spec"] as JsonObject ?? [];
        string wanted = kind switch
        {
            "hashedrekord" or "dsse" or "rekord" => "0.0.1",
            "intoto" => "0.0.2",
            _ => throw new UploadRefusedException(422, $"invalid kind value: \"{kind}\"", 422),
        };
        if (version != wanted)
        {
            throw UploadRefusedException.Entry(
                $"{kind} implementation for version '{version}' not found: unable to locate entry for version {version}");
        }

        (JsonObject stored, string[] names) = kind switch
        {
            "hashedrekord" => HashedRekord(spec),
            "dsse" => Dsse(spec),
            "intoto" => Intoto(spec),
            _ => Rekord(spec),
        };
        JsonObject body = new() { ["apiVersion"] = version, ["kind"] = kind, ["spec"] = stored };
        using JsonDocument document = JsonDocument.Parse(body.ToJsonString());
        return new VirtualUpload(CanonicalJson.Bytes(document.RootElement), names);
    }

    private static JsonObject Parse(byte[] request)
    {
        try
        {
            return request.Length == 0
                ? throw new UploadRefusedException(422, "proposedEntry in body is required", 602)
                : JsonNode.Parse(request) as JsonObject ?? throw new UploadRefusedException(
                    500,
                    "json: cannot unmarshal array into Go value of type struct { Kind string \"json:\\\"kind\\\"\" }", 500);
        }
        catch (JsonException)
        {
            throw new UploadRefusedException(500, "unexpected EOF", 500);
        }
    }

    private static (JsonObject Stored, string[] Names) HashedRekord(JsonObject spec)
    {
        JsonObject signature = Member(spec, "signature");
        JsonObject hash = Member(Member(spec, "data"), "hash");
        byte[] content = Bytes(signature, "content", "signature content");
        (PublicKey key, string pem) = Signer(Bytes(Member(signature, "publicKey"), "content", "public key content"));
        string algorithm = Text(hash, "algorithm") ?? "sha256";
        string value = Text(hash, "value") ?? "";
        if (!Digest.TryParse($"{algorithm}:{value}", out Digest? digest))
        {
            throw UploadRefusedException.Entry("invalid value for hash");
        }

        SigningAlgorithm? candidate = key.Candidates.FirstOrDefault(
            a => a.Scheme != SignatureScheme.Ed25519 && a.Hash == digest.HashName);
        if (candidate is null || !key.VerifyHash(digest.ToBytes(), content, candidate))
        {
            throw UploadRefusedException.Entry($"verifying signature: {Wrong(key)}");
        }

        // sigstore's registry knows each curve with one hash only.
        return candidate != key.Algorithm && key.Algorithm.Scheme == SignatureScheme.Ecdsa
            ? throw UploadRefusedException.Entry("entry algorithms are not allowed")
            : (new JsonObject
            {
                ["data"] = new JsonObject { ["hash"] = new JsonObject { ["algorithm"] = algorithm, ["value"] = value } },
                ["signature"] = new JsonObject
                {
                    ["content"] = Convert.ToBase64String(content),
                    ["publicKey"] = new JsonObject { ["content"] = Base64(pem) },
                },
            }, [$"hash:{digest}", $"key:{pem}"]);
    }

    private static (JsonObject Stored, string[] Names) Rekord(JsonObject spec)
    {
        JsonObject signature = Member(spec, "signature");
        byte[] data = Bytes(Member(spec, "data"), "content", "data content");
        byte[] content = Bytes(signature, "content", "signature content");
        (PublicKey key, string pem) = Signer(Bytes(Member(signature, "publicKey"), "content", "public key content"));
        if (!VerifiesWithSha256(key, data, content))
        {
            throw UploadRefusedException.Entry(Wrong(key));
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(data));
        return (new JsonObject
        {
            ["data"] = new JsonObject { ["hash"] = new JsonObject { ["algorithm"] = "sha256", ["value"] = hash } },
            ["signature"] = new JsonObject
            {
                ["content"] = Convert.ToBase64String(content),
                ["format"] = "x509",
                ["publicKey"] = new JsonObject { ["content"] = Base64(pem) },
            },
        }, [$"hash:sha256:{hash}", $"key:{pem}"]);
    }

    private static (JsonObject Stored, string[] Names) Dsse(JsonObject spec)
    {
        JsonObject proposed = Member(spec, "proposedContent");
        string text = Text(proposed, "envelope") ?? "";
        if (proposed["verifiers"] is not JsonArray { Count: > 0 } verifiers)
        {
            throw UploadRefusedException.Entry(
                "validation failure list:\nproposedContent.proposedContent.verifiers in body should have at least 1 items");
        }

        JsonObject envelope = JsonNode.Parse(text)!.AsObject();
        JsonObject signature = envelope["signatures"]!.AsArray()[0]!.AsObject();
        string sig = Text(signature, "sig")!;
        byte[] payload = Convert.FromBase64String(Text(envelope, "payload")!);
        (PublicKey key, string pem) = Signer(Convert.FromBase64String(verifiers[0]!.GetValue<string>()));
        DemandEnvelope(key, Text(envelope, "payloadType")!, payload, Convert.FromBase64String(sig));
        string payloadHash = Convert.ToHexStringLower(SHA256.HashData(payload));
        string envelopeHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return (new JsonObject
        {
            ["envelopeHash"] = new JsonObject { ["algorithm"] = "sha256", ["value"] = envelopeHash },
            ["payloadHash"] = new JsonObject { ["algorithm"] = "sha256", ["value"] = payloadHash },
            ["signatures"] = new JsonArray(new JsonObject { ["signature"] = sig, ["verifier"] = Base64(pem) }),
        }, [$"hash:sha256:{payloadHash}", $"hash:sha256:{envelopeHash}", $"key:{pem}"]);
    }

    private static (JsonObject Stored, string[] Names) Intoto(JsonObject spec)
    {
        JsonObject content = Member(spec, "content");
        JsonObject envelope = Member(content, "envelope");
        JsonObject signature = envelope["signatures"]!.AsArray()[0]!.AsObject();
        byte[] payload = Twice(Text(envelope, "payload")!);
        (PublicKey key, string pem) = Signer(Bytes(signature, "publicKey", "public key"));
        DemandEnvelope(key, Text(envelope, "payloadType")!, payload, Twice(Text(signature, "sig")!));
        if (content["hash"] is not JsonObject hash)
        {
            throw new UploadRefusedException(500, "error generating canonicalized entry", 500);
        }

        string payloadHash = Convert.ToHexStringLower(SHA256.HashData(payload));
        JsonObject kept = new() { ["publicKey"] = Base64(pem), ["sig"] = Text(signature, "sig") };
        if (Text(signature, "keyid") is { Length: > 0 } id)
        {
            kept["keyid"] = id;
        }

        return (new JsonObject
        {
            ["content"] = new JsonObject
            {
                ["envelope"] = new JsonObject
                {
                    ["payloadType"] = Text(envelope, "payloadType"), ["signatures"] = new JsonArray(kept),
                },
                ["hash"] = hash.DeepClone(),
                ["payloadHash"] = new JsonObject { ["algorithm"] = "sha256", ["value"] = payloadHash },
            },
        }, [$"hash:sha256:{payloadHash}", $"key:{pem}"]);
    }

    private static void DemandEnvelope(PublicKey key, string type, byte[] payload, byte[] signature)
    {
        if (!VerifiesWithSha256(key, Envelope.Pae(type, payload), signature))
        {
            throw UploadRefusedException.Entry(
                "could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1");
        }
    }

    /// <summary>Envelopes and rekords are verified with SHA-256 whatever the curve, and with pure Ed25519.</summary>
    private static bool VerifiesWithSha256(PublicKey key, byte[] message, byte[] signature) => key.Candidates.Any(
        a => (a.Hash == HashAlgorithmName.SHA256 || a.Scheme == SignatureScheme.Ed25519) && key.Verify(message, signature, a));

    private static string Wrong(PublicKey key) => key.Algorithm.Scheme switch
    {
        SignatureScheme.Ecdsa => "invalid signature when validating ASN.1 encoded signature",
        SignatureScheme.Ed25519 => "failed to verify signature: ed25519: invalid signature",
        _ => "crypto/rsa: verification error",
    };

    private static (PublicKey Key, string Pem) Signer(byte[] pem)
    {
        try
        {
            PemBlock block = Pem.Read(pem)[0];
            string text = Encoding.ASCII.GetString(Pem.Write(block.Label, block.Data));
            if (block.Label != "CERTIFICATE")
            {
                return (PublicKey.FromSpki(block.Data), text);
            }

            using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(block.Data);
            return (PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo()), text);
        }
        catch (Exception e) when (e is FormatException or CryptographicException or SigstoreException)
        {
            throw UploadRefusedException.Entry("invalid public key: failure decoding PEM");
        }
    }

    private static JsonObject Member(JsonObject parent, string name) => parent[name] as JsonObject
        ?? throw UploadRefusedException.Entry($"validation failure list:\n{name} in body is required");

    private static string? Text(JsonObject parent, string name) => parent[name]?.GetValue<string>();

    private static byte[] Bytes(JsonObject parent, string name, string what)
    {
        string text = Text(parent, name) ?? throw UploadRefusedException.Entry($"validation failure list:\n{name} in body is required");
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw UploadRefusedException.Entry(
                $"failed parsing base64 data for {what}: illegal base64 data at input byte {text.TakeWhile(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/').Count()}");
        }
    }

    private static byte[] Twice(string text) =>
        Convert.FromBase64String(Encoding.ASCII.GetString(Convert.FromBase64String(text)));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
