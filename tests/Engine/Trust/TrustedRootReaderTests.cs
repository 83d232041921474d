using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Trust;

public sealed class TrustedRootReaderTests
{
    private static readonly string Shared = Path.Combine(RepositoryRoot.Path, "..", "shared");

    private static readonly Dictionary<string, Action<JsonObject>> Damages = new()
    {
        ["no media type"] = static r => r.Remove("mediaType"),
        ["media type is a number"] = static r => r["mediaType"] = 1,
        ["logs are no array"] = static r => r["tlogs"] = new JsonObject(),
        ["a log is text"] = static r => r["tlogs"]!.AsArray()[0] = "log",
        ["a log without a key"] = static r => Log(r).Remove("publicKey"),
        ["a key without bytes"] = static r => Key(r).Remove("rawBytes"),
        ["a key that is empty"] = static r => Key(r)["rawBytes"] = "",
        ["a key that is no base64"] = static r => Key(r)["rawBytes"] = "%%%%",
        ["a key that is no key"] = static r => Key(r)["rawBytes"] = "MAA=",
        ["a key with bytes behind it"] = static r => Key(r)["rawBytes"] =
            Convert.ToBase64String([.. Convert.FromBase64String((string)Key(r)["rawBytes"]!), 0]),
        ["details of another key"] = static r => Key(r)["keyDetails"] = "PKIX_ED25519",
        ["no validity"] = static r => Key(r).Remove("validFor"),
        ["no start"] = static r => Key(r)["validFor"] = new JsonObject { ["end"] = "2030-01-01T00:00:00Z" },
        ["a start that is a date"] = static r => Key(r)["validFor"]!["start"] = "2020-01-01",
        ["a start in a month 13"] = static r => Key(r)["validFor"]!["start"] = "2020-13-01T00:00:00Z",
        ["an end before the start"] = static r => Key(r)["validFor"]!["end"] = "2019-01-01T00:00:00Z",
        ["no hash algorithm"] = static r => Log(r).Remove("hashAlgorithm"),
        ["an id of three bytes"] = static r => Log(r)["logId"]!["keyId"] = "AAAA",
        ["a certificate log's id of four bytes"] = static r => Log(r, "ctlogs")["logId"]!["keyId"] = "AAAAAA==",
        ["an Ed25519 log without an id"] = static r => r["tlogs"]!.AsArray()[1]!.AsObject().Remove("logId"),
        ["one id for two keys"] = static r =>
            r["tlogs"]!.AsArray()[1]!["logId"]!["keyId"] = (string)Log(r)["logId"]!["keyId"]!,
        ["no chain"] = static r => Log(r, "certificateAuthorities").Remove("certChain"),
        ["an empty chain"] = static r => Log(r, "certificateAuthorities")["certChain"] =
            new JsonObject { ["certificates"] = new JsonArray() },
        ["a certificate that is none"] = static r =>
            Log(r, "timestampAuthorities")["certChain"]!["certificates"]![0]!["rawBytes"] = "MAA=",
        ["a member in two spellings"] = static r => Log(r)["base_url"] = "https://other.test",
        ["an address that is a list"] = static r => Log(r)["baseUrl"] = new JsonArray(),
        ["half a character"] = static r => Log(r)["baseUrl"] = "\ud800",
    };

    public static IEnumerable<TheoryDataRow<string>> SharedRoots()
    {
        if (!Directory.Exists(Shared))
        {
            return [new TheoryDataRow<string>(string.Empty)];
        }

        return ((string[])["golden", "conformance", "tuf"])
            .SelectMany(static folder => Directory.EnumerateFiles(
                Path.Combine(Shared, folder), "trusted_root*.json", SearchOption.AllDirectories))
            .Select(static f => new TheoryDataRow<string>(Path.GetRelativePath(Shared, f)));
    }

