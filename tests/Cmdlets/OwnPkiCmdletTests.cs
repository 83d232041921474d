using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Certificates of one's own in every cmdlet that signs, and signatures that are made elsewhere.</summary>
public sealed class OwnPkiCmdletTests : IClassFixture<SignedImages>
{
    private const string Stranger = "stranger.pem";

    private readonly SignedImages _images;
    private readonly OwnPki _pki = new(TimeProvider.System.GetUtcNow());
    private readonly TestCertificate _leaf;

    public OwnPkiCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
        _leaf = _pki.Leaf();
        OwnPki stranger = new(_pki.Now);
        Write("leaf.key", _leaf.Key.ExportPkcs8PrivateKeyPem());
        Write("leaf.crt", OwnPki.Pem(_leaf));
        File.WriteAllBytes(_images.File("leaf.der"), _leaf.Der);
        Write("chain.pem", OwnPki.Pem(_pki.Step, _pki.Root));
        Write("full.pem", OwnPki.Pem(_leaf, _pki.Step, _pki.Root));
        Write("reversed.pem", OwnPki.Pem(_pki.Root, _pki.Step));
        Write(Stranger, OwnPki.Pem(stranger.Step, stranger.Root));
        Write("step.key", _pki.Step.Key.ExportPkcs8PrivateKeyPem());
        Write("predicate.json", """{"a": 1}""");
    }

    public static TheoryData<string> Forms() =>
        ["files", "der", "text", "full", "objects", "collection", "fileinfo", "twin", "none"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_of_a_certificate_is_taken(string form)
    {
        string image = Push();
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(_leaf.Der);
        X509Certificate2Collection all = [leaf, _pki.Step.Handle, _pki.Root.Handle];
        PSObject twin = new();
        twin.Properties.Add(new PSNoteProperty("RawData", _leaf.Der));
        (object certificate, object[] chain) = form switch
        {
            "files" => ("leaf.crt", ["chain.pem"]),
            "der" => ("leaf.der", ["chain.pem"]),
            "text" => (OwnPki.Pem(_leaf), [OwnPki.Pem(_pki.Step), OwnPki.Pem(_pki.Root)]),
            "full" => ("full.pem", []),
            "objects" => (leaf, [_pki.Step.Handle, _pki.Root.Handle]),
            "collection" => (all, []),
            "fileinfo" => (new FileInfo(_images.File("leaf.crt")), [new FileInfo(_images.File("chain.pem"))]),
            "twin" => (twin, ["chain.pem"]),
            _ => ((object)"leaf.crt", Array.Empty<object>()),
        };
        Dictionary<string, object?> said = Signing(("Format", new[] { "Bundle", "Legacy" }), ("Verbose", true));
        said["Certificate"] = certificate;
        if (chain.Length > 0)
        {
            said["CertificateChain"] = chain;
        }
        else
        {
            said.Remove("CertificateChain");
        }

        RunResult result = _images.Run("Set-ImageSignature", said, image);
        Assert.Empty(result.Errors);
        Assert.All(result.Output.Cast<ImageSignature>(), s => Assert.Equal(
            (OwnPki.Mail, null, form == "none" ? "SignatureOnly" : "Passed"), (s.Signer, s.Issuer, s.SelfVerification)));
        Assert.Contains(result.Warnings, static w => w.Contains("and no longer", StringComparison.Ordinal));
        Assert.Equal(
            form == "none", result.Verbose.Any(static v => v.Contains("no chain was given", StringComparison.Ordinal)));

        ImageVerification verified = One<ImageVerification>(_images.Run("Test-ImageSignature", Trusting(), image));
        Assert.Equal((true, OwnPki.Mail), (verified.Verified, verified.Signer));
        Assert.Equal(
            ["Sct: Skipped", "Issuer: Skipped"],
            verified.Checks.Where(static c => c.Name is "Sct" or "Issuer").Select(static c => $"{c.Name}: {c.Outcome}"));
    }

    [Fact]
    public void Files_attestations_and_digests_are_signed_with_it()
    {
        string file = NewFile();
        string image = Push();
        foreach (string format in (string[])["Bundle", "Legacy"])
        {
            BlobSignature made = One<BlobSignature>(_images.Run(
                "Set-BlobSignature", Signing(("Format", new[] { format }), ("Force", true)), file));
            Assert.Equal(OwnPki.Mail, made.Signer);
            Assert.Contains("BEGIN CERTIFICATE", made.Certificate, StringComparison.Ordinal);
            Assert.Equal(OwnPki.Mail, One<BlobVerification>(_images.Run(
                "Test-BlobSignature", Trusting(("Bundle", made.BundlePath)), file)).Signer);
        }

        // The parts by themselves, the certificate as an object.
        Assert.Equal(OwnPki.Mail, One<BlobVerification>(_images.Run(
            "Test-BlobSignature",
            Trusting(("Signature", file + ".sig"), ("Certificate", _leaf.Handle)), file)).Signer);

        ImageAttestation attestation = One<ImageAttestation>(_images.Run(
            "Set-ImageAttestation", Signing(("Predicate", "predicate.json"), ("PredicateType", "custom")), image));
        Assert.Equal(OwnPki.Mail, attestation.Signer);
        Assert.Empty(_images.Run("Test-ImageAttestation", Trusting(("PredicateType", "custom")), image).Errors);

        Assert.Equal(OwnPki.Mail, One<BlobAttestation>(_images.Run(
            "Set-BlobAttestation", Signing(("Predicate", "predicate.json"), ("PredicateType", "custom")), file)).Signer);
        Assert.Empty(_images.Run("Test-BlobAttestation", Trusting(("PredicateType", "custom")), file).Errors);
    }

    [Fact]
    public void A_commit_is_signed_with_it_and_a_bare_signature_has_no_room()
    {
        using GitFolder git = GitFolder.Create();
        string commit = git.Commit("one");
        using Session session = new Session(git.FolderPath).Import(typeof(SigstoreCmdlet).Assembly);
        Dictionary<string, object?> said = Signing(("Key", _images.File("leaf.key")),
            ("Certificate", _images.File("leaf.crt")), ("CertificateChain", new object[] { _images.File("chain.pem") }));
        Assert.Equal(OwnPki.Mail, One<GitSignature>(session.Invoke("Set-GitSignature", said)).Signer);
        Assert.Equal(commit, One<GitVerification>(session.Invoke("Test-GitSignature", Trusting(
            ("CertificateAuthority", new object[] { _images.File("chain.pem") })))).Commit);
        said["Format"] = "Legacy";
        Assert.StartsWith(
            "ContradictoryPolicy,", SignedImages.Terminating(session.Invoke("Set-GitSignature", said)).FullyQualifiedErrorId,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_object_with_its_key_signs_and_its_own_certificate_is_taken_on_demand()
    {
        string image = Push();
        using X509Certificate2 personal = _leaf.Handle.CopyWithPrivateKey(_leaf.Key);
        Dictionary<string, object?> said = new()
        {
            ["Key"] = personal, ["UseKeyCertificate"] = true, ["CertificateChain"] = "chain.pem",
            ["SkipTransparencyLog"] = true,
        };
        Assert.Equal(OwnPki.Mail, One<ImageSignature>(_images.Run("Set-ImageSignature", said, image)).Signer);
        Assert.Empty(_images.Run("Test-ImageSignature", Trusting(), image).Errors);

        // Without the switch it is a key, and its certificate the public half of it.
        string other = Push();
        One<ImageSignature>(_images.Run(
            "Set-ImageSignature", new() { ["Key"] = personal, ["SkipTransparencyLog"] = true }, other));
        Assert.DoesNotContain(true, _images.Run("Test-ImageSignature", new()
        {
            ["Key"] = _pki.Step.Handle, ["SkipTransparencyLog"] = true, ["Quiet"] = true,
        }, other).Output);
        Assert.Empty(_images.Run("Test-ImageSignature", new()
        {
            ["Key"] = X509CertificateLoader.LoadCertificate(_leaf.Der), ["SkipTransparencyLog"] = true,
        }, other).Errors);

        Assert.StartsWith("CertificateKeyMismatch,", Ended("Set-ImageSignature", new()
        {
            ["Key"] = "leaf.key", ["UseKeyCertificate"] = true, ["SkipTransparencyLog"] = true,
        }, image), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ContradictoryPolicy", "UseKeyCertificate")]
    [InlineData("ContradictoryPolicy", "IssueCertificate")]
    [InlineData("ContradictoryPolicy", "Key", "leaf.key", "step.key")]
    [InlineData("ContradictoryPolicy", "Certificate", "full.pem")]
    [InlineData("CertificateKeyMismatch", "Key", "step.key")]
    [InlineData("CertificateUntrusted", "CertificateChain", "reversed.pem")]
    [InlineData("CertificateUntrusted", "CertificateChain", Stranger)]
    [InlineData("CertificateUntrusted", "CertificateChain", "chain.pem", Stranger)]
    [InlineData("PathNotFound", "Certificate", "none.pem")]
    [InlineData("MalformedCertificate", "Certificate", "leaf.key")]
    [InlineData("MalformedCertificate", "Certificate", "predicate.json")]
    public void What_does_not_fit_ends_the_command_before_anything_is_signed(
        string code, string parameter, params string[] values)
    {
        string image = Push();
        Dictionary<string, object?> said = Signing(
            (parameter, values.Length == 0 ? true : parameter == "Certificate" ? values[0] : values));
        _images.Registry.ClearRequests();
        Assert.StartsWith($"{code},", Ended("Set-ImageSignature", said, image), StringComparison.Ordinal);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void A_certificate_wants_its_key_and_a_chain_its_certificate()
    {
        foreach (Dictionary<string, object?> said in (Dictionary<string, object?>[])
        [
            new() { ["Certificate"] = "leaf.crt", ["SkipTransparencyLog"] = true },
            new() { ["UseKeyCertificate"] = true, ["SkipTransparencyLog"] = true },
            new() { ["Key"] = "leaf.key", ["CertificateChain"] = "chain.pem", ["SkipTransparencyLog"] = true },
        ])
        {
            Assert.StartsWith(
                "ContradictoryPolicy,", Ended("Set-BlobSignature", said, NewFile()), StringComparison.Ordinal);
        }

        Assert.StartsWith("InvalidValue,", Ended(
            "Set-BlobSignature", Signing(("Certificate", 17)), NewFile()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_log_it_is_public_and_that_is_said()
    {
        await using VirtualSigstore sigstore = VirtualSigstore.Start();
        (string root, string config) = sigstore.Write(Path.GetDirectoryName(_images.File("x"))!, [1]);
        string image = Push();
        using Session session = new Session(Path.GetDirectoryName(_images.File("x"))!).Import(typeof(SigstoreCmdlet).Assembly);
        Dictionary<string, object?> said = Signing(("SigningConfig", config), ("TrustedRoot", root));
        said.Remove("SkipTransparencyLog");
        RunResult result = session.Invoke("Set-ImageSignature", said, image);
        ImageSignature made = One<ImageSignature>(result);
        Assert.Equal(("Logged", "Passed"), (made.TransparencyLog, made.SelfVerification));
        Assert.Contains(result.Warnings, static w => w.Contains("public for ever", StringComparison.Ordinal));

        Dictionary<string, object?> trust = Trusting(("TrustedRoot", root));
        trust.Remove("SkipTransparencyLog");
        Assert.Empty(session.Invoke("Test-ImageSignature", trust, image).Errors);
    }

    [Fact]
    public void Only_an_authority_of_ones_own_makes_an_issuer_needless()
    {
        string image = Push();
        One<ImageSignature>(_images.Run("Set-ImageSignature", Signing(), image));
        Dictionary<string, object?> trust = Trusting();
        trust.Remove("CertificateAuthority");
        Assert.StartsWith("ContradictoryPolicy,", Ended("Test-ImageSignature", trust, image), StringComparison.Ordinal);

        Refused("CertificateUntrusted", Trusting(("CertificateAuthority", Stranger)), image);
        Refused("IdentityMismatch", Trusting(("CertificateIdentity", "other@company.test")), image);
        Refused("IdentityMismatch", Trusting(("CertificateIssuer", "https://issuer.test")), image);

        // Every skip is spelt out, as for anybody's certificate.
        Dictionary<string, object?> published = Trusting(("TrustedRoot", EmptyRoot()));
        published.Remove("SkipSct");
        Refused("SctMissing", published, image);
    }

    [Fact]
    public void Authorities_are_taken_in_every_form()
    {
        string image = Push();
        One<ImageSignature>(_images.Run("Set-ImageSignature", Signing(), image));
        foreach (object[] authority in (object[][])
        [
            [OwnPki.Pem(_pki.Step, _pki.Root)], [_pki.Root.Handle, _pki.Step.Handle], [_pki.Step.Handle],
            [new X509Certificate2Collection { _pki.Step.Handle, _pki.Root.Handle }],
            [Stranger, "chain.pem"], [new FileInfo(_images.File("chain.pem"))],
        ])
        {
            Assert.Empty(_images.Run("Test-ImageSignature", Trusting(("CertificateAuthority", authority)), image).Errors);
        }

        // A root beside it makes the authority under another root a step that leads nowhere, and no anchor.
        OwnPki other = new(_pki.Now);
        Refused("CertificateUntrusted", Trusting(("CertificateAuthority",
            new object[] { other.Root.Handle, _pki.Step.Handle })), image);
        foreach ((string code, object authority) in new (string, object)[]
        {
            ("PathNotFound", new string('0', 40)), ("PathNotFound", new string('A', 64)), ("PathNotFound", "none.pem"),
            ("MalformedCertificate", "leaf.key"), ("InvalidValue", 17),
        })
        {
            Assert.StartsWith($"{code},", Ended(
                "Test-ImageSignature", Trusting(("CertificateAuthority", new[] { authority })), image), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Bundle", true)]
    [InlineData("Bundle", false)]
    [InlineData("Legacy", true)]
    [InlineData("Legacy", false)]
    public void What_was_signed_elsewhere_is_attached_when_it_holds(string format, bool certified)
    {
        string image = Push();
        string file = $"{Guid.NewGuid():n}.payload";
        ImageSignaturePayload payload = One<ImageSignaturePayload>(_images.Run("New-ImageSignaturePayload", new()
        {
            ["Image"] = image, ["Format"] = format, ["OutFile"] = file, ["Annotation"] = new System.Collections.Hashtable { ["by"] = "hsm" },
        }));
        Assert.Equal(payload.Payload, File.ReadAllText(_images.File(file)));
        Assert.Equal(format, payload.Format);
        Assert.Equal(format == "Bundle", payload.Statement is not null);
        Assert.StartsWith(format == "Bundle" ? "DSSEv1 28 application/vnd.in-toto+json" : "{", payload.Payload, StringComparison.Ordinal);
        string signature = Convert.ToBase64String(_leaf.Key.SignData(
            File.ReadAllBytes(_images.File(file)), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Dictionary<string, object?> said = new() { ["Image"] = image, ["PayloadPath"] = file, ["Signature"] = signature };
        if (certified)
        {
            said["Certificate"] = "leaf.crt";
            said["CertificateChain"] = "chain.pem";
        }
        else
        {
            said["Key"] = _leaf.Signing.Key.ToPem();
        }

        // Another's key, another's certificate, a file with a newline too many: nothing is stored.
        TestCertificate other = _pki.Leaf();
        Dictionary<string, object?> wrong = new(said);
        wrong[certified ? "Certificate" : "Key"] = certified ? OwnPki.Pem(other) : other.Signing.Key.ToPem();
        Failed("SignatureMismatch", _images.Run("Add-ImageSignature", wrong));
        if (format == "Bundle")
        {
            Dictionary<string, object?> longer = new(said) { ["Payload"] = payload.Payload + "\n" };
            longer.Remove("PayloadPath");
            Failed("MalformedSignature", _images.Run("Add-ImageSignature", longer));
        }

        Assert.Empty(_images.Run("Get-ImageSignature", [], image).Output);
        Assert.Equal(format, One<ImageSignature>(_images.Run("Add-ImageSignature", said)).Format);
        Dictionary<string, object?> trust = certified ? Trusting() : new()
        {
            ["Key"] = _leaf.Signing.Key.ToPem(), ["SkipTransparencyLog"] = true,
        };
        trust["Annotation"] = new System.Collections.Hashtable { ["by"] = "hsm" };
        Assert.Empty(_images.Run("Test-ImageSignature", trust, image).Errors);
    }

    [Fact]
    public void A_bundle_is_attached_for_somebody_and_about_its_image()
    {
        string image = Push();
        string other = Push();
        ImageSignaturePayload payload = One<ImageSignaturePayload>(_images.Run(
            "New-ImageSignaturePayload", new() { ["Image"] = image, ["Format"] = "Bundle" }));
        string signature = Convert.ToBase64String(_leaf.Key.SignData(
            Encoding.UTF8.GetBytes(payload.Payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Dictionary<string, object?> said = new()
        {
            ["Image"] = image, ["Payload"] = payload.Payload, ["Signature"] = signature,
        };
        Failed("ContradictoryPolicy", _images.Run("Add-ImageSignature", said));
        said["Key"] = _leaf.Handle;
        Failed("ClaimMismatch", _images.Run("Add-ImageSignature", new(said) { ["Image"] = other }));
        Assert.StartsWith("ContradictoryPolicy,", Ended(
            "Add-ImageSignature", new(said) { ["Certificate"] = "leaf.crt" }), StringComparison.Ordinal);
        One<ImageSignature>(_images.Run("Add-ImageSignature", said));
        Assert.StartsWith("ContradictoryPolicy,", Ended("New-ImageSignaturePayload", new()
        {
            ["Image"] = image, ["Format"] = "Bundle", ["DockerReference"] = "x",
        }), StringComparison.Ordinal);
    }

    /// <summary>What a pipeline is handed as a file must not become a signature of somebody's image.</summary>
    [Theory]
    [InlineData("Bundle")]
    [InlineData("Legacy")]
    public void The_payload_of_an_image_is_not_signed_as_a_file(string format)
    {
        string file = _images.File($"{Guid.NewGuid():n}.bin");
        One<ImageSignaturePayload>(_images.Run("New-ImageSignaturePayload", new()
        {
            ["Image"] = Push(), ["Format"] = format, ["OutFile"] = file,
        }));
        Failed("InvalidValue", _images.Run(
            "Set-BlobSignature", new() { ["Key"] = "leaf.key", ["SkipTransparencyLog"] = true }, file));
    }

    [Fact]
    public void Beside_a_bundle_nothing_of_a_bare_signature_is_taken()
    {
        string image = Push();
        foreach (string parameter in (string[])["Certificate", "TimestampPath", "RekorBundlePath", "PayloadPath"])
        {
            Failed("ContradictoryPolicy", _images.Run("Add-ImageSignature", new()
            {
                ["Image"] = image, ["Bundle"] = "{}", [parameter] = "leaf.crt",
            }));
        }
    }

    [Fact]
    public void What_states_something_else_or_more_is_no_image_signature()
    {
        string image = Push();
        ImageSignaturePayload good = One<ImageSignaturePayload>(_images.Run(
            "New-ImageSignaturePayload", new() { ["Image"] = image, ["Format"] = "Bundle" }));
        string statement = good.Payload[good.Payload.IndexOf('{', StringComparison.Ordinal)..];
        int subject = statement.IndexOf("[{", StringComparison.Ordinal) + 1;
        foreach ((string code, string changed) in new[]
        {
            ("PredicateTypeMismatch", statement.Replace("cosign/sign/v1", "else/v1", StringComparison.Ordinal)),
            ("ClaimMismatch", statement.Insert(subject, $$$"""{"digest":{"sha256":"{{{new string('0', 64)}}}"}},""")),
            ("MalformedSignature", statement.Replace("\"predicate\":{}", "\"predicate\":{\"a\":1}", StringComparison.Ordinal)),
            ("MalformedSignature", statement.Insert(1, "\"_type\":\"x\",")),
            ("MalformedSignature", statement.Insert(1, "\"more\":1,")),
        })
        {
            Assert.NotEqual(statement, changed);
            byte[] pae = Dsse.Envelope.Pae("application/vnd.in-toto+json", Encoding.UTF8.GetBytes(changed));
            Failed(code, _images.Run("Add-ImageSignature", new()
            {
                ["Image"] = image, ["Payload"] = Encoding.UTF8.GetString(pae), ["Key"] = _leaf.Signing.Key.ToPem(),
                ["Signature"] = Convert.ToBase64String(
                    _leaf.Key.SignData(pae, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            }));
        }

        // No timestamp, or one of something else, would stay with it for ever.
        File.WriteAllText(_images.File("no.tsr"), "no timestamp");
        Failed("MalformedTimestamp", _images.Run("Add-ImageSignature", new()
        {
            ["Image"] = image, ["Payload"] = good.Payload, ["Certificate"] = "leaf.crt", ["TimestampPath"] = "no.tsr",
            ["Signature"] = Convert.ToBase64String(_leaf.Key.SignData(
                Encoding.UTF8.GetBytes(good.Payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
        }));
        Assert.Empty(_images.Run("Get-ImageSignature", [], image).Output);
    }

    /// <summary>An intermediate in a file of its own was an anchor of its own, past the list of its root.</summary>
    [Fact]
    public void Authorities_in_several_files_are_one_set()
    {
        string image = Push();
        One<ImageSignature>(_images.Run("Set-ImageSignature", Signing(), image));
        Write("root.only", OwnPki.Pem(_pki.Root));
        Write("step.only", OwnPki.Pem(_pki.Step));
        Dictionary<string, object?> trust = Trusting(("CertificateAuthority", new object[] { "root.only", "step.only" }));
        Assert.Empty(_images.Run("Test-ImageSignature", trust, image).Errors);
        CertificateRevocationListBuilder list = new();
        list.AddEntry(_pki.Step.Handle.SerialNumberBytes.ToArray(), _pki.Now);
        using X509Certificate2 root = _pki.Root.Handle.CopyWithPrivateKey(_pki.Root.Key);
        File.WriteAllBytes(_images.File("root.crl"), list.Build(
            _pki.Root.Handle.SubjectName, X509SignatureGenerator.CreateForECDsa(_pki.Root.Key), 1, _pki.Now.AddDays(7),
            HashAlgorithmName.SHA256, X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3]),
            _pki.Now.AddDays(-1)));
        trust["RevocationList"] = new[] { "root.crl" };
        Refused("CertificateRevoked", trust, image);
    }

    private string EmptyRoot()
    {
        Write("empty-root.json", """{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""");
        return "empty-root.json";
    }

    private Dictionary<string, object?> Signing(params (string Name, object? Value)[] more)
    {
        Dictionary<string, object?> said = new()
        {
            ["Key"] = "leaf.key", ["Certificate"] = "leaf.crt", ["CertificateChain"] = new object[] { "chain.pem" },
            ["SkipTransparencyLog"] = true,
        };
        return With(said, more);
    }

    private static Dictionary<string, object?> Trusting(params (string Name, object? Value)[] more) => With(
        new()
        {
            ["CertificateIdentity"] = OwnPki.Mail, ["CertificateAuthority"] = new object[] { "chain.pem" },
            ["SkipSct"] = true, ["SkipTransparencyLog"] = true,
        },
        more);

    private static Dictionary<string, object?> With(
        Dictionary<string, object?> said, (string Name, object? Value)[] more)
    {
        foreach ((string name, object? value) in more)
        {
            said[name] = value;
        }

        return said;
    }

    private void Refused(string code, Dictionary<string, object?> trust, string image) =>
        Failed(code, _images.Run("Test-ImageSignature", trust, image));

    private static void Failed(string code, RunResult result) => Assert.StartsWith(
        $"{code},", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

    private string Ended(string command, Dictionary<string, object?> said, params object?[] input) =>
        SignedImages.Terminating(_images.Session.Invoke(command, said, input)).FullyQualifiedErrorId;

    private static T One<T>(RunResult result)
    {
        Assert.Null(result.Terminating);
        Assert.Empty(result.Errors);
        return Assert.IsType<T>(Assert.Single(result.Output));
    }

    private void Write(string name, string text) => File.WriteAllText(_images.File(name), text);

    private string Push()
    {
        string name = $"p{Guid.NewGuid():n}";
        _images.Registry.PushImage(name, "1", name);
        return $"{_images.Registry.Host}/{name}:1";
    }

    private string NewFile()
    {
        string file = _images.File($"{Guid.NewGuid():n}.bin");
        File.WriteAllText(file, file);
        return file;
    }
}
