using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Bundles;

/// <summary>Bundles as they are made, and every way to damage their JSON.</summary>
public sealed class BundleReaderTests
{
    [Theory]
    [MemberData(nameof(BundleFiles.Golden), MemberType = typeof(BundleFiles))]
    public void What_cosign_and_sigstore_js_made_is_read_and_written_back_without_loss(string name) =>
        AssertRoundTrip(BundleFiles.Read(name));

    [Fact]
    public void The_conformance_suite_reads_or_fails_as_it_must()
    {
        Dictionary<string, SigstoreErrorCode> refused = new()
        {
            ["bundle-empty-certificate-chain_fail"] = SigstoreErrorCode.MalformedBundle,
            ["bundle-malformed-json_fail"] = SigstoreErrorCode.MalformedBundle,
            ["bundle-unknown-version_fail"] = SigstoreErrorCode.Unsupported,
        };
        foreach ((string name, byte[] content) in BundleFiles.RequireConformance())
        {
            if (refused.TryGetValue(name, out SigstoreErrorCode code))
            {
                Assert.Equal((name, code), (name, Refused(content)));
            }
            else
            {
                AssertRoundTrip(content);
            }
        }
    }

    [Theory]
    [InlineData("c3-attest-key-new.no-sig.json", SigstoreErrorCode.MalformedBundle)]
    [InlineData("c3-key-new.mediatype.json", SigstoreErrorCode.Unsupported)]
    [InlineData("c3-key-new.sig-empty.json", SigstoreErrorCode.MalformedBundle)]
    [InlineData("c3-key-new.unknown-field.json", SigstoreErrorCode.MalformedBundle)]
    [InlineData("c3-keyless-v2.digest-alg.json", SigstoreErrorCode.MalformedBundle)]
    [InlineData("c3-keyless-v1-tsa.no-proof.json", SigstoreErrorCode.MalformedLogEntry)]
    [InlineData("c3-keyless-v2.cert-chain.json", SigstoreErrorCode.MalformedBundle)]
    public void Damage_that_the_reader_can_see_is_refused(string name, SigstoreErrorCode code) =>
        Assert.Equal(code, Refused(BundleFiles.Tampered(name)));

    [Fact]
    public void Every_part_is_where_it_belongs()
    {
        Bundle bundle = BundleReader.Read(BundleFiles.Read("c3-keyless-v1-tsa.json"));
        Assert.Equal(BundleVersion.V03, bundle.Version);
        Assert.Null(bundle.KeyHint);
        Assert.Equal("sha256:3585ff92a190a8dc23da1c2dde1cdd4662d0e0b15ae68ad04e635d9097425bd0", bundle.Message!.Digest!.ToString());
        Assert.Single(bundle.Timestamps);
        LogEntry entry = Assert.Single(bundle.LogEntries);
        Assert.Equal((14, 1795245091, "hashedrekord", "0.0.1"),
            (entry.LogIndex, entry.IntegratedTime, entry.Kind, entry.Version));
        Assert.NotNull(entry.SignedEntryTimestamp);
        Assert.Equal((14, 15, 3), (entry.Proof!.LogIndex, entry.Proof.TreeSize, entry.Proof.Hashes.Count));
        Assert.StartsWith("rekor1.peers.test - ", entry.Proof.Checkpoint, StringComparison.Ordinal);

        Bundle chain = BundleReader.Read(BundleFiles.Read("js-keyless-v02.json"));
        Assert.Equal(BundleVersion.V02, chain.Version);
        Assert.NotNull(chain.Certificate);
        Assert.Null(BundleReader.Read(BundleFiles.Read("c3-key-ed25519-new.json")).Message!.Digest);
    }

    [Fact]
    public void A_bundle_cut_off_anywhere_is_malformed_and_nothing_else()
    {
        byte[] content = BundleFiles.Read("c3-keyless-v1-tsa.json");
        int end = content.AsSpan().TrimEnd("\n "u8).Length;
        for (int length = 0; length < end; length++)
        {
            Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(content[..length]));
        }
    }

    [Fact]
    public void One_byte_changed_never_throws_anything_else()
    {
        byte[] content = BundleFiles.Read("c3-keyless-v1-tsa.json");
        Random random = new(20261121);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutant = [.. content];
            mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            try
            {
                BundleWriter.Write(BundleReader.Read(mutant));
            }
            catch (SigstoreException e)
            {
                Assert.NotEqual(SigstoreErrorCode.UnexpectedFailure, e.Code);
            }
        }
    }

    [Fact]
    public void Lines_are_bundles_and_blank_lines_are_none()
    {
        byte[] one = BundleWriter.Write(BundleReader.Read(BundleFiles.Read("c3-key-new.json")));
        byte[] two = [.. "\n  \r\n"u8, .. one, .. "\r\n\n"u8, .. one];
        Assert.Equal(2, BundleReader.ReadLines(two).Count);
        Assert.Equal(2, SignatureFile.Read(two).Count);
        Assert.Single(SignatureFile.Read(Encoding.UTF8.GetBytes(JsonNode.Parse(one)!.ToString())));
        byte[] many = [.. Enumerable.Repeat((byte[])[.. one, (byte)'\n'], Limits.BundleLines + 1).SelectMany(static b => b)];
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() => BundleReader.ReadLines(many)).Code);
        SigstoreException e = Assert.Throws<SigstoreException>(() => SignatureFile.Read((byte[])[.. one, .. "\n{}"u8]));
        Assert.Contains("2 of 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_s_answer_gives_all_its_bundles()
    {
        string bundle = Encoding.UTF8.GetString(BundleFiles.Read("js-attest-keyless-v03.json"));
        string answer = $$"""{"attestations":[{"predicateType":"x","bundle":{{bundle}}},{"bundle":{{bundle}}}]}""";
        Assert.Equal(2, SignatureFile.Read(Encoding.UTF8.GetBytes(answer)).Count);
        Assert.Equal(
            SigstoreErrorCode.MalformedBundle,
            Assert.Throws<SigstoreException>(() => SignatureFile.Read("{\"attestations\":[7]}"u8.ToArray())).Code);
    }

    private static SigstoreErrorCode Refused(byte[] content) =>
        Assert.Throws<SigstoreException>(() => BundleReader.Read(content)).Code;

    /// <summary>The canonical text says what the original said, and is a fixed point.</summary>
    private static void AssertRoundTrip(byte[] content)
    {
        byte[] written = BundleWriter.Write(BundleReader.Read(content));
        Assert.Equal(written, BundleWriter.Write(BundleReader.Read(written)));
        JsonNode original = JsonNode.Parse(content)!;
        JsonNode canonical = JsonNode.Parse(written)!;
        Prune(original);
        Assert.True(JsonNode.DeepEquals(original, canonical), $"{original}\n{canonical}");
    }

    /// <summary>Takes away what proto3 JSON may omit: zero values and empty messages but for the sides of a oneof.</summary>
    private static bool Prune(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? value) in members.ToList())
                {
                    if (Prune(value) && name is not "publicKey" || name == "timestampVerificationData" && value is JsonObject { Count: 0 })
                    {
                        members.Remove(name);
                    }
                }

                return members.Count == 0;
            case JsonArray list:
                foreach (JsonNode? element in list)
                {
                    Prune(element);
                }

                return list.Count == 0;
            default:
                return node is null || node.ToJsonString() is "\"\"" or "\"0\"" or "0";
        }
    }
}
