using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Support;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Bundles;

/// <summary>What cosign 1 and 2 write: JSON texts, annotations and loose files.</summary>
public sealed class CosignFormatTests
{
    private static readonly byte[] Hello = File.ReadAllBytes(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"));

    [Theory]
    [InlineData("c2-key-old.json", false, false)]
    [InlineData("c2-key-old-rekor1.json", false, true)]
    [InlineData("c2-keyless-old.json", true, true)]
    [InlineData("c3-key-old.json", false, false)]
    [InlineData("c3-key-old-rekor1.json", false, true)]
    [InlineData("c3-keyless-old.json", true, true)]
    [InlineData("c3-cert-old.json", true, false)]
    public void Old_bundles_are_read(string name, bool certificate, bool logged)
    {
        SignedArtifact artifact = SignatureFile.ReadSingle(BundleFiles.Read(name));
        Assert.Equal(SignatureFormat.Legacy, artifact.Format);
        Assert.Null(artifact.SignedBytes);
        Assert.Equal(certificate, artifact.Certificate is not null);
        Assert.Equal(logged, artifact.LogEntries.Count == 1);
        if (certificate)
        {
            PublicKey key = PublicKeyFile.Read(Pem.Write("CERTIFICATE", artifact.Certificate!));
            Assert.NotNull(key.Match(Hello, artifact.Signature.Span));
        }

        if (logged)
        {
            LogEntry entry = artifact.LogEntries[0];
            Assert.Equal(("hashedrekord", "0.0.1", 32), (entry.Kind, entry.Version, entry.LogId.Length));
            Assert.InRange(entry.IntegratedTime, 1795245000, 1795246000);
            Assert.NotNull(entry.SignedEntryTimestamp);
            Assert.Null(entry.Proof);
        }
    }

    [Fact]
    public void A_key_in_an_old_bundle_becomes_its_hint()
    {
        SignedArtifact artifact = SignatureFile.ReadSingle(BundleFiles.Read("c3-key-old-rekor1.json"));
        PublicKey key = PublicKeyFile.Read(File.ReadAllBytes(RepositoryRoot.Fixture("golden", "keys", "c3-ecdsa.pub")));
        Assert.Equal(key.Hint, artifact.KeyHint);
        Assert.NotNull(key.Match(Hello, artifact.Signature.Span));
    }

    [Fact]
    public void An_old_attestation_keeps_the_envelope_it_was_timestamped_as()
    {
        JsonNode file = JsonNode.Parse(BundleFiles.Read("c2-attest-key-old.json"))!;
        byte[] envelope = Convert.FromBase64String((string)file["base64Signature"]!);
        PublicKey key = PublicKeyFile.Read(File.ReadAllBytes(RepositoryRoot.Fixture("golden", "keys", "c2-ecdsa.pub")));
        foreach (byte[] content in (byte[][])[BundleFiles.Read("c2-attest-key-old.json"), envelope])
        {
            SignedArtifact artifact = SignatureFile.ReadSingle(content);
            Assert.Equal(envelope, artifact.TimestampedBytes.ToArray());
            Assert.NotNull(key.Match(artifact.SignedBytes!.Value.Span, artifact.Signature.Span));
            Assert.Equal(MediaTypes.InToto, artifact.Envelope!.PayloadType);
        }

        // The statement alone is not signed by anybody.
        Assert.Equal(SigstoreErrorCode.MalformedBundle, Refused(BundleFiles.Read("c2-attest-key-old.intoto")));
    }

    [Fact]
    public void A_line_of_download_signature_is_read()
    {
        JsonObject old = JsonNode.Parse(BundleFiles.Read("c2-keyless-old.json"))!.AsObject();
        byte[] pem = Convert.FromBase64String((string)old["cert"]!);
        byte[] der = CosignParts.Signer(pem).Certificate!;
        JsonObject line = new()
        {
            ["Base64Signature"] = (string)old["base64Signature"]!,
            ["Payload"] = Convert.ToBase64String(Hello),
            ["Cert"] = new JsonObject { ["Raw"] = Convert.ToBase64String(der), ["Version"] = 3 },
            ["Chain"] = new JsonArray(new JsonObject { ["Raw"] = Convert.ToBase64String(der) }),
            ["Bundle"] = old["rekorBundle"]!.DeepClone(),
            ["RFC3161Timestamp"] = JsonNode.Parse(BundleFiles.Read("c2-keyless-old.ts")),
        };
        SignedArtifact artifact = SignatureFile.ReadSingle(Encoding.UTF8.GetBytes(line.ToJsonString()));
        Assert.Equal(Hello, artifact.SignedBytes!.Value.ToArray());
        Assert.Equal(der, artifact.Certificate);
        Assert.Single(artifact.Chain);
        Assert.Single(artifact.LogEntries);
        Assert.Single(artifact.Timestamps);
        line["Cert"] = null;
        line["Chain"] = null;
        line["Bundle"] = null;
        line["RFC3161Timestamp"] = null;
        Assert.Null(SignatureFile.ReadSingle(Encoding.UTF8.GetBytes(line.ToJsonString())).Certificate);
    }

    [Theory]
    [InlineData("{\"base64Signature\":\"AAAA\",\"Base64Signature\":\"AAAB\"}")]
    [InlineData("{\"base64Signature\":\"\"}")]
    [InlineData("{\"base64Signature\":\"AA\\n\"}")]
    [InlineData("{\"base64Signature\":7}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"cert\":\"AAAA\"}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"cert\":7}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"cert\":{}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"Chain\":[7]}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":{}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":[]}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"AAAA\",\"integratedTime\":1.5,\"logIndex\":1,\"logID\":\"$L\"}}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"AAAA\",\"integratedTime\":1,\"logIndex\":-1,\"logID\":\"$L\"}}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":{},\"integratedTime\":1,\"logIndex\":1,\"logID\":\"$L\"}}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"rekorBundle\":{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"AAAA\",\"integratedTime\":1,\"logIndex\":1,\"logID\":\"ab\"}}}")]
    [InlineData("{\"base64Signature\":\"AAAA\",\"RFC3161Timestamp\":{}}")]
    [InlineData("{\"base64Signature\":\"\\ud800\"}")]
    [InlineData("{\"payloadType\":\"x\",\"payload\":\"\",\"signatures\":[]}")]
    [InlineData("{\"payloadType\":\"x\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\"}]}")]
    public void Old_texts_that_are_broken_are_malformed_signatures(string text) => Assert.Equal(
        SigstoreErrorCode.MalformedSignature,
        Refused(Encoding.UTF8.GetBytes(text.Replace("$L", new string('a', 64), StringComparison.Ordinal))));

    [Fact]
    public void An_annotation_of_blanks_is_none_and_a_broken_one_is_an_error()
    {
        Dictionary<string, string> annotations = new()
        {
            [MediaTypes.SignatureAnnotation] = " AAAA\n",
            [MediaTypes.CertificateAnnotation] = " ",
            [MediaTypes.ChainAnnotation] = "",
            [MediaTypes.RekorBundleAnnotation] = "\n",
            [MediaTypes.TimestampAnnotation] = "\t",
        };
        SignedArtifact artifact = LegacySignature.Read(Hello, annotations);
        Assert.Equal(Hello, artifact.SignedBytes!.Value.ToArray());
        Assert.Null(artifact.Certificate);
        Assert.Empty(artifact.LogEntries);
        Assert.Empty(artifact.Timestamps);
        foreach (string name in annotations.Keys)
        {
            SigstoreException e = Assert.Throws<SigstoreException>(
                () => LegacySignature.Read(Hello, new Dictionary<string, string>(annotations) { [name] = "{" }));
            Assert.Equal(SigstoreErrorCode.MalformedSignature, e.Code);
        }
    }

    [Fact]
    public void Loose_files_of_every_form_give_the_same_signature()
    {
        JsonObject old = JsonNode.Parse(BundleFiles.Read("c2-keyless-old.json"))!.AsObject();
        byte[] base64OfPem = BundleFiles.Read("c2-keyless-old.crt");
        byte[] pem = Convert.FromBase64String((string)old["cert"]!);
        byte[] der = CosignParts.Signer(pem).Certificate!;
        byte[] stamp = BundleFiles.Read("c2-keyless-old.ts");
        byte[] token = CosignParts.Timestamp(stamp);
        foreach (byte[] certificate in (byte[][])[base64OfPem, pem, der])
        {
            foreach (byte[] timestamp in (byte[][])[stamp, token, Encoding.ASCII.GetBytes(Convert.ToBase64String(token))])
            {
                SignedArtifact artifact = new DetachedMaterial
                {
                    Certificate = certificate,
                    Timestamp = timestamp,
                    RekorBundle = Encoding.UTF8.GetBytes(old["rekorBundle"]!.ToJsonString()),
                    Sct = "{}"u8.ToArray(),
                }.OfSignature(BundleFiles.Read("c2-keyless-old.sig"));
                Assert.Equal(der, artifact.Certificate);
                Assert.Equal(token, Assert.Single(artifact.Timestamps).ToArray());
                Assert.Single(artifact.LogEntries);
                Assert.Equal((string)old["base64Signature"]!, Convert.ToBase64String(artifact.Signature.Span));
                Assert.NotNull(artifact.DetachedSct);
            }
        }
    }

    [Fact]
    public void A_message_signature_has_no_signed_bytes_of_its_own()
    {
        // Were they empty in place of missing, a signature over nothing would be one over everything.
        SignedArtifact artifact = SignedArtifact.FromBundle(BundleFiles.Read("c3-key-new.json"));
        Assert.False(artifact.SignedBytes.HasValue);
        Assert.NotNull(artifact.MessageDigest);
        Assert.Equal(
            SigstoreErrorCode.MalformedBundle,
            Assert.Throws<SigstoreException>(() => SignedArtifact.FromImageBundle(BundleFiles.Read("c3-key-new.json"))).Code);
    }

    [Fact]
    public void One_byte_changed_in_an_old_bundle_never_throws_anything_else()
    {
        byte[] content = BundleFiles.Read("c2-keyless-old.json");
        Random random = new(20261121);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] mutant = [.. content];
            mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            try
            {
                SignatureFile.Read(mutant);
            }
            catch (SigstoreException)
            {
            }
        }
    }

    private static SigstoreErrorCode Refused(byte[] content) =>
        Assert.Throws<SigstoreException>(() => SignatureFile.Read(content)).Code;
}
