using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Support.Rekor;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Publish-RekorEntry on logs that run in this process.</summary>
public sealed class PublishRekorEntryTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("publish").FullName;
    private readonly Session _session;
    private readonly VirtualRekor _log = VirtualRekor.Start(entries: 2);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(1000);

    public PublishRekorEntryTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.WriteAllBytes(At("app.tar"), _content);
        File.WriteAllText(At("cosign.pub"), _key.ExportSubjectPublicKeyInfoPem() + "\n");
        File.WriteAllText(At("app.tar.sig"), Signature);
    }

    private string Signature => Convert.ToBase64String(
        _key.SignData(_content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _log.DisposeAsync();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_file_its_signature_and_the_key_become_an_entry_that_is_verified()
    {
        RekorEntry entry = Good(_log, new() { ["Path"] = "app.tar", ["Signature"] = "app.tar.sig", ["Key"] = "cosign.pub" });
        Assert.True(entry.Verified);
        Assert.False(entry.Existed);
        Assert.Equal((1002L, "hashedrekord", "0.0.1"), (entry.LogIndex, entry.Kind, entry.Version));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_content)), entry.Hash);
        Assert.Equal(_key.ExportSubjectPublicKeyInfoPem() + "\n", entry.PublicKey);

        RekorEntry again = Good(_log, new()
        {
            ["Digest"] = entry.Digest, ["Signature"] = entry.Signature, ["Key"] = entry.PublicKey, ["RekorEntryType"] = "HashedRekord",
        });
        Assert.True(again.Existed);
        Assert.Equal(entry.Uuid, again.Uuid);
        Assert.Equal(3, _log.Size);

        RekorEntry read = Assert.IsType<RekorEntry>(Assert.Single(
            Run(_log, "Get-RekorEntry", new() { ["Uuid"] = entry.Uuid }).Output));
        Assert.Null(read.Existed);
    }

    [Fact]
    public async Task A_tiled_log_is_told_by_itself_and_one_that_only_writes_too()
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled: true, entries: 3);
        RekorEntry entry = Good(log, new() { ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub" });
        Assert.Equal((3L, "0.0.2", false), (entry.LogIndex, entry.Version, entry.Existed));
        Assert.True(entry.Verified);

        await using VirtualRekor writer = VirtualRekor.Start(tiled: true);
        writer.WriteOnly = true;
        Dictionary<string, object?> upload = new() { ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub" };
        Assert.True(Good(writer, upload).Verified);
    }

    [Fact]
    public void What_is_no_signature_is_refused_before_anything_is_sent()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(At("other.pub"), other.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(At("other.tar"), "other");
        Refused("SignatureMismatch", new() { ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "other.pub" });
        Refused("SignatureMismatch", new() { ["Path"] = "other.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub" });
        Refused("SignatureMismatch", new()
        {
            ["Digest"] = new string('0', 64), ["Signature"] = Signature, ["Key"] = "cosign.pub",
        });
        Refused("ContradictoryPolicy", new() { ["Path"] = "app.tar", ["Signature"] = Signature });
        Refused("ContradictoryPolicy", new()
        {
            ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub", ["RekorEntryType"] = "dsse",
        });
        Refused("ContradictoryPolicy", new()
        {
            ["Digest"] = Digest.Sha256(_content).ToString(), ["Signature"] = Signature, ["Key"] = "cosign.pub", ["RekorEntryType"] = "rekord",
        });
        Assert.Empty(_log.Requests);
    }

    [Fact]
    public void Nothing_is_sent_to_a_log_whose_answer_nobody_could_verify()
    {
        RunResult result = _session.Invoke("Publish-RekorEntry", new()
        {
            ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub", ["RekorUri"] = _log.Address.AbsoluteUri,
            ["TrustedRoot"] = """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""",
        });
        Assert.StartsWith("LogUntrusted", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(_log.Requests);
    }

    [Fact]
    public void An_answer_that_no_key_of_the_trust_root_signed_is_an_error_and_says_what_became_of_the_entry()
    {
        _log.Lie = RekorLie.WrongKey;
        ErrorRecord error = Assert.Single(Run(_log, "Publish-RekorEntry", new()
        {
            ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub",
        }).Errors);
        Assert.Equal("LogPromiseInvalid,SigstorePS.Commands.PublishRekorEntryCommand", error.FullyQualifiedErrorId);
        Assert.Contains("took the entry as ", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(_log.Uuid(1002), error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_if_opens_no_connection()
    {
        RunResult result = Run(_log, "Publish-RekorEntry", new()
        {
            ["Path"] = "app.tar", ["Signature"] = Signature, ["Key"] = "cosign.pub", ["WhatIf"] = true,
        });
        Assert.Empty(result.Output);
        Assert.Empty(result.Errors);
        Assert.Empty(_log.Requests);
    }

    [Fact]
    public void A_certificate_names_the_signer_and_a_key_beside_it_must_be_its_own()
    {
        CertificateRequest request = new("CN=signer", _key, HashAlgorithmName.SHA256);
        DateTimeOffset from = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        using X509Certificate2 certificate = request.CreateSelfSigned(from, from.AddYears(9));
        File.WriteAllText(At("cert.pem"), certificate.ExportCertificatePem());
        Dictionary<string, object?> upload = new() { ["LiteralPath"] = "app.tar", ["Signature"] = Signature, ["Certificate"] = "cert.pem" };
        RekorEntry entry = Good(_log, upload);
        Assert.Equal(certificate.ExportCertificatePem() + "\n", entry.Certificate);
        upload["Key"] = "cosign.pub";
        Assert.True(Good(_log, upload).Existed);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        upload["Key"] = other.ExportSubjectPublicKeyInfoPem();
        Refused("ContradictoryPolicy", upload);
    }

    [Theory]
    [InlineData("dsse")]
    [InlineData("intoto")]
    [InlineData(null)]
    public void An_envelope_is_logged_as_it_is_in_its_file(string? kind)
    {
        byte[] payload = """{"_type":"https://in-toto.io/Statement/v1"}"""u8.ToArray();
        byte[] signature = _key.SignData(
            Envelope.Pae("application/vnd.in-toto+json", payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        string text =
            $$"""{ "payloadType":"application/vnd.in-toto+json", "payload":"{{Convert.ToBase64String(payload)}}", "signatures":[{"keyid":"","sig":"{{Convert.ToBase64String(signature)}}"}]}""";
        File.WriteAllText(At("app.att"), text);
        Dictionary<string, object?> upload = new() { ["Attestation"] = "app.att", ["Key"] = "cosign.pub" };
        if (kind is not null)
        {
            upload["RekorEntryType"] = kind;
        }

        RekorEntry entry = Good(_log, upload);
        Assert.Equal(kind ?? "dsse", entry.Kind);
        Assert.Equal(Digest.Sha256(payload).ToString(), entry.Digest);
        Assert.Contains(Digest.Sha256(Encoding.UTF8.GetBytes(text)).Hex, entry.Body, StringComparison.Ordinal);
        upload["RekorEntryType"] = "hashedrekord";
        Refused("ContradictoryPolicy", upload);
    }

    [Fact]
    public void Bundles_come_from_files_and_the_pipeline_and_each_is_logged()
    {
        string[] bundles = [.. Enumerable.Range(0, 5).Select(_ => Bundle())];
        File.WriteAllText(At("one.json"), bundles[0]);
        File.WriteAllLines(At("two.jsonl"), bundles[1..3]);
        Assert.Equal(1002, Good(_log, new() { ["BundlePath"] = "one.json", ["Key"] = "cosign.pub" }).LogIndex);
        RunResult result = Run(
            _log, "Publish-RekorEntry", new() { ["Key"] = "cosign.pub" },
            new FileInfo(At("two.jsonl")), bundles[3], new SigstoreBundleText(bundles[4]).Shape());
        Assert.Empty(result.Errors);
        Assert.Equal(4, result.Output.Cast<RekorEntry>().Select(static e => e.LogIndex).Distinct().Count());
        Assert.Equal(7, _log.Size);
        result = Run(_log, "Publish-RekorEntry", new() { ["Key"] = "cosign.pub" }, 4711, "nowhere.json");
        Assert.Equal(2, result.Errors.Count);
    }

    [Fact]
    public async Task A_proposed_entry_is_posted_as_it_is_to_the_kind_of_log_it_is_for()
    {
        string pem = Convert.ToBase64String(Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem()));
        File.WriteAllText(At("entry.json"),
            $$"""{"kind":"hashedrekord","apiVersion":"0.0.1","spec":{"data":{"hash":{"algorithm":"sha256","value":"{{Digest.Sha256(_content).Hex}}"} },"signature":{"content":"{{Signature}}","publicKey":{"content":"{{pem}}"} } } }""");
        Assert.Equal("hashedrekord", Good(_log, new() { ["EntryPath"] = "entry.json" }).Kind);
        File.WriteAllText(At("pgp.json"), """{"kind":"unheard","apiVersion":"0.0.1","spec":{}}""");
        ErrorRecord error = Refused("RekorRejected", new() { ["EntryPath"] = "pgp.json" });
        Assert.Contains("HTTP 422 (invalid kind value: \"unheard\")", error.Exception.Message, StringComparison.Ordinal);

        string spki = Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());
        string request = $$$"""{"hashedRekordRequestV002":{"digest":"{{{Convert.ToBase64String(SHA256.HashData(_content))}}}","signature":{"content":"{{{Signature}}}","verifier":{"publicKey":{"rawBytes":"{{{spki}}}"},"keyDetails":"PKIX_ECDSA_P256_SHA_256"} } } }""";
        File.WriteAllText(At("v2.json"), request);
        File.WriteAllText(At("wrong.json"), request.Replace("P256", "P384", StringComparison.Ordinal));
        await using VirtualRekor tiled = VirtualRekor.Start(tiled: true);
        Assert.Equal("0.0.2", Good(tiled, new() { ["EntryPath"] = "v2.json" }).Version);
        Refused("Unsupported", new() { ["EntryPath"] = "entry.json" }, tiled);
        Refused("InvalidValue", new() { ["EntryPath"] = "wrong.json" }, tiled);
        foreach (string nothing in (string[])["", "[]", "{", "{}", """{"kind":"x","apiVersion":"1","spec":[]}""", """{"kind":"x","kind":"y"}"""])
        {
            File.WriteAllText(At("nothing.json"), nothing);
            Refused("InvalidValue", new() { ["EntryPath"] = "nothing.json" });
        }
    }

    private string At(string name) => System.IO.Path.Combine(_folder, name);

    private string Bundle()
    {
        byte[] hash = SHA256.HashData(_content);
        return $$$"""{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"{{{PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo()).Hint}}}"}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"{{{Convert.ToBase64String(hash)}}}"},"signature":"{{{Signature}}}"}}""";
    }

    private RunResult Run(VirtualRekor log, string command, Dictionary<string, object?> parameters, params object?[] input)
    {
        RunResult result = _session.Invoke(
            command, new(parameters) { ["RekorUri"] = log.Address.AbsoluteUri, ["TrustedRoot"] = log.RootJson }, input);
        Assert.Null(result.Terminating);
        return result;
    }

    private RekorEntry Good(VirtualRekor log, Dictionary<string, object?> parameters)
    {
        RunResult result = Run(log, "Publish-RekorEntry", parameters);
        Assert.Empty(result.Errors);
        return Assert.IsType<RekorEntry>(Assert.Single(result.Output));
    }

    private ErrorRecord Refused(string code, Dictionary<string, object?> parameters, VirtualRekor? log = null)
    {
        RunResult result = Run(log ?? _log, "Publish-RekorEntry", parameters);
        Assert.Empty(result.Output);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"{code},SigstorePS.Commands.PublishRekorEntryCommand", error.FullyQualifiedErrorId);
        return error;
    }

    /// <summary>A bundle as it comes out of CliXml.</summary>
    private sealed record SigstoreBundleText(string Json)
    {
        public PSObject Shape()
        {
            PSObject twin = new();
            twin.Properties.Add(new PSNoteProperty("Json", Json));
            return twin;
        }
    }
}
