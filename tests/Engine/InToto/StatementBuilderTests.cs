using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Support;

namespace SigstorePS.Tests.InToto;

/// <summary>Statements as cosign makes them, and what neither makes.</summary>
public sealed class StatementBuilderTests
{
    private const string HelloDigest = "3585ff92a190a8dc23da1c2dde1cdd4662d0e0b15ae68ad04e635d9097425bd0";
    private const string Slsa1 =
        """{"buildDefinition":{"buildType":"t","externalParameters":{}},"runDetails":{"builder":{"id":"b"}}}""";

    private const string Link =
        """{"_type":"link","name":"n","materials":{},"products":{},"byproducts":{},"command":["a"],"environment":{}}""";

    private static readonly DateTimeOffset Time = new(2026, 11, 21, 7, 11, 36, 999, TimeSpan.Zero);
    private static readonly StatementSubject Hello = new("hello.txt", Digest.Parse($"sha256:{HelloDigest}"));

    [Fact]
    public void Custom_is_what_cosign2_writes()
    {
        byte[] golden = Read("bundles/c2-attest-key-old.intoto");
        string made = Build("custom", Read("blobs/predicate.json"));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(golden), JsonNode.Parse(made)), made);
        Assert.Contains("\"Timestamp\":\"2026-11-21T07:11:36Z\"", made, StringComparison.Ordinal);
    }

    [Fact]
    public void Slsa_is_what_cosign3_writes_but_for_the_empty_list_it_drops()
    {
        byte[] golden = SignedArtifact.FromBundle(Read("bundles/c3-attest-key-new.json")).Payload.ToArray();
        string predicate = Encoding.UTF8.GetString(Read("blobs/slsa1.json"));
        int list = predicate.IndexOf(",\n    \"resolvedDependencies\": []", StringComparison.Ordinal);
        string made = Build(
            "slsaprovenance1",
            Encoding.UTF8.GetBytes(predicate.Remove(list, ",\n    \"resolvedDependencies\": []".Length)));

        Assert.Equal(Encoding.UTF8.GetString(golden), made);
    }

    [Theory]
    [InlineData("custom", "any < text", """{"Data":"any < text","Timestamp":"2026-11-21T07:11:36Z"}""")]
    [InlineData("https://cosign.sigstore.dev/attestation/v1", "x", """{"Data":"x","Timestamp":"2026-11-21T07:11:36Z"}""")]
    [InlineData("spdx", "SPDXVersion: SPDX-2.3\n", "\"SPDXVersion: SPDX-2.3\\n\"")]
    [InlineData("SPDX", "a", "\"a\"")]
    [InlineData("spdxjson", """ { "spdxVersion" : "SPDX-2.3" } """, """{"spdxVersion":"SPDX-2.3"}""")]
    [InlineData("cyclonedx", """{"bomFormat":"CycloneDX"}""", """{"bomFormat":"CycloneDX"}""")]
    [InlineData("openvex", """{"@context":"https://openvex.dev/ns"}""", """{"@context":"https://openvex.dev/ns"}""")]
    [InlineData("slsaprovenance", """{"builder":{"id":"b"},"buildType":"t"}""", """{"builder":{"id":"b"},"buildType":"t"}""")]
    [InlineData("slsaprovenance1", Slsa1, Slsa1)]
    [InlineData("link", Link, Link)]
    [InlineData("vuln", """{"scanner":{"uri":"u","result":null}}""", """{"scanner":{"uri":"u","result":null}}""")]
    [InlineData("https://example.test/p/v1", """{"a" : [ 1 , 2 ]}""", """{"a":[1,2]}""")]
    [InlineData("https://slsa.dev/provenance/v1", """{"free":true}""", """{"free":true}""")]
    public void Every_type_has_its_shape(string type, string file, string predicate)
    {
        string made = Build(type, Encoding.UTF8.GetBytes(file));

        Assert.Equal(
            $$$"""{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"hello.txt","digest":{"sha256":"{{{HelloDigest}}}"}}],"predicateType":"{{{PredicateType.UriOf(type)}}}","predicate":{{{predicate}}}}""",
            made);
        Assert.True(Statement.Parse(Encoding.UTF8.GetBytes(made)).SpeaksAbout(Hello.Digest));
    }

    [Fact]
    public void Numbers_texts_and_names_stay_as_they_are_written()
    {
        const string Exact =
            """{"n":[1.0,1e400,-0,12345678901234567890123456789,0.1000],"t":"\u00e9\/ \\\" é\ud83d\ude00 ","\u0061":" , : "}""";

        Assert.EndsWith($",\"predicate\":{Exact}}}", Build("spdxjson", Encoding.UTF8.GetBytes(Exact)), StringComparison.Ordinal);
        Assert.EndsWith(
            $",\"predicate\":{Exact}}}",
            Build("spdxjson", Encoding.UTF8.GetBytes("\t" + Exact.Replace(",\"t\"", "\r\n, \"t\"", StringComparison.Ordinal))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_json() =>
        Assert.EndsWith(
            ",\"predicate\":{\"a\":1}}", Build("openvex", [0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8]), StringComparison.Ordinal);

    [Theory]
    [InlineData("slsaprovenance", """{"buildType":"t"}""", "builder")]
    [InlineData("slsaprovenance02", """{"builder":{}}""", "buildType")]
    [InlineData("slsaprovenance1", """{"buildDefinition":{}}""", "runDetails")]
    [InlineData("SlsaProvenance1", """{"runDetails":{}}""", "buildDefinition")]
    [InlineData("slsaprovenance1", """{"runDetails":{"builder":1},"buildDefinition":{}}""", "builder")]
    [InlineData("link", """{"_type":"link"}""", "name")]
    [InlineData("link", """{"_type":1}""", "_type")]
    [InlineData("vuln", """{"scanner":[]}""", "scanner")]
    [InlineData("vuln", """{"metadata":{"scanStartedOn":"yesterday"}}""", "scanStartedOn")]
    [InlineData("spdxjson", "[]", "object")]
    [InlineData("cyclonedx", "<bom/>", "invalid")]
    [InlineData("openvex", """{"a":1,"a":2}""", "uplicate")]
    [InlineData("openvex", """{"a":{"b":1,"\u0062":2}}""", "uplicate")]
    [InlineData("https://example.test/p", """{"a":1,}""", "trailing comma")]
    [InlineData("https://example.test/p", """{"a":1} x""", "invalid")]
    [InlineData("https://example.test/p", "", "JSON")]
    public void What_cosign_refuses_is_refused(string type, string file, string says)
    {
        SigstoreException refused = Assert.Throws<SigstoreException>(() => Build(type, Encoding.UTF8.GetBytes(file)));

        Assert.Equal(SigstoreErrorCode.MalformedStatement, refused.Code);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("custom")]
    [InlineData("spdx")]
    [InlineData("cyclonedx")]
    public void Bytes_that_are_no_text_are_refused(string type) => Assert.Equal(
        SigstoreErrorCode.MalformedStatement,
        Assert.Throws<SigstoreException>(() => Build(type, [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)'}'])).Code);

    [Fact]
    public void Nesting_is_bounded() => Assert.Equal(
        SigstoreErrorCode.MalformedStatement,
        Assert.Throws<SigstoreException>(() => Build(
            "openvex", Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 100)}{new string(']', 100)}}}"))).Code);

    [Fact]
    public void Size_is_bounded() => Assert.Equal(
        SigstoreErrorCode.LimitExceeded,
        Assert.Throws<SigstoreException>(() => Build("custom", new byte[Limits.Predicate + 1])).Code);

    [Fact]
    public void An_unknown_type_is_refused() => Assert.Equal(
        SigstoreErrorCode.InvalidValue, Assert.Throws<SigstoreException>(() => Build("nonsense", "{}"u8.ToArray())).Code);

    [Fact]
    public void Statement_V1_has_an_object_for_a_predicate()
    {
        string made = Encoding.UTF8.GetString(StatementBuilder.Build(
            Statement.TypeV1, PredicateContent.Of("custom", "x"u8.ToArray(), Time), [Hello, new(string.Empty, Hello.Digest)]));

        Assert.StartsWith("{\"_type\":\"https://in-toto.io/Statement/v1\",", made, StringComparison.Ordinal);
        Assert.Contains($"}},{{\"digest\":{{\"sha256\":\"{HelloDigest}\"}}}}]", made, StringComparison.Ordinal);
        Assert.Equal(
            SigstoreErrorCode.ContradictoryPolicy,
            Assert.Throws<SigstoreException>(() => StatementBuilder.Build(
                Statement.TypeV1, PredicateContent.Of("spdx", "x"u8.ToArray(), Time), [Hello])).Code);
    }

    [Fact]
    public void Too_many_subjects_are_refused() => Assert.Equal(
        SigstoreErrorCode.LimitExceeded,
        Assert.Throws<SigstoreException>(() => StatementBuilder.Build(
            Statement.TypeV01, PredicateContent.Of("custom", "x"u8.ToArray(), Time),
            [.. Enumerable.Repeat(Hello, Limits.Subjects + 1)])).Code);

    [Fact]
    public void A_ready_statement_is_read()
    {
        Statement statement = StatementBuilder.Read(Read("blobs/statement.json"));

        Assert.Equal("https://example.test/p/v1", statement.PredicateType);
        Assert.True(statement.SpeaksAbout(Hello.Digest));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v2","subject":[{"digest":{"sha256":"a"}}],"predicateType":"p"}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"p"}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"n"}],"predicateType":"p"}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"a"}}]}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"a"}}],"predicateType":"p","PredicateType":"q"}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"a"}}],"predicateType":"p","predicate":[]}""")]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":1}}],"predicateType":"p"}""")]
    public void A_ready_statement_that_two_read_differently_is_refused(string text) => Assert.Equal(
        SigstoreErrorCode.MalformedStatement,
        Assert.Throws<SigstoreException>(() => StatementBuilder.Read(Encoding.UTF8.GetBytes(text))).Code);

    [Fact]
    public void No_byte_of_a_predicate_breaks_the_builder()
    {
        Random random = new(4);
        byte[] valid = Encoding.UTF8.GetBytes(Link);
        for (int i = 0; i < 3000; i++)
        {
            byte[] changed = [.. valid];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                using JsonDocument made = JsonDocument.Parse(Build("link", changed));
                Assert.Equal(4, made.RootElement.EnumerateObject().Count());
            }
            catch (SigstoreException e)
            {
                Assert.Equal(SigstoreErrorCode.MalformedStatement, e.Code);
            }
        }
    }

    private static string Build(string type, byte[] file) => Encoding.UTF8.GetString(
        StatementBuilder.Build(Statement.TypeV01, PredicateContent.Of(type, file, Time), [Hello]));

    private static byte[] Read(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", name));
}
