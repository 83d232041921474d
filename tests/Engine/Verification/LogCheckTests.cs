using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Support;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Verification;

public sealed class LogCheckTests
{
    private const string V1 = "bundles/c3-keyless-v1-tsa.json";
    private const string V2 = "bundles/c3-keyless-v2.json";

    [Theory]
    [InlineData(V1, "hashedrekord 0.0.1", true)]
    [InlineData("bundles/c3-keyless-v1.json", "hashedrekord 0.0.1", true)]
    [InlineData(V2, "hashedrekord 0.0.2", false)]
    [InlineData("bundles/c3-key-new-v1.json", "hashedrekord 0.0.1", true)]
    [InlineData("bundles/c3-key-new-v2.json", "hashedrekord 0.0.2", false)]
    [InlineData("bundles/c3-key-p384-new-v2.json", "hashedrekord 0.0.2", false, "c3-p384")]
    [InlineData("bundles/c3-key-rsa2048-new-v1.json", "hashedrekord 0.0.1", true, "c3-rsa2048")]
    [InlineData("bundles/c3-attest-keyless-v1-tsa.json", "dsse 0.0.1", true)]
    [InlineData("bundles/c3-attest-keyless-v2.json", "hashedrekord 0.0.2", false)]
    [InlineData("bundles/c3-cert-new-v1-tsa.json", "hashedrekord 0.0.1", true)]
    [InlineData("bundles/c2-keyless-new.json", "hashedrekord 0.0.1", true)]
    [InlineData("bundles/js-keyless-v02.json", "hashedrekord 0.0.1", true)]
    [InlineData("bundles/js-attest-keyless-v03.json", "", true)]
    public void Entries_of_the_real_clients_verify(string file, string kind, bool promised, string key = "c3-ecdsa")
    {
        LogVerdict verdict = GoldenLog.Read(file, key).Check();
        VerifiedLogEntry entry = Assert.Single(verdict.Entries);
        Assert.Empty(verdict.Skipped);
        Assert.Equal(promised, entry.TimeIsPromised);
        Assert.Equal(promised, entry.IntegratedTime is not null);
        Assert.StartsWith(kind, entry.Kind, StringComparison.Ordinal);
        Assert.Contains("inclusion proof and checkpoint", entry.Evidence, StringComparison.Ordinal);
        Assert.Equal(promised, entry.Evidence.Contains("promise", StringComparison.Ordinal));
        Assert.Equal(promised ? "https://rekor1.peers.test" : "https://rekor2.peers.test", entry.BaseUrl);
        verdict.Require(1);
        Assert.Equal(
            SigstoreErrorCode.LogEntryMissing, Assert.Throws<SigstoreException>(() => verdict.Require(2)).Code);
    }

