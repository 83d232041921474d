using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;
using SigstorePS.Support;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Verification;

/// <summary>
/// Bundles with what LogCheck needs of them and nothing more: no version rule, so that its own checks are reached.
/// </summary>
internal sealed record GoldenLog(SignedArtifact Artifact, SignedContent Content, PublicKey Key)
{
    public static string Golden(params string[] parts) => RepositoryRoot.Fixture(["golden", .. parts]);

    public static TrustedRoot Root(string name = "trusted_root.json") =>
        TrustedRootReader.Read(File.ReadAllBytes(Golden("trust", name)));

    /// <summary>Reads a bundle below tests/Fixtures/golden.</summary>
    public static GoldenLog Read(string file, string key = "c3-ecdsa", string blob = "hello.txt") => Parse(
        File.ReadAllBytes(Golden(file.Split('/'))), File.ReadAllBytes(Golden("keys", key + ".pub")),
        File.ReadAllBytes(Golden("blobs", blob)));

    public static GoldenLog Parse(byte[] bundle, byte[]? key, byte[] blob)
    {
        using JsonDocument document = StrictJson.Parse(bundle);
        return document.RootElement.TryGetProperty("base64Signature", out _)
            ? Old(document.RootElement, key, blob)
            : New(document.RootElement, key, blob);
    }

    public LogVerdict Check(TrustedRoot? root = null) =>
        LogCheck.Verify(Artifact, Content, Key, Artifact.Certificate, root ?? Root());

    /// <summary>One error code for all ways to fail, the threshold included; null when it passes.</summary>
    public SigstoreErrorCode? Verdict(TrustedRoot? root = null)
    {
        try
        {
            Check(root).Require(1);
            return null;
        }
        catch (SigstoreException e)
        {
            return e.Code;
        }
    }

    public GoldenLog With(params LogEntry[] entries) => this with { Artifact = Artifact with { LogEntries = entries } };

    public LogEntry Entry => Artifact.LogEntries[0];

    private static GoldenLog Old(JsonElement root, byte[]? key, byte[] blob)
    {
        PemBlock signer = Assert.Single(Pem.Read(
            root.TryGetProperty("cert", out JsonElement cert) ? Convert.FromBase64String(cert.GetString()!) : key));
        byte[]? certificate = signer.Label == "CERTIFICATE" ? signer.Data : null;
        return new GoldenLog(
            new SignedArtifact
            {
                Format = SignatureFormat.Legacy,
                SignedBytes = blob,
                Payload = blob,
                Signature = root.GetProperty("base64Signature").GetBytesFromBase64(),
                Certificate = certificate,
                LogEntries = [OldEntry(root.GetProperty("rekorBundle"))],
            },
            SignedContent.Of(blob),
            certificate is null ? PublicKey.FromSpki(signer.Data) : KeyOf(certificate));
    }

    public static LogEntry OldEntry(JsonElement bundle)
    {
        JsonElement payload = bundle.GetProperty("Payload");
        return new LogEntry
        {
            LogIndex = payload.GetProperty("logIndex").GetInt64(),
            LogId = Convert.FromHexString(payload.GetProperty("logID").GetString()!),
            IntegratedTime = payload.GetProperty("integratedTime").GetInt64(),
            Body = payload.GetProperty("body").GetBytesFromBase64(),
            SignedEntryTimestamp = bundle.GetProperty("SignedEntryTimestamp").GetBytesFromBase64(),
        };
    }

    private static GoldenLog New(JsonElement root, byte[]? key, byte[] blob)
    {
        JsonElement material = root.GetProperty("verificationMaterial");
        byte[]? certificate = material.TryGetProperty("certificate", out JsonElement c) ? Bytes(c, "rawBytes")
            : material.TryGetProperty("x509CertificateChain", out c) ? Bytes(c.GetProperty("certificates")[0], "rawBytes")
            : null;
        Envelope? envelope = root.TryGetProperty("dsseEnvelope", out JsonElement e)
            ? new Envelope(
                e.GetProperty("payloadType").GetString()!, Bytes(e, "payload"), Bytes(e.GetProperty("signatures")[0], "sig"))
            : null;
        Digest? digest = null;
        if (envelope is null && root.GetProperty("messageSignature").TryGetProperty("messageDigest", out JsonElement d))
        {
            string algorithm = d.GetProperty("algorithm").GetString()!.Replace("SHA2_", "sha", StringComparison.Ordinal);
            _ = Digest.TryParse($"{algorithm}:{Convert.ToHexStringLower(Bytes(d, "digest"))}", out digest);
        }

        byte[] signed = envelope?.Pae() ?? blob;
        return new GoldenLog(
            new SignedArtifact
            {
                Format = SignatureFormat.Bundle,
                SignedBytes = signed,
                Payload = envelope?.Payload ?? blob,
                Signature = envelope?.Signature ?? Bytes(root.GetProperty("messageSignature"), "signature"),
                Certificate = certificate,
                Envelope = envelope,
                MessageDigest = digest,
                LogEntries = [.. Entries(material)],
            },
            SignedContent.Of(signed),
            certificate is null ? PublicKey.FromSpki(Assert.Single(Pem.Read(key)).Data) : KeyOf(certificate));
    }

    private static IEnumerable<LogEntry> Entries(JsonElement material)
    {
        foreach (JsonElement e in material.TryGetProperty("tlogEntries", out JsonElement all) ? all.EnumerateArray() : [])
        {
            JsonElement kind = e.GetProperty("kindVersion");
            yield return new LogEntry
            {
                LogIndex = Number(e, "logIndex"),
                LogId = Bytes(e.GetProperty("logId"), "keyId"),
                Kind = kind.GetProperty("kind").GetString()!,
                Version = kind.GetProperty("version").GetString()!,
                IntegratedTime = Number(e, "integratedTime"),
                Body = Bytes(e, "canonicalizedBody"),
                SignedEntryTimestamp = e.TryGetProperty("inclusionPromise", out JsonElement promise)
                    ? Bytes(promise, "signedEntryTimestamp")
                    : null,
                Proof = e.TryGetProperty("inclusionProof", out JsonElement proof)
                    ? new InclusionProof(
                        Number(proof, "logIndex"), Bytes(proof, "rootHash"), Number(proof, "treeSize"),
                        [
                            .. proof.TryGetProperty("hashes", out JsonElement hashes)
                                ? hashes.EnumerateArray().Select(static h => h.GetBytesFromBase64().AsMemory())
                                    .Select(static h => (ReadOnlyMemory<byte>)h)
                                : [],
                        ],
                        proof.TryGetProperty("checkpoint", out JsonElement note)
                            ? note.GetProperty("envelope").GetString()
                            : null)
                    : null,
            };
        }
    }

    private static PublicKey KeyOf(byte[] certificate)
    {
        using var x509 = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(certificate);
        return PublicKey.FromSpki(x509.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static byte[] Bytes(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) ? value.GetBytesFromBase64() : [];

    private static long Number(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out JsonElement value) ? 0
        : long.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture);
}
