using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Bundles;

/// <summary>proto3 JSON: what a bundle may be spelt like, and what it may not.</summary>
public sealed class BundleJsonTests
{
    private const string Material = "verificationMaterial";

    [Theory]
    [InlineData("\"logIndex\":\"7\"", 7L)]
    [InlineData("\"logIndex\":7", 7L)]
    [InlineData("\"log_index\":\"7\"", 7L)]
    [InlineData("\"logIndex\":\"9223372036854775807\"", long.MaxValue)]
    [InlineData("\"logIndex\":9223372036854775807", long.MaxValue)]
    [InlineData("\"logIndex\":\"0\"", 0L)]
    [InlineData("\"logIndex\":0", 0L)]
    [InlineData("\"logIndex\":null", 0L)]
    [InlineData("\"integratedTime\":\"0\"", 0L)]
    public void Integers_are_text_or_number(string member, long index) => Assert.Equal(index, Entry(member).LogIndex);

    [Theory]
    [InlineData("\"9223372036854775808\"")]
    [InlineData("9223372036854775808")]
    [InlineData("\"-1\"")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("1.0")]
    [InlineData("1.5")]
    [InlineData("1e2")]
    [InlineData("\"1e2\"")]
    [InlineData("\"1.0\"")]
    [InlineData("\"007\"")]
    [InlineData("\"+7\"")]
    [InlineData("\" 7\"")]
    [InlineData("\"7 \"")]
    [InlineData("\"0x7\"")]
    [InlineData("\"\"")]
    [InlineData("\"\\u0667\"")]
    [InlineData("true")]
    [InlineData("[7]")]
    [InlineData("{}")]
    public void Any_other_spelling_of_an_integer_is_refused(string value)
    {
        foreach (string field in (string[])["logIndex", "integratedTime"])
        {
            Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused($"\"{field}\":{value}"));
        }

        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(With(
            entry => entry["inclusionProof"]!["treeSize"] = JsonNode.Parse(value))));
    }

    [Fact]
    public void A_time_no_calendar_has_is_refused() =>
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused("\"integratedTime\":\"253402300800\""));

    [Theory]
    [InlineData("{\"log_index\":\"1\",\"logIndex\":\"1\"}")]
    [InlineData("{\"logIndex\":\"1\",\"log_index\":null}")]
    [InlineData("{\"logIndex\":\"1\",\"logIndex\":\"1\"}")]
    [InlineData("{\"LogIndex\":\"1\"}")]
    [InlineData("{\"log_Index\":\"1\"}")]
    [InlineData("{\"logIndex\":\"1\",\"extra\":null}")]
    [InlineData("{\"logId\":{\"keyId\":\"AA==\",\"x\":1}}")]
    [InlineData("{\"logId\":[]}")]
    [InlineData("{\"logId\":{\"keyId\":7}}")]
    [InlineData("{\"kindVersion\":{\"kind\":1}}")]
    [InlineData("{\"kindVersion\":{\"kind\":\"\\ud800\"}}")]
    [InlineData("{\"canonicalizedBody\":\"A\"}")]
    [InlineData("{\"canonicalizedBody\":\"+_==\"}")]
    [InlineData("{\"inclusionProof\":{\"hashes\":[null]}}")]
    [InlineData("{\"inclusionProof\":{\"hashes\":\"AA==\"}}")]
    [InlineData("{\"inclusionProof\":{\"checkpoint\":\"x\"}}")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    public void Entries_of_another_shape_are_refused(string entry)
    {
        string text = Text(With(static _ => { }));
        Assert.Equal(
            SigstoreErrorCode.MalformedBundle,
            Refused(text.Replace("\"tlogEntries\":[", $"\"tlogEntries\":[{entry},", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("SHA2_256", null)]
    [InlineData("1", null)]
    [InlineData("sha2_256", SigstoreErrorCode.MalformedBundle)]
    [InlineData("SHA2_384", SigstoreErrorCode.MalformedBundle)]
    [InlineData("HASH_ALGORITHM_UNSPECIFIED", SigstoreErrorCode.MalformedBundle)]
    [InlineData("0", SigstoreErrorCode.MalformedBundle)]
    [InlineData("6", SigstoreErrorCode.MalformedBundle)]
    [InlineData("-1", SigstoreErrorCode.MalformedBundle)]
    [InlineData("1.0", SigstoreErrorCode.MalformedBundle)]
    [InlineData("SHA3_256", SigstoreErrorCode.Unsupported)]
    public void Algorithms_go_by_name_or_number_and_fit_the_digest(string algorithm, SigstoreErrorCode? code)
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        bundle["messageSignature"]!["messageDigest"]!["algorithm"] =
            char.IsAsciiDigit(algorithm[^1]) && algorithm.Length < 5 ? JsonNode.Parse(algorithm) : algorithm;
        if (code is { } expected)
        {
            Assert.Equal(expected, Refused(bundle));
        }
        else
        {
            Assert.Equal("sha256", BundleReader.Read(Bytes(bundle)).Message!.Digest!.Algorithm);
        }
    }

    [Fact]
    public void Bytes_are_base64_of_every_spelling()
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        byte[] expected = BundleWriter.Write(BundleReader.Read(Bytes(bundle)));
        string standard = (string)bundle["messageSignature"]!["signature"]!;
        string certificate = (string)bundle[Material]!["certificate"]!["rawBytes"]!;
        bundle["messageSignature"]!["signature"] = standard.TrimEnd('=');
        bundle[Material]!["certificate"]!["rawBytes"] = certificate.Replace('+', '-').Replace('/', '_');
        Assert.Equal(expected, BundleWriter.Write(BundleReader.Read(Bytes(bundle))));
        bundle["messageSignature"]!["signature"] = standard + "\n";
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(bundle));
    }

    [Fact]
    public void The_names_of_the_proto_file_are_read_too()
    {
        string text = Text(Parse("c3-keyless-v1-tsa.json"));
        byte[] expected = BundleWriter.Write(BundleReader.Read(Encoding.UTF8.GetBytes(text)));
        foreach ((string camel, string original) in new Dictionary<string, string>
        {
            ["mediaType"] = "media_type", ["verificationMaterial"] = "verification_material",
            ["rawBytes"] = "raw_bytes", ["tlogEntries"] = "tlog_entries", ["logIndex"] = "log_index",
            ["logId"] = "log_id", ["keyId"] = "key_id", ["kindVersion"] = "kind_version",
            ["inclusionProof"] = "inclusion_proof", ["rootHash"] = "root_hash", ["messageDigest"] = "message_digest",
            ["timestampVerificationData"] = "timestamp_verification_data",
            ["rfc3161Timestamps"] = "rfc3161_timestamps", ["messageSignature"] = "message_signature",
        })
        {
            text = text.Replace($"\"{camel}\":", $"\"{original}\":", StringComparison.Ordinal);
        }

        Assert.Equal(expected, BundleWriter.Write(BundleReader.Read(Encoding.UTF8.GetBytes(text))));
        Assert.Equal(
            SigstoreErrorCode.MalformedBundle,
            Refused(text.Replace("{\"media_type\":", "{\"mediaType\":null,\"media_type\":", StringComparison.Ordinal)));
    }

    [Fact]
    public void Null_is_absent()
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        bundle["dsseEnvelope"] = null;
        bundle[Material]!["publicKey"] = null;
        bundle[Material]!["timestampVerificationData"] = null;
        Assert.NotNull(BundleReader.Read(Bytes(bundle)).Message);
        bundle[Material]!["tlogEntries"] = null;
        Assert.Empty(BundleReader.Read(Bytes(bundle)).LogEntries);
        bundle[Material]!["certificate"] = null;
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(bundle));
    }

    [Theory]
    [InlineData("application/vnd.dev.sigstore.bundle+json;version=0.4")]
    [InlineData("application/vnd.dev.sigstore.bundle.v0.4+json")]
    [InlineData("application/vnd.dev.sigstore.bundle.v0.2+json")]
    [InlineData("application/vnd.dev.sigstore.bundle.v0.3.0+json")]
    [InlineData("application/vnd.dev.sigstore.bundle+json;version=0.3 ")]
    [InlineData("application/vnd.dev.sigstore.bundle+json; version=0.3")]
    [InlineData("Application/vnd.dev.sigstore.bundle.v0.3+json")]
    [InlineData("")]
    public void Other_versions_are_unsupported(string mediaType)
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        bundle["mediaType"] = mediaType;
        bundle["somethingNew"] = 1;
        Assert.Equal(SigstoreErrorCode.Unsupported, Refused(bundle));
    }

    [Fact]
    public void Both_sides_of_a_oneof_and_none_are_refused()
    {
        AssertMalformed(static b => b["dsseEnvelope"] = Parse("c3-attest-key-new.json")["dsseEnvelope"]!.DeepClone());
        AssertMalformed(static b => b.Remove("messageSignature"));
        AssertMalformed(static b => b[Material]!["publicKey"] = new JsonObject());
        AssertMalformed(static b => b[Material]!["x509CertificateChain"] = new JsonObject());
        AssertMalformed(static b => b[Material]!.AsObject().Remove("certificate"));
        AssertMalformed(static b => b.Remove(Material));
        AssertMalformed(static b => b[Material] = new JsonArray());
        AssertMalformed(static b => b[Material]!["certificate"]!["rawBytes"] = "");
        AssertMalformed(static b => b["messageSignature"]!.AsObject().Remove("signature"));
        AssertMalformed(static b => b[Material]!["timestampVerificationData"] = JsonNode.Parse("""{"rfc3161Timestamps":[{}]}"""));
    }

    [Fact]
    public void What_a_version_demands_must_be_in_every_entry()
    {
        JsonObject old = Downgraded(0.1);
        old[Material]!["tlogEntries"]![0]!.AsObject().Remove("inclusionProof");
        Assert.Null(BundleReader.Read(Bytes(old)).LogEntries[0].Proof);
        JsonNode second = old[Material]!["tlogEntries"]![0]!.DeepClone();
        second.AsObject().Remove("inclusionPromise");
        old[Material]!["tlogEntries"]!.AsArray().Add(second);
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, Refused(old));

        JsonObject newer = Downgraded(0.2);
        newer[Material]!["tlogEntries"]![0]!["inclusionProof"]!.AsObject().Remove("checkpoint");
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, Refused(newer));
    }

    [Fact]
    public void A_chain_has_a_certificate_and_no_root()
    {
        JsonObject bundle = Downgraded(0.2);
        JsonArray chain = bundle[Material]!["x509CertificateChain"]!["certificates"]!.AsArray();
        string leaf = (string)chain[0]!["rawBytes"]!;
        chain.Add(new JsonObject { ["rawBytes"] = leaf });
        Assert.Single(BundleReader.Read(Bytes(bundle)).Chain);

        string root = Convert.ToBase64String(SelfSigned());
        chain.Add(new JsonObject { ["rawBytes"] = root });
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(bundle));
        chain.Clear();
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(bundle));
        chain.Add(new JsonObject { ["rawBytes"] = root });
        Assert.NotNull(BundleReader.Read(Bytes(bundle)).Certificate);
        chain[0] = new JsonObject { ["rawBytes"] = leaf };
        chain.Add(new JsonObject { ["rawBytes"] = "MAA=" });
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, Refused(bundle));
    }

    [Fact]
    public void There_are_bounds()
    {
        JsonObject bundle = Parse("c3-keyless-v1-tsa.json");
        JsonArray entries = bundle[Material]!["tlogEntries"]!.AsArray();
        JsonArray stamps = bundle[Material]!["timestampVerificationData"]!["rfc3161Timestamps"]!.AsArray();
        while (entries.Count < 32)
        {
            entries.Add(entries[0]!.DeepClone());
            stamps.Add(stamps[0]!.DeepClone());
        }

        Assert.Equal(32, BundleReader.Read(Bytes(bundle)).LogEntries.Count);
        stamps.Add(stamps[0]!.DeepClone());
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(bundle));
        stamps.RemoveAt(0);
        entries.Add(entries[0]!.DeepClone());
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(bundle));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(With(
            e => e["inclusionProof"]!["hashes"] = new JsonArray([.. Enumerable.Repeat("AA==", 65).Select(h => JsonValue.Create(h))]))));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(With(
            e => e["inclusionProof"]!["rootHash"] = Convert.ToBase64String(new byte[100]))));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(With(
            e => e["inclusionProof"]!["checkpoint"]!["envelope"] = new string('a', Limits.Checkpoint + 1))));
    }

    private static LogEntry Entry(string member)
    {
        string text = Text(With(static e =>
        {
            e.Remove("logIndex");
            e.Remove("integratedTime");
        }));
        return BundleReader.Read(Encoding.UTF8.GetBytes(text.Replace(
            "\"tlogEntries\":[{", $"\"tlogEntries\":[{{{member},", StringComparison.Ordinal))).LogEntries[0];
    }

    private static SigstoreErrorCode Refused(string memberOrText) => memberOrText.StartsWith('{')
        ? Assert.Throws<SigstoreException>(() => BundleReader.Read(Encoding.UTF8.GetBytes(memberOrText))).Code
        : Assert.Throws<SigstoreException>(() => Entry(memberOrText)).Code;

    private static SigstoreErrorCode Refused(JsonObject bundle) =>
        Assert.Throws<SigstoreException>(() => BundleReader.Read(Bytes(bundle))).Code;

    private static void AssertMalformed(Action<JsonObject> change)
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        change(bundle);
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(bundle));
    }

    private static JsonObject With(Action<JsonObject> change)
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        change(bundle[Material]!["tlogEntries"]![0]!.AsObject());
        return bundle;
    }

    private static JsonObject Downgraded(double version)
    {
        JsonObject bundle = Parse("c3-keyless-v1.json");
        bundle["mediaType"] = FormattableString.Invariant($"application/vnd.dev.sigstore.bundle+json;version={version}");
        JsonObject material = bundle[Material]!.AsObject();
        JsonNode certificate = material["certificate"]!;
        material.Remove("certificate");
        material["x509CertificateChain"] = new JsonObject { ["certificates"] = new JsonArray(certificate) };
        return bundle;
    }

    private static byte[] SelfSigned()
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create();
        using System.Security.Cryptography.X509Certificates.X509Certificate2 certificate =
            new System.Security.Cryptography.X509Certificates.CertificateRequest(
                "CN=root", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
        return certificate.RawData;
    }

    private static JsonObject Parse(string name) => JsonNode.Parse(BundleFiles.Read(name))!.AsObject();

    private static string Text(JsonNode node) => node.ToJsonString();

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());
}
