using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Tests.Verification;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Transparency;

public sealed class LogEntryBodyTests
{
    private const string Hash =
        """{"algorithm":"sha256","value":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}""";

    private static readonly byte[] Spki = NewKey();
    private static readonly string PemText = Convert.ToBase64String(Pem.Write("PUBLIC KEY", Spki));
    private static readonly string PemTwice = Convert.ToBase64String(Encoding.ASCII.GetBytes(PemText));

    [Fact]
    public void Entries_of_the_golden_bundles_are_read()
    {
        LogEntry v1 = GoldenLog.Read("bundles/c3-keyless-v1-tsa.json").Entry;
        HashedRekordBody hashed = Assert.IsType<HashedRekordBody>(LogEntryBody.Parse(v1.Body));
        Assert.Equal("sha256", hashed.Data.Algorithm);
        Assert.Equal(LogVerifierKind.Certificate, hashed.Signature.Verifier.Kind);
        LogEntry v2 = GoldenLog.Read("bundles/c3-key-p384-new-v2.json", "c3-p384").Entry;
        HashedRekordV2Body second = Assert.IsType<HashedRekordV2Body>(LogEntryBody.Parse(v2.Body));
        Assert.Equal(("PKIX_ECDSA_P384_SHA_384", "sha384"), (second.KeyDetails, second.Data.Algorithm));
        Assert.Equal(LogVerifierKind.PublicKey, second.Signature.Verifier.Kind);
        LogEntry dsse = GoldenLog.Read("bundles/c3-attest-keyless-v1-tsa.json").Entry;
        Assert.Single(Assert.IsType<DsseBody>(LogEntryBody.Parse(dsse.Body)).Signatures);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Intoto_002_has_its_signature_encoded_twice_and_its_key_once_or_twice(bool twice)
    {
        IntotoBody body = Assert.IsType<IntotoBody>(Parse(Intoto(twice ? PemTwice : PemText)));
        LoggedSignature signature = Assert.Single(body.Signatures);
        Assert.Equal([1, 2, 3], signature.Signature.ToArray());
        Assert.Equal(Spki, signature.Verifier.Data.ToArray());
        Assert.Equal("t", body.PayloadType);
        Assert.Null(body.Payload);
    }

    [Fact]
    public void Intoto_001_has_a_key_and_no_signature()
    {
        IntotoBody body = Assert.IsType<IntotoBody>(Parse(
            Fill("""{"apiVersion":"0.0.1","kind":"intoto","spec":{"content":{"hash":HASH},"publicKey":"PEM"}}""")));
        Assert.Empty(body.Signatures);
        Assert.Equal(Spki, body.Verifier!.Data.ToArray());
        Assert.NotNull(body.EnvelopeHash);
    }

    [Fact]
    public void Another_kind_is_kept_as_text()
    {
        GenericBody body = Assert.IsType<GenericBody>(
            Parse("""{"apiVersion":"0.0.1","kind":"rpm","spec":{"a":[1, 2]}}"""));
        Assert.Equal(("rpm", "0.0.1", """{"a":[1, 2]}"""), (body.Kind, body.ApiVersion, body.Spec));
        Assert.IsType<GenericBody>(Parse("""{"apiVersion":"0.0.3","kind":"hashedrekord","spec":{}}"""));
    }

    [Fact]
    public void A_rekord_of_pgp_is_read_and_never_ours()
    {
        RekordBody body = Assert.IsType<RekordBody>(Parse(
            Fill("""
            {"apiVersion":"0.0.1","kind":"rekord","spec":{"data":{"hash":HASH},
            "signature":{"content":"AQID","format":"pgp","publicKey":{"content":"AQID"}}}}
            """)));
        Assert.False(body.Signature.Verifier.Is(PublicKey.FromSpki(Spki), null));
        Assert.False(body.Signature.Verifier.Is(PublicKey.FromSpki(Spki), [1, 2, 3]));
    }

    public static TheoryData<string> Typed() =>
    [
        """
        {"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":HASH},
        "signature":{"content":"AQID","publicKey":{"content":"PEM"}}}}
        """,
        """
        {"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256",
        "digest":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},"signature":{"content":"AQID",
        "verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"AQID"}}}}}}
        """,
        """
        {"apiVersion":"0.0.1","kind":"dsse","spec":{"envelopeHash":HASH,"payloadHash":HASH,
        "signatures":[{"signature":"AQID","verifier":"PEM"}]}}
        """,
        """
        {"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":"t",
        "signatures":[{"publicKey":"PEM","sig":"QVFJRA=="}]},"payloadHash":HASH}}}
        """,
    ];

    [Theory]
    [MemberData(nameof(Typed))]
    public void Of_the_kinds_that_count_no_member_may_be_missing_or_unknown(string template)
    {
        string text = Fill(template);
        Assert.IsNotType<GenericBody>(Parse(text));
        JsonObject root = JsonNode.Parse(text)!.AsObject();
        int changes = 0;
        foreach (JsonObject node in Objects(root))
        {
            node.Add("zz", 1);
            Refused(root.ToJsonString());
            node.Remove("zz");
            foreach (KeyValuePair<string, JsonNode?> member in node.ToArray())
            {
                node.Remove(member.Key);
                Refused(root.ToJsonString());
                foreach (string nonsense in new[] { "null", "7", "\"?\"", "[]", "{}", "true" })
                {
                    node[member.Key] = JsonNode.Parse(nonsense);

                    // Texts that may be anything.
                    if (!(nonsense == "\"?\"" && member.Key is "keyDetails" or "payloadType"))
                    {
                        Refused(root.ToJsonString());
                    }

                    node.Remove(member.Key);
                    changes++;
                }

                node[member.Key] = member.Value;
            }
        }

        Assert.True(changes > 50);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"hashedrekord"}""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"hashedrekord","kind":"dsse","spec":{}}""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"rpm","spec":{}} x""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"rpm","spec":{},"more":1}""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"rekord","spec":{"data":[]}}""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"rekord","spec":{"signature":{"format":"x509","publicKey":3}}}""")]
    [InlineData("""{"apiVersion":"0.0.1","kind":"intoto","spec":{"content":7}}""")]
    [InlineData("""{"apiVersion":"\ud800","kind":"rpm","spec":{}}""")]
    public void What_is_no_entry_is_refused(string text) => Refused(text);

    [Theory]
    [InlineData("CERTIFICATE PUBLIC-KEY")]
    [InlineData("PUBLIC-KEY PUBLIC-KEY")]
    [InlineData("RSA-PUBLIC-KEY")]
    [InlineData("PRIVATE-KEY")]
    public void A_verifier_is_one_key_or_certificates(string labels)
    {
        byte[] text = [.. labels.Split(' ').SelectMany(static l => Pem.Write(l.Replace('-', ' '), [1, 2, 3]))];
        Assert.Throws<FormatException>(() => LogVerifier.FromPem(text));
    }

    [Fact]
    public void Of_a_chain_the_first_certificate_signs()
    {
        LogVerifier verifier = LogVerifier.FromPem(
            [.. Pem.Write("CERTIFICATE", [1]), .. Pem.Write("CERTIFICATE", [2])]);
        PublicKey key = PublicKey.FromSpki(Spki);
        Assert.True(verifier.Is(key, [1]));
        Assert.False(verifier.Is(key, [2]));
        Assert.False(verifier.Is(key, null));
        Assert.False(LogVerifier.FromPem(Pem.Write("PUBLIC KEY", Spki)).Is(key, [1]));
        Assert.True(LogVerifier.FromPem(Pem.Write("PUBLIC KEY", Spki)).Is(key, null));
    }

    [Fact]
    public void A_large_body_is_refused() => Assert.Equal(
        SigstoreErrorCode.LimitExceeded,
        Assert.Throws<SigstoreException>(() => LogEntryBody.Parse(new byte[Limits.LogEntryBody + 1])).Code);

    [Theory]
    [InlineData("bundles/c3-keyless-v2.json", "c3-ecdsa", 0)]
    [InlineData("bundles/c3-key-new-v2.json", "c3-ecdsa", 0)]
    [InlineData("bundles/c3-key-p384-new-v2.json", "c3-p384", 0)]
    public void A_rebuilt_v2_entry_is_what_the_log_wrote_and_canonical(string file, string key, int variant)
    {
        GoldenLog bundle = GoldenLog.Read(file, key);
        SigningAlgorithm algorithm = RekorV2Body.AlgorithmsOf(bundle.Key).ElementAt(variant);
        byte[] rebuilt = RekorV2Body.Rebuild(
            bundle.Content.DigestOf(algorithm.Hash)!, bundle.Artifact.Signature.Span, bundle.Key,
            bundle.Artifact.Certificate, algorithm);
        Assert.Equal(Encoding.UTF8.GetString(bundle.Entry.Body.Span), Encoding.UTF8.GetString(rebuilt));
        using System.Text.Json.JsonDocument document = StrictJson.Parse(rebuilt);
        Assert.Equal(rebuilt, CanonicalJson.Bytes(document.RootElement));
    }

    [Fact]
    public void Ed25519_is_logged_prehashed_only()
    {
        PublicKey key = PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(new byte[32]));
        Assert.Equal([SigningAlgorithm.Ed25519Prehash], RekorV2Body.AlgorithmsOf(key));
        byte[] body = RekorV2Body.Rebuild(
            SignedContent.Of(new byte[3]).DigestOf(HashAlgorithmName.SHA512)!, [1], key, null,
            SigningAlgorithm.Ed25519Prehash);
        HashedRekordV2Body read = Assert.IsType<HashedRekordV2Body>(LogEntryBody.Parse(body));
        Assert.Equal(("PKIX_ED25519_PH", "sha512"), (read.KeyDetails, read.Data.Algorithm));
    }

    private static string Intoto(string key) => Fill(
        """
        {"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":"t","signatures":[
        {"publicKey":"PEM","sig":"QVFJRA=="}]},"hash":HASH,"payloadHash":HASH}}}
        """, key);

    private static string Fill(string template, string? key = null) => template
        .Replace("HASH", Hash, StringComparison.Ordinal)
        .Replace("PEM", key ?? PemText, StringComparison.Ordinal);

    private static IEnumerable<JsonObject> Objects(JsonNode? node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject o => o.Select(static p => p.Value).ToArray(),
            JsonArray a => [.. a],
            _ => [],
        };
        IEnumerable<JsonObject> below = children.SelectMany(Objects);
        return node is JsonObject self ? below.Prepend(self) : below;
    }

    private static void Refused(string text)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() =>
        {
            LogEntryBody body = Parse(text);
            if (body is GenericBody && text.Contains("\"?\"", StringComparison.Ordinal))
            {
                // Kind or version were changed: it is another kind now, and no signature's.
                throw new SigstoreException(SigstoreErrorCode.MalformedLogEntry, "another kind");
            }
        });
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, e.Code);
    }

    private static LogEntryBody Parse(string text) => LogEntryBody.Parse(Encoding.UTF8.GetBytes(text));

    private static byte[] NewKey()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }
}
