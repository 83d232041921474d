using System.Text.Json;
using SigstorePS.Certificates;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests;

/// <summary>Certificates, timestamps and trust roots that real servers made.</summary>
internal static class GoldenTrust
{
    private static readonly string Shared = Path.Combine(RepositoryRoot.Path, "..", "shared");

    /// <summary>A file of the golden set; the few in tests/Fixtures are in every clone.</summary>
    public static byte[] Read(params string[] parts)
    {
        string fixture = RepositoryRoot.Fixture(["golden", .. parts]);
        return File.ReadAllBytes(File.Exists(fixture) ? fixture : SharedFile(["golden", .. parts]));
    }

    public static string SharedFile(params string[] parts)
    {
        string file = Path.Combine([Shared, .. parts]);
        Assert.SkipUnless(File.Exists(file), $"needs ../shared/{string.Join('/', parts)}");
        return file;
    }

    public static TrustedRoot Root(string name = "trusted_root.json") => TrustedRootReader.Read(Read("trust", name));

    public static BundleParts Bundle(string name) => BundleParts.Read(Read("bundles", name));

    public static BundleParts Conformance(string name) =>
        BundleParts.Read(File.ReadAllBytes(SharedFile("conformance", name, "bundle.sigstore.json")));

    public static TrustedRoot ConformanceRoot(string name)
    {
        string own = Path.Combine(Shared, "conformance", name, "trusted_root.json");
        return TrustedRootReader.Read(File.ReadAllBytes(
            File.Exists(own) ? own : SharedFile("conformance", "trusted_root.production.json")));
    }
}

/// <summary>The parts of a bundle that certificate and timestamp checks look at.</summary>
internal sealed record BundleParts(
    byte[] Certificate, IReadOnlyList<ReadOnlyMemory<byte>> Chain, byte[] Signature,
    IReadOnlyList<byte[]> Timestamps, IReadOnlyList<DateTimeOffset> IntegratedTimes)
{
    public SigningCertificate Leaf => SigningCertificate.Parse(Certificate);

    public static BundleParts Read(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        JsonElement material = root.GetProperty("verificationMaterial");
        List<byte[]> certificates = material.TryGetProperty("certificate", out JsonElement one)
            ? [one.GetProperty("rawBytes").GetBytesFromBase64()]
            : material.TryGetProperty("x509CertificateChain", out JsonElement chain)
            ? [.. chain.GetProperty("certificates").EnumerateArray()
                .Select(static c => c.GetProperty("rawBytes").GetBytesFromBase64())]
            : [[]];
        byte[] signature = root.TryGetProperty("messageSignature", out JsonElement message)
            ? message.GetProperty("signature").GetBytesFromBase64()
            : root.GetProperty("dsseEnvelope").GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64();
        List<byte[]> timestamps = [];
        if (material.TryGetProperty("timestampVerificationData", out JsonElement data)
            && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("rfc3161Timestamps", out JsonElement tokens))
        {
            timestamps.AddRange(
                tokens.EnumerateArray().Select(static t => t.GetProperty("signedTimestamp").GetBytesFromBase64()));
        }

        List<DateTimeOffset> times = [];
        if (material.TryGetProperty("tlogEntries", out JsonElement entries))
        {
            foreach (JsonElement entry in entries.EnumerateArray())
            {
                if (entry.TryGetProperty("integratedTime", out JsonElement time)
                    && long.TryParse(time.ToString(), out long seconds) && seconds > 0)
                {
                    times.Add(DateTimeOffset.FromUnixTimeSeconds(seconds));
                }
            }
        }

        return new BundleParts(
            certificates[0], [.. certificates.Skip(1).Select(static c => new ReadOnlyMemory<byte>(c))], signature,
            timestamps, times);
    }
}
