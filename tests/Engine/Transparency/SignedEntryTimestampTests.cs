using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Support;
using SigstorePS.Tests.Verification;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Transparency;

public sealed class SignedEntryTimestampTests
{
    /// <summary>An entry of the public log of 2021, published in cosign's wiki, and the log's key.</summary>
    private static (LogEntry Entry, PublicKey Log, JsonElement All) Entry2021()
    {
        JsonElement all = JsonDocument.Parse(File.ReadAllBytes(RepositoryRoot.Fixture("rekor", "entry-2021.json")))
            .RootElement;
        byte[] key = all.GetProperty("log").GetProperty("publicKey").GetProperty("rawBytes").GetBytesFromBase64();
        return (OldEntry(all.GetProperty("rekorBundle")), PublicKey.FromSpki(key), all);
    }

    private static LogEntry OldEntry(JsonElement bundle)
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

    [Fact]
    public void The_promise_of_2021_verifies_with_the_key_of_today()
    {
        (LogEntry entry, PublicKey log, _) = Entry2021();
        Assert.Equal(Convert.ToHexStringLower(entry.LogId.Span), log.KeyId);
        Assert.True(SignedEntryTimestamp.Verify(entry, log));
    }

    [Fact]
    public void Every_member_is_signed()
    {
        (LogEntry entry, PublicKey log, _) = Entry2021();
        byte[] body = entry.Body.ToArray();
        body[10] ^= 1;
        byte[] id = entry.LogId.ToArray();
        id[0] ^= 1;
        byte[] signature = [.. entry.SignedEntryTimestamp!];
        signature[^1] ^= 1;
        foreach (LogEntry changed in new[]
        {
            entry with { Body = body }, entry with { LogId = id }, entry with { SignedEntryTimestamp = signature },
            entry with { LogIndex = entry.LogIndex + 1 }, entry with { IntegratedTime = entry.IntegratedTime - 1 },
            entry with { SignedEntryTimestamp = null }, entry with { SignedEntryTimestamp = [] },
            entry with { Body = default }, entry with { LogIndex = -1 },
            entry with { IntegratedTime = long.MaxValue },
        })
        {
            Assert.False(SignedEntryTimestamp.Verify(changed, log));
        }
    }

    [Fact]
    public void Only_an_ecdsa_key_can_promise()
    {
        (LogEntry entry, _, _) = Entry2021();
        using RSA rsa = RSA.Create(2048);
        byte[] signature = rsa.SignData(
            SignedEntryTimestamp.SignedBytes(entry), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.False(SignedEntryTimestamp.Verify(
            entry with { SignedEntryTimestamp = signature }, PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo())));
    }

    [Fact]
    public void What_is_signed_is_the_canonical_form_of_four_members()
    {
        (LogEntry entry, _, JsonElement all) = Entry2021();
        JsonElement payload = all.GetProperty("rekorBundle").GetProperty("Payload");
        Assert.Equal(
            Encoding.UTF8.GetString(CanonicalJson.Bytes(payload)),
            Encoding.UTF8.GetString(SignedEntryTimestamp.SignedBytes(entry)));
    }

    [Fact]
    public void The_rekord_of_2021_belongs_to_its_signature_and_to_no_other()
    {
        (LogEntry entry, PublicKey log, JsonElement all) = Entry2021();
        RekordBody body = Assert.IsType<RekordBody>(LogEntryBody.Parse(entry.Body));
        byte[] payload = Encoding.UTF8.GetBytes(all.GetProperty("payload").GetString()!);
        PublicKey key = PublicKey.FromSpki(body.Signature.Verifier.Data.Span);
        SignedArtifact artifact = LegacySignature.OverPayload(
            payload, all.GetProperty("base64Signature").GetBytesFromBase64()) with { LogEntries = [entry] };
        Assert.NotNull(key.Match(payload, artifact.Signature.Span));
        TrustedRoot root = TrustedRoot.Empty with
        {
            Logs =
            [
                new TransparencyLogInstance
                {
                    BaseUrl = "https://rekor.sigstore.dev",
                    Key = log,
                    LogId = entry.LogId,
                    Validity = ValidityPeriod.Always,
                },
            ],
        };
        GoldenLog signed = new(artifact, SignedContent.Of(payload), key);
        VerifiedLogEntry verified = Assert.Single(signed.Check(root).Entries);
        Assert.Equal("rekord 0.0.1", verified.Kind);
        Assert.Equal(783606, verified.LogIndex);
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch,
            (signed with { Content = SignedContent.Of("other"u8.ToArray()) }).Verdict(root));
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch,
            (signed with { Artifact = artifact with { Signature = new byte[70] } }).Verdict(root));
        Assert.Equal(SigstoreErrorCode.LogEntryMismatch, (signed with { Key = log }).Verdict(root));
        Assert.Equal(
            SigstoreErrorCode.MalformedLogEntry,
            (signed with { Artifact = artifact with { Format = SignatureFormat.Bundle } }).Verdict(root));
    }
}