    public static TheoryData<string> DamageNames() => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(SharedRoots))]
    public void A_real_trusted_root_is_read_and_comes_back_the_same(string file)
    {
        Assert.SkipUnless(file.Length > 0, "../shared is missing (trusted roots of golden files and conformance suite)");
        byte[] text = File.ReadAllBytes(Path.Combine(Shared, file));
        TrustedRoot root = TrustedRootReader.Read(text);

        Assert.Empty(root.Skipped);
        JsonObject before = JsonNode.Parse(text)!.AsObject();
        JsonObject after = JsonNode.Parse(TrustedRootWriter.Write(root))!.AsObject();
        Normalize(before);
        Normalize(after);
        Assert.True(JsonNode.DeepEquals(before, after), $"{before.ToJsonString()}\n{after.ToJsonString()}");
    }

    [Fact]
    public void What_our_stack_made_is_written_to_the_byte()
    {
        byte[] text = RootText.Golden("trusted_root.json");
        Assert.Equal(
            Encoding.UTF8.GetString(text).TrimEnd(),
            Encoding.UTF8.GetString(TrustedRootWriter.Write(TrustedRootReader.Read(text))));
    }

    [Theory]
    [MemberData(nameof(DamageNames))]
    public void What_is_known_must_be_right(string damage)
    {
        byte[] text = damage == "half a character"
            ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(RootText.Golden("trusted_root.json"))
                .Replace("https://rekor1.peers.test", @"\ud800", StringComparison.Ordinal))
            : RootText.Edited("trusted_root.json", Damages[damage]);
        Assert.Equal(SigstoreErrorCode.MalformedTrustRoot, Refused(text).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"mediaType":"a","mediaType":"b"}""")]
    public void What_is_no_object_is_malformed(string text) =>
        Assert.Equal(SigstoreErrorCode.MalformedTrustRoot, Refused(Encoding.UTF8.GetBytes(text)).Code);

    [Fact]
    public void A_version_to_come_is_not_guessed_at() => Assert.Equal(SigstoreErrorCode.Unsupported, Refused(
        RootText.Edited("trusted_root.json", static r => r["mediaType"] =
            "application/vnd.dev.sigstore.trustedroot+json;version=0.9")).Code);

    [Fact]
    public void Limits_hold()
    {
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(new byte[Limits.TrustedRoot + 1]).Code);
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(RootText.Edited("trusted_root.json", static r =>
            Repeat(r["tlogs"]!.AsArray(), Limits.TrustAnchors + 1))).Code);
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(RootText.Edited("trusted_root.json", static r =>
            Repeat(Log(r, "certificateAuthorities")["certChain"]!["certificates"]!.AsArray(),
                Limits.ChainCertificates + 1))).Code);
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Refused(RootText.Edited("trusted_root.json", static r =>
            Log(r, "certificateAuthorities")["certChain"]!["certificates"]![0]!["rawBytes"] =
                Convert.ToBase64String(new byte[Limits.Certificate + 1]))).Code);
    }

    [Fact]
    public void Members_nobody_knows_and_other_spellings_are_taken()
    {
        TrustedRoot root = TrustedRootReader.Read(RootText.Edited("trusted_root.json", static r =>
        {
            r["mediaType"] = "application/vnd.dev.sigstore.trustedroot+json;version=0.2";
            r["somethingNew"] = new JsonArray(1, 2);
            JsonObject log = Log(r);
            log["base_url"] = (string)log["baseUrl"]!;
            log.Remove("baseUrl");
            log["hashAlgorithm"] = 1;
            log["operator"] = "someone";
            log["checkpointKeyId"] = new JsonObject { ["key_id"] = "AQIDBA" };
            Key(r)["keyDetails"] = 5;
            Key(r)["rawBytes"] = ((string)Key(r)["rawBytes"]!).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            Key(r)["validFor"]!["start"] = "2020-01-01T01:00:00.123456789+01:00";
            Key(r)["validFor"]!["end"] = null;
        }));
        TransparencyLogInstance log = root.Logs[0];
        Assert.Equal(TrustedRoot.MediaTypeV02, root.MediaType);
        Assert.Equal("https://rekor1.peers.test", log.BaseUrl);
        Assert.Equal("PKIX_ECDSA_P256_SHA_256", log.KeyDetails);
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1234567), log.Validity.Start);
        Assert.Null(log.Validity.End);
        Assert.Equal("someone", log.Operator);
        Assert.Equal([1, 2, 3, 4], log.CheckpointKeyId!.Value.ToArray());

        string kept = Encoding.UTF8.GetString(TrustedRootWriter.Write(root));
        Assert.Contains("2020-01-01T00:00:00.123456700Z", kept, StringComparison.Ordinal);
        Assert.Contains("someone", kept, StringComparison.Ordinal);
        string old = Encoding.UTF8.GetString(TrustedRootWriter.Write(root, compatible: true));
        Assert.DoesNotContain("operator", old, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpointKeyId", old, StringComparison.Ordinal);
        Assert.Contains(TrustedRoot.MediaTypeV01, old, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ML_DSA_65")]
    [InlineData("21")]
    [InlineData("SOMETHING_NEW")]
    public void A_key_of_an_algorithm_to_come_costs_its_log_and_nothing_else(string details)
    {
        TrustedRoot root = TrustedRootReader.Read(
            RootText.Edited("trusted_root.json", r => Key(r)["keyDetails"] = details));
        Assert.Equal("https://rekor2.peers.test", Assert.Single(root.Logs).BaseUrl);
        Assert.Contains("rekor1.peers.test", Assert.Single(root.Skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_on_a_curve_nobody_here_knows_is_skipped()
    {
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        byte[] spki = ec.ExportSubjectPublicKeyInfo();
        TrustedRoot root = TrustedRootReader.Read(RootText.Edited("trusted_root.json", r =>
        {
            Key(r)["rawBytes"] = Convert.ToBase64String(spki);
            Key(r).Remove("keyDetails");
        }));
        Assert.Single(root.Logs);
        Assert.Single(root.Skipped);
    }

    [Fact]
    public void An_rsa_key_may_be_in_pkcs1()
    {
        using RSA rsa = RSA.Create(2048);
        TrustedRoot root = TrustedRootReader.Read(RootText.Edited("trusted_root.json", r =>
        {
            Key(r)["rawBytes"] = Convert.ToBase64String(rsa.ExportRSAPublicKey());
            Key(r)["keyDetails"] = "PKCS1_RSA_PKCS1V5";
            Log(r).Remove("logId");
        }));
        Assert.Equal(SigningAlgorithm.Rsa2048, root.Logs[0].Key.Algorithm);
        Assert.Equal(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()), root.Logs[0].LogId.ToArray());
        Assert.Contains(
            Convert.ToBase64String(rsa.ExportRSAPublicKey()),
            Encoding.UTF8.GetString(TrustedRootWriter.Write(root)).Replace("\\u002B", "+", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_media_type_trusts_nobody()
    {
        TrustedRoot root = TrustedRootReader.Read(RootText.Golden("trusted_root-empty.json"));
        Assert.Empty(root.Logs);
        Assert.Empty(root.CertificateAuthorities);
        Assert.Equal(
            RootText.Golden("trusted_root-empty.json").AsSpan().TrimEnd("\n"u8).ToArray(), TrustedRootWriter.Write(root));
    }

    [Fact]
    public void No_byte_that_is_cut_off_or_changed_is_a_bug()
    {
        byte[] text = RootText.Golden("trusted_root.json");
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] damaged = [.. text];
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                TrustedRootReader.Read(i % 2 == 0 ? damaged : damaged[..random.Next(damaged.Length)]);
            }
            catch (SigstoreException e)
            {
                Assert.NotEqual(SigstoreErrorCode.UnexpectedFailure, e.Code);
            }
        }
    }

    private static SigstoreException Refused(byte[] text) =>
        Assert.Throws<SigstoreException>(() => TrustedRootReader.Read(text));

    private static JsonObject Log(JsonObject root, string kind = "tlogs") => root[kind]!.AsArray()[0]!.AsObject();

    private static JsonObject Key(JsonObject root) => Log(root)["publicKey"]!.AsObject();

    private static void Repeat(JsonArray array, int count)
    {
        while (array.Count < count)
        {
            array.Add(array[0]!.DeepClone());
        }
    }

    /// <summary>Times that mean the same, and members that may be left out.</summary>
    private static void Normalize(JsonObject node)
    {
        foreach ((string name, JsonNode? value) in node.ToArray())
        {
            switch (value)
            {
                case JsonValue when name is "start" or "end":
                    node[name] = DateTimeOffset.Parse((string)value!, System.Globalization.CultureInfo.InvariantCulture)
                        .UtcDateTime.ToString("O");
                    break;
                case JsonArray { Count: 0 } or JsonObject { Count: 0 } or null:
                case JsonValue when value.ToString().Length == 0:
                    node.Remove(name);
                    break;
                case JsonObject child:
                    Normalize(child);
                    break;
                case JsonArray array:
                    foreach (JsonObject item in array.OfType<JsonObject>())
                    {
                        Normalize(item);
                    }

                    break;
            }
        }
    }
}