    /// <summary>A file may hold what an envelope's signature is over; its entry must not do for the envelope.</summary>
    [Fact]
    public void The_entry_of_a_file_is_none_of_an_envelope()
    {
        GoldenLog file = GoldenLog.Read(V1);
        GoldenLog envelope = file with
        {
            Artifact = file.Artifact with
            {
                Envelope = new Dsse.Envelope("application/vnd.in-toto+json", "{}"u8.ToArray(), file.Artifact.Signature),
            },
        };
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch, Assert.Throws<SigstoreException>(() => envelope.Check()).Code);
    }

    [Theory]
    [InlineData("bundles/c2-key-old-rekor1.json", "c2-ecdsa")]
    [InlineData("bundles/c2-keyless-old.json")]
    [InlineData("bundles/c3-keyless-old.json")]
    public void Old_bundles_verify_by_promise(string file, string key = "c3-ecdsa")
    {
        VerifiedLogEntry entry = Assert.Single(GoldenLog.Read(file, key).Check().Entries);
        Assert.True(entry.TimeIsPromised);
        Assert.Equal("inclusion promise", entry.Evidence);
    }

    [Theory]
    [InlineData("c3-keyless-v1-tsa.proof-truncated.json", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("c3-keyless-v1-tsa.proof-empty.json", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("c3-keyless-v1-tsa.treesize.json", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("c3-keyless-v1-tsa.checkpoint-swapped.json", SigstoreErrorCode.CheckpointInvalid)]
    [InlineData("c3-keyless-v1-tsa.entry-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v1-tsa.body-swapped.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("c3-keyless-v1-tsa.cert-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v1-tsa.integrated-time.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("c3-keyless-v1-tsa.logindex.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("c3-keyless-v1-tsa.kind.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v1-tsa.digest-flipped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v1-tsa.no-ts-no-tlog.json", SigstoreErrorCode.LogEntryMissing)]
    [InlineData("c3-keyless-v1-tsa.no-ts.json", null)]
    [InlineData("c3-keyless-v2.proof-truncated.json", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("c3-keyless-v2.checkpoint-swapped.json", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("c3-keyless-v2.entry-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v2.body-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v2.no-tlog.json", SigstoreErrorCode.LogEntryMissing)]
    [InlineData("c3-keyless-v2.cert-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v2.cert-sig-flipped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v2.digest-flipped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-keyless-v2.root-hash-flipped.json", null)]
    [InlineData("c3-keyless-v2.treesize.json", null)]
    [InlineData("c3-attest-keyless-v2.payload-digest.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-attest-keyless-v2.payload-predicate.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-attest-keyless-v2.payload-type.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c3-attest-keyless-v2.sig-flipped.json", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("c2-keyless-old.set-flipped.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("c2-keyless-old.time.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("c2-keyless-old.cert-swapped.json", SigstoreErrorCode.LogEntryMismatch)]
    public void Every_change_is_refused_for_its_own_reason(string file, SigstoreErrorCode? code) =>
        Assert.Equal(code, GoldenLog.Read("tampered/" + file).Verdict());

    [Theory]
    [InlineData(V1, "trusted_root.wrong-log-key.json", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData(V2, "trusted_root.wrong-log-key.json", SigstoreErrorCode.CheckpointInvalid)]
    [InlineData(V1, "trusted_root.no-logs.json", SigstoreErrorCode.LogUntrusted)]
    [InlineData(V2, "trusted_root.no-logs.json", SigstoreErrorCode.LogUntrusted)]
    [InlineData("bundles/c2-keyless-old.json", "trusted_root.no-logs.json", SigstoreErrorCode.LogUntrusted)]
    [InlineData("bundles/c2-keyless-old.json", "trusted_root.wrong-log-key.json", SigstoreErrorCode.LogPromiseInvalid)]
    public void A_log_nobody_trusts_does_not_count(string file, string root, SigstoreErrorCode code) =>
        Assert.Equal(code, GoldenLog.Read(file).Verdict(GoldenLog.Root(root)));

    // GHSA-whqx-f9j3-ch6m: an old bundle with a valid entry, made by somebody else for something else.
    [Theory]
    [InlineData("bundles/c3-keyless-old.json")]
    [InlineData("bundles/c2-key-old-rekor1.json")]
    [InlineData(V1)]
    [InlineData(V2)]
    [InlineData("bundles/c3-attest-keyless-v1-tsa.json")]
    public void A_valid_entry_of_another_signature_is_refused(string donor)
    {
        LogEntry entry = GoldenLog.Read(donor).Entry;
        foreach (string file in new[]
        {
            "bundles/c2-keyless-old.json", "bundles/c3-keyless-v1.json", "bundles/c2-keyless-new.json",
            "bundles/c3-attest-keyless-v2.json", "bundles/c3-key-new-v2.json",
        })
        {
            Assert.Equal(SigstoreErrorCode.LogEntryMismatch, GoldenLog.Read(file).With(entry).Verdict());
            GoldenLog both = GoldenLog.Read(file);
            Assert.Equal(SigstoreErrorCode.LogEntryMismatch, both.With(both.Entry, entry).Verdict());
        }
    }

    [Theory]
    [InlineData("bundles/c2-keyless-old.json")]
    [InlineData("bundles/c2-key-old-rekor1.json", "c2-ecdsa")]
    [InlineData(V1)]
    [InlineData(V2)]
    public void An_entry_about_another_artifact_is_refused(string file, string key = "c3-ecdsa")
    {
        GoldenLog other = GoldenLog.Read(file, key, "other.txt");
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, other.Verdict());
        other = other with { Artifact = other.Artifact with { MessageDigest = null } };
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, other.Verdict());
    }

    [Theory]
    [InlineData("bundles/c2-key-old-rekor1.json", "c2-ecdsa")]
    [InlineData("bundles/c3-key-new-v1.json")]
    [InlineData("bundles/c3-key-new-v2.json")]
    public void An_entry_of_another_signer_is_refused(string file, string key = "c3-ecdsa")
    {
        GoldenLog good = GoldenLog.Read(file, key);
        Assert.Null(good.Verdict());
        PublicKey stranger = GoldenLog.Read("bundles/c3-key-new-v1.json", "c3-p256").Key;
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, (good with { Key = stranger }).Verdict());
        byte[] certificate = GoldenLog.Read(V1).Artifact.Certificate!;
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch,
            (good with { Artifact = good.Artifact with { Certificate = certificate } }).Verdict());
        GoldenLog keyless = GoldenLog.Read(V1);
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch,
            (keyless with { Artifact = keyless.Artifact with { Certificate = null } }).Verdict());
    }

    // cosign verify --key on an old signature that carries the certificate of that key, which is what was logged.
    [Fact]
    public void A_key_is_found_in_the_certificate_that_an_old_signature_carries()
    {
        GoldenLog old = GoldenLog.Read("bundles/c2-keyless-old.json");
        Assert.Single(
            LogCheck.Verify(old.Artifact, old.Content, old.Key, null, GoldenLog.Root()).Entries);
        PublicKey stranger = GoldenLog.Read("bundles/c3-key-new-v1.json").Key;
        Assert.Throws<SigstoreException>(
            () => LogCheck.Verify(old.Artifact, old.Content, stranger, null, GoldenLog.Root()));
        Assert.Throws<SigstoreException>(() => LogCheck.Verify(
            old.Artifact with { Certificate = GoldenLog.Read(V1).Artifact.Certificate }, old.Content, old.Key, null,
            GoldenLog.Root()));
        Assert.Throws<SigstoreException>(() => LogCheck.Verify(
            old.Artifact with { Format = SignatureFormat.Bundle }, old.Content, old.Key, null, GoldenLog.Root()));
    }

    [Theory]
    [InlineData(V2)]
    [InlineData("bundles/c3-attest-keyless-v2.json")]
    [InlineData("bundles/c3-key-p384-new-v2.json", "c3-p384")]
    public void A_v2_body_left_out_is_rebuilt(string file, string key = "c3-ecdsa")
    {
        GoldenLog bundle = GoldenLog.Read(file, key);
        Assert.Single(bundle.With(bundle.Entry with { Body = default }).Check().Entries);
        Assert.Equal(
            SigstoreErrorCode.LogProofInvalid,
            (bundle.With(bundle.Entry with { Body = default }) with { Content = SignedContent.Of("x"u8.ToArray()) })
                .Verdict());
        Assert.Equal(
            SigstoreErrorCode.LogProofInvalid,
            bundle.With(bundle.Entry with { Body = default, LogIndex = bundle.Entry.LogIndex - 1 }).Verdict());
    }

    [Fact]
    public void A_v1_body_left_out_is_refused()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry, bundle.With(bundle.Entry with { Body = default }).Verdict());
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry,
            bundle.With(bundle.Entry with { Body = default, SignedEntryTimestamp = null, Kind = "", Version = "" })
                .Verdict());
    }

    [Fact]
    public void A_v2_body_in_another_spelling_is_refused()
    {
        GoldenLog bundle = GoldenLog.Read(V2);
        byte[] spaced = [(byte)'{', (byte)' ', .. bundle.Entry.Body.Span[1..]];
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch, bundle.With(bundle.Entry with { Body = spaced }).Verdict());
    }

    [Fact]
    public void A_proof_without_promise_gives_no_time()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        VerifiedLogEntry entry = Assert.Single(
            bundle.With(bundle.Entry with { SignedEntryTimestamp = null, IntegratedTime = 5 }).Check().Entries);
        Assert.False(entry.TimeIsPromised);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(5), entry.IntegratedTime);
        Assert.Equal("inclusion proof and checkpoint", entry.Evidence);
    }

    /// <summary>The promise alone signs the index over all shards: without it any number could be put there.</summary>
    [Fact]
    public void A_proof_without_promise_proves_the_index_in_its_own_tree()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        VerifiedLogEntry entry = Assert.Single(
            bundle.With(bundle.Entry with { SignedEntryTimestamp = null, LogIndex = 1234567 }).Check().Entries);
        Assert.Equal(bundle.Entry.Proof!.LogIndex, entry.LogIndex);
    }

    [Fact]
    public void Hashes_without_checkpoint_count_for_nothing()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        LogEntry bare = bundle.Entry with { Proof = bundle.Entry.Proof! with { Checkpoint = null } };
        Assert.Equal("inclusion promise", Assert.Single(bundle.With(bare).Check().Entries).Evidence);
        Assert.Equal(
            SigstoreErrorCode.CheckpointInvalid,
            bundle.With(bare with { SignedEntryTimestamp = null }).Verdict());
    }

    [Fact]
    public void Neither_proof_nor_promise_is_an_error()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry,
            bundle.With(bundle.Entry with { SignedEntryTimestamp = null, Proof = null }).Verdict());
        GoldenLog second = GoldenLog.Read(V2);
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry,
            second.With(second.Entry with { Proof = null, SignedEntryTimestamp = [1] }).Verdict());
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry, bundle.With(bundle.Entry with { IntegratedTime = -1 }).Verdict());
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry,
            bundle.With(bundle.Entry with { IntegratedTime = long.MaxValue }).Verdict());
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry, bundle.With(bundle.Entry with { LogIndex = -1 }).Verdict());
    }

    [Fact]
    public void An_entry_twice_or_too_many_are_refused()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        LogEntry unknown = bundle.Entry with { LogId = new byte[32] };
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, bundle.With(bundle.Entry, bundle.Entry).Verdict());
        Assert.Null(bundle.With(bundle.Entry, unknown).Verdict());
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, bundle.With(unknown, bundle.Entry, unknown).Verdict());
        LogEntry[] many = [.. Enumerable.Range(0, 33).Select(i => unknown with { LogIndex = i })];
        Assert.Equal(SigstoreErrorCode.LimitExceeded, bundle.With(many).Verdict());
        Assert.Equal(SigstoreErrorCode.LogUntrusted, bundle.With(many[1..]).Verdict());
    }

    [Fact]
    public void The_log_must_have_been_trusted_at_the_promised_time()
    {
        GoldenLog bundle = GoldenLog.Read(V1);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(bundle.Entry.IntegratedTime);
        TimeSpan second = TimeSpan.FromSeconds(1);
        Assert.Null(bundle.Verdict(Valid(time, time)));
        Assert.Equal(SigstoreErrorCode.LogUntrusted, bundle.Verdict(Valid(time + second, null)));
        Assert.Equal(SigstoreErrorCode.LogUntrusted, bundle.Verdict(Valid(time - second, time - second)));

        static TrustedRoot Valid(DateTimeOffset? start, DateTimeOffset? end)
        {
            TrustedRoot root = GoldenLog.Root();
            return root with
            {
                Logs = [.. root.Logs.Select(l => l with { Validity = new ValidityPeriod(start, end) })],
            };
        }
    }

    [Theory]
    [InlineData(V1)]
    [InlineData(V2)]
    public void Of_several_keys_under_one_id_the_right_one_is_found(string file)
    {
        TrustedRoot good = GoldenLog.Root();
        TrustedRoot wrong = GoldenLog.Root("trusted_root.wrong-log-key.json");
        foreach (TrustedRoot both in new[]
        {
            good with { Logs = [.. good.Logs, .. wrong.Logs] }, good with { Logs = [.. wrong.Logs, .. good.Logs] },
        })
        {
            LogVerdict verdict = GoldenLog.Read(file).Check(both);
            Assert.Single(verdict.Entries);
            Assert.Empty(verdict.Skipped);
        }
    }

    [Fact]
    public void A_v2_log_of_another_name_is_refused()
    {
        TrustedRoot root = GoldenLog.Root();
        foreach (string url in new[] { "https://elsewhere.test", "rekor2.peers.test", "" })
        {
            Assert.Equal(
                SigstoreErrorCode.CheckpointInvalid,
                GoldenLog.Read(V2).Verdict(root with { Logs = [.. root.Logs.Select(l => l with { BaseUrl = url })] }));
        }
    }

    [Theory]
    [InlineData("c2-keyless-old", "22")]
    [InlineData("c2-key-old-rekor1", "20")]
    public void Old_attestations_of_images_verify_by_promise(string layout, string index)
    {
        string blobs = GoldenLog.Golden("images", "oci-layout", layout, "blobs", "sha256");
        foreach (string file in Directory.GetFiles(blobs))
        {
            if (!File.ReadAllText(file).Contains("\"application/vnd.dsse.envelope.v1+json\"", StringComparison.Ordinal))
            {
                continue;
            }

            JsonNode layer = JsonNode.Parse(File.ReadAllText(file))!["layers"]![0]!;
            byte[] content = File.ReadAllBytes(Path.Combine(blobs, layer["digest"]!.GetValue<string>()[7..]));
            SignedArtifact artifact = LegacySignature.ReadAttestation(
                content,
                layer["annotations"]!.AsObject().ToDictionary(static p => p.Key, static p => (string)p.Value!));
            PublicKey key = artifact.Certificate is { } certificate
                ? SigningCertificate.Parse(certificate).Key
                : GoldenLog.Read("bundles/c3-key-new-v1.json", "c2-ecdsa").Key;
            GoldenLog good = new(artifact, SignedContent.Of(artifact.SignedBytes!.Value), key);
            Assert.Equal(index, $"{Assert.Single(good.Check().Entries).LogIndex}");
            byte[] spaced = [.. artifact.EnvelopeContent!, (byte)' '];
            Assert.Equal(
                SigstoreErrorCode.LogEntryMismatch,
                (good with { Artifact = artifact with { EnvelopeContent = spaced } }).Verdict());
            return;
        }

        Assert.Fail("no attestation in the layout");
    }

    [Fact]
    public void An_envelope_logged_as_a_whole_must_be_that_envelope()
    {
        GoldenLog bundle = GoldenLog.Read("bundles/c3-attest-keyless-v1-tsa.json");
        GoldenLog other = bundle with { Artifact = bundle.Artifact with { EnvelopeContent = "{}"u8.ToArray() } };
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, other.Verdict());
        GoldenLog bytes = bundle with { Artifact = bundle.Artifact with { Envelope = null } };
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, bytes.Verdict());
    }

    [Fact]
    public void Every_bit_of_an_entry_counts()
    {
        TrustedRoot root = GoldenLog.Root();
        foreach (string file in new[] { V1, V2 })
        {
            GoldenLog bundle = GoldenLog.Read(file);
            byte[] body = bundle.Entry.Body.ToArray();
            for (int i = 0; i < body.Length; i += 7)
            {
                body[i] ^= 1;
                Assert.NotNull(bundle.With(bundle.Entry with { Body = body.ToArray() }).Verdict(root));
                body[i] ^= 1;
            }

            string note = bundle.Entry.Proof!.Checkpoint!;
            int name = note.IndexOf('\u2014', StringComparison.Ordinal) + 2;
            for (int i = 0; i < note.Length; i++)
            {
                // The name on a signature line is nobody's word, and Rekor v1 does not go by it.
                if (file == V1 && i >= name && note.IndexOf(' ', name) is var end && i < end)
                {
                    continue;
                }

                char[] changed = note.ToCharArray();
                changed[i] ^= (char)1;
                Assert.NotNull(bundle.With(bundle.Entry with
                {
                    Proof = bundle.Entry.Proof with { Checkpoint = new string(changed) },
                }).Verdict(root));
            }
        }
    }

    public static TheoryData<string> Conformance() =>
    [
        "bundle-with-sct-with-extensions", "checkpoint-bad-keyhint_fail",
        "happy-path-intoto-in-dsse-v3", "happy-path-v0.1", "happy-path-v0.3", "happy-path-v0.3-new-mediaType",
        "inclusion-proof-corrupted-hash_fail", "intoto-with-custom-trust-root", "invalid-checkpoint-signature_fail",
        "managed-key-and-trusted-root", "managed-key-happy-path",
        "rekor2-checkpoint-cosigned", "rekor2-dsse-happy-path", "rekor2-happy-path",
        "rekor2-timestamp-with-embedded-cert", "set-invalid-signature_fail", "signature-mismatch_fail",
        "wrong-material_fail",
    ];

    [Theory]
    [MemberData(nameof(Conformance))]
    public void Conformance_cases(string name)
    {
        string folder = Path.Combine(RepositoryRoot.Path, "..", "shared", "conformance");
        Assert.SkipUnless(Directory.Exists(folder), "../shared/conformance is not there");
        string Find(string file, string otherwise) =>
            File.Exists(Path.Combine(folder, name, file)) ? Path.Combine(folder, name, file) : otherwise;
        TrustedRoot root = TrustedRootReader.Read(File.ReadAllBytes(
            Find("trusted_root.json", Path.Combine(folder, "trusted_root.production.json"))));
        string key = Find("key.pub", string.Empty);
        SigstoreErrorCode? verdict = GoldenLog.Parse(
            File.ReadAllBytes(Path.Combine(folder, name, "bundle.sigstore.json")),
            key.Length == 0 ? null : File.ReadAllBytes(key),
            File.ReadAllBytes(Find("artifact", Path.Combine(folder, "a.txt")))).Verdict(root);
        SigstoreErrorCode? expected = name switch
        {
            "checkpoint-bad-keyhint_fail" or "invalid-checkpoint-signature_fail" =>
                SigstoreErrorCode.CheckpointInvalid,
            "inclusion-proof-corrupted-hash_fail" => SigstoreErrorCode.LogProofInvalid,
            "set-invalid-signature_fail" => SigstoreErrorCode.LogPromiseInvalid,
            _ when name.EndsWith("_fail", StringComparison.Ordinal) => SigstoreErrorCode.LogEntryMismatch,
            _ => null,
        };
        Assert.Equal(expected, verdict);
    }
}
