using System.Text.Json;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>Certificates of a PKI of one's own, both ways with real cosign: stored, found, and held against the same root.</summary>
public sealed class OwnPkiInteropTests : IClassFixture<InteropSession>
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    private readonly InteropSession _session;
    private readonly OwnPki _pki = new(TimeProvider.System.GetUtcNow());
    private readonly OwnPki _stranger = new(TimeProvider.System.GetUtcNow());

    public OwnPkiInteropTests(InteropSession session) => _session = session;

    public static TheoryData<Peer> All() => [.. Enum.GetValues<Peer>()];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Cosign_verifies_what_we_sign(Peer peer)
    {
        string image = await _session.PushAsync();
        TestCertificate leaf = _pki.Leaf();
        await WeSignAsync(image, peer, _pki.Credentials(leaf, TimeProvider.System, _pki.Step, _pki.Root));

        InteropSession.Passed(await CosignAsync(peer, image, _pki));
        Assert.False((await CosignAsync(peer, image, _stranger)).Succeeded);
        Assert.False((await CosignAsync(peer, image, _pki, "other@company.test")).Succeeded);
        Assert.Equal(OwnPki.Mail, (await WeVerifyAsync(image, peer, _pki)).Signer);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, await WeRefuseAsync(image, peer, _stranger));
        Assert.Equal(SigstoreErrorCode.IdentityMismatch, await WeRefuseAsync(image, peer, _pki, "other@company.test"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task We_verify_what_cosign_signs(Peer peer)
    {
        string image = await _session.PushAsync();
        TestCertificate leaf = _pki.Leaf();
        string name = Write(leaf, out string key);
        string[] flags = peer switch
        {
            Peer.Cosign2Legacy => ["--tlog-upload=false"],
            Peer.Cosign3Legacy => ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"],
            _ => ["--tlog-upload=false", "--use-signing-config=false"],
        };
        InteropSession.Passed(await _session.RunAsync(
            InteropSession.Cosign(peer),
            [
                "sign", "--yes", "--key", key, "--certificate", $"{name}.crt", "--certificate-chain", $"{name}.chain",
                .. flags, image,
            ]));

        InteropSession.Passed(await CosignAsync(peer, image, _pki));
        ImageVerification verified = await WeVerifyAsync(image, peer, _pki);
        Assert.Equal(OwnPki.Mail, verified.Signer);
        Assert.Contains(verified.Checks, static c => c is { Name: "Issuer", Outcome: "Skipped" });
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, await WeRefuseAsync(image, peer, _stranger));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    public async Task Cosign_takes_root_and_intermediate_apart(Peer peer)
    {
        string image = await _session.PushAsync();
        await WeSignAsync(image, peer, _pki.Credentials(_pki.Leaf(), TimeProvider.System, _pki.Step, _pki.Root));
        string name = Path.Combine(_session.Folder, _session.NewName("apart"));
        await File.WriteAllTextAsync($"{name}.root", OwnPki.Pem(_pki.Root));
        await File.WriteAllTextAsync($"{name}.step", OwnPki.Pem(_pki.Step));
        foreach (string[] trust in (string[][])
            [["--ca-roots", $"{name}.root", "--ca-intermediates", $"{name}.step"], ["--ca-roots", $"{name}.root"]])
        {
            // The second: the chain that came with the signature leads to the root.
            InteropSession.Passed(await _session.RunAsync(
                InteropSession.Cosign(peer),
                [
                    "verify", "--certificate-identity", OwnPki.Mail, "--certificate-oidc-issuer-regexp", ".*", .. trust,
                    "--insecure-ignore-sct", "--insecure-ignore-tlog", "--private-infrastructure", image,
                ]));
        }
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Cosign_verifies_files_we_sign(Peer peer)
    {
        string file = Path.Combine(_session.Folder, _session.NewName("file"));
        await File.WriteAllTextAsync(file, file);
        await File.WriteAllTextAsync($"{file}.chain", OwnPki.Pem(_pki.Step, _pki.Root));
        await _session.Engine.BlobSigner.SignAsync(
            new BlobSource { Path = file },
            new SigningMeans
            {
                Credentials = [_pki.Credentials(_pki.Leaf(), TimeProvider.System, _pki.Step, _pki.Root)],
                Formats = InteropSession.FormatOf(peer),
            },
            new BlobOutputs { Bundle = $"{file}.json", Signature = $"{file}.sig", Certificate = $"{file}.crt" }, default);
        string[] parts = peer == Peer.Cosign3Bundle
            ? ["--bundle", $"{file}.json", "--trusted-root", await TrustFileAsync(_pki)]
            : ["--signature", $"{file}.sig", "--certificate", $"{file}.crt", "--certificate-chain", $"{file}.chain"];
        string[] common =
        [
            "--certificate-identity", OwnPki.Mail, "--certificate-oidc-issuer-regexp", ".*", "--insecure-ignore-sct",
            "--insecure-ignore-tlog",
        ];
        InteropSession.Passed(await _session.RunAsync(
            InteropSession.Cosign(peer),
            ["verify-blob", .. common, .. parts, .. peer == Peer.Cosign3Legacy ? ["--new-bundle-format=false"] : (string[])[], file]));
    }

    /// <summary>The way of services such as SignPath: the bytes go out, only a signature comes back.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy, false)]
    [InlineData(Peer.Cosign2Legacy, true)]
    [InlineData(Peer.Cosign3Legacy, false)]
    [InlineData(Peer.Cosign3Legacy, true)]
    [InlineData(Peer.Cosign3Bundle, false)]
    [InlineData(Peer.Cosign3Bundle, true)]
    public async Task What_openssl_signed_is_attached_and_verified_by_cosign(Peer peer, bool certified)
    {
        string image = await _session.PushAsync();
        ImageTarget target = await _session.ResolveAsync(image);
        TestCertificate leaf = _pki.Leaf();
        string name = Write(leaf, out string _);
        byte[] payload = peer == Peer.Cosign3Bundle
            ? ImageSigner.CreateStatement(target, Descriptor.NoAnnotations).Pae
            : ImageSigner.CreatePayload(target, null, Descriptor.NoAnnotations);
        await File.WriteAllBytesAsync(Path.Combine(_session.Folder, name), payload);
        InteropSession.Passed(await PeerProcess.RunAsync(
            Peers.RequireOpenSsl(), ["dgst", "-sha256", "-sign", $"{name}.pk8", "-out", $"{name}.sig", name],
            _session.Folder, new Dictionary<string, string> { ["HOME"] = _session.Folder }, TimeSpan.FromMinutes(1),
            default));
        byte[] signature = await File.ReadAllBytesAsync(Path.Combine(_session.Folder, $"{name}.sig"));
        AttachRequest request = new()
        {
            Payload = payload,
            Signature = signature,
            Key = certified ? null : new TrustedKey("openssl", leaf.Signing.Key),
            Certificates = certified ? OwnPki.List(leaf, _pki.Step, _pki.Root) : [],
            Material = certified ? new AttachedMaterial
            {
                CertificatePem = OwnPki.Pem(leaf), ChainPem = OwnPki.Pem(_pki.Step, _pki.Root),
            } : new AttachedMaterial(),
        };

        TestCertificate other = _pki.Leaf();
        SigstoreException refused = await Assert.ThrowsAsync<SigstoreException>(() => _session.Engine.Attacher.AttachAsync(
            target,
            request with
            {
                Key = certified ? null : new TrustedKey("other", other.Signing.Key),
                Certificates = certified ? OwnPki.List(other, _pki.Step, _pki.Root) : [],
            },
            default));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, refused.Code);
        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await WeRefuseAsync(image, peer, _pki));

        ImageSignature stored = await _session.Engine.Attacher.AttachAsync(target, request, default);
        Assert.Equal(peer == Peer.Cosign3Bundle ? "Bundle" : "Legacy", stored.Format);
        if (certified)
        {
            InteropSession.Passed(await CosignAsync(peer, image, _pki));
            Assert.Equal(OwnPki.Mail, (await WeVerifyAsync(image, peer, _pki)).Signer);
        }
        else
        {
            string key = Path.Combine(_session.Folder, $"{name}.pub");
            InteropSession.Passed(await _session.CosignVerifyAsync(peer, image, key));
            Assert.True((await _session.WeVerifyAsync(image, key)).Verified);
        }
    }

    private async Task WeSignAsync(string image, Peer peer, ISigningCredentials credentials) =>
        await _session.Engine.Signer.SignAsync(
            await _session.ResolveAsync(image),
            new SigningRequest
            {
                Means = new SigningMeans { Credentials = [credentials], Formats = InteropSession.FormatOf(peer) },
            },
            new ImageQuery(), Silent, default);

    /// <summary>PEM files of a leaf in the session's folder: .crt, .chain, .pub, .pk8, and the key as cosign imports it.</summary>
    private string Write(TestCertificate leaf, out string key)
    {
        string name = _session.NewName("own");
        string path = Path.Combine(_session.Folder, name);
        File.WriteAllText($"{path}.crt", OwnPki.Pem(leaf));
        File.WriteAllText($"{path}.chain", OwnPki.Pem(_pki.Step, _pki.Root));
        File.WriteAllText($"{path}.pub", leaf.Signing.Key.ToPem());
        File.WriteAllText($"{path}.pk8", leaf.Key.ExportPkcs8PrivateKeyPem());
        SigstoreKeyPair pair = SigstorePS.Keys.KeyPairFile.WriteAsync(
            path, leaf.Key.ExportPkcs8PrivateKey(), System.Text.Encoding.UTF8.GetBytes(InteropSession.Password), true,
            default).GetAwaiter().GetResult();
        key = pair.PrivateKeyPath!;
        return name;
    }

    private async Task<string> TrustFileAsync(OwnPki pki)
    {
        string name = Path.Combine(_session.Folder, _session.NewName("root"));
        await File.WriteAllTextAsync($"{name}.json", JsonSerializer.Serialize(new
        {
            mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            certificateAuthorities = new[]
            {
                new
                {
                    certChain = new
                    {
                        certificates = pki.Chain.Select(
                            static c => new { rawBytes = Convert.ToBase64String(c.Span) }).ToArray(),
                    },
                    validFor = new { start = "2020-01-01T00:00:00Z" },
                },
            },
        }));
        return $"{name}.json";
    }

    private async Task<PeerResult> CosignAsync(Peer peer, string image, OwnPki pki, string mail = OwnPki.Mail)
    {
        string name = Path.Combine(_session.Folder, _session.NewName("trust"));
        string[] trust;
        if (peer == Peer.Cosign3Bundle)
        {
            trust = ["--trusted-root", await TrustFileAsync(pki)];
        }
        else
        {
            await File.WriteAllTextAsync($"{name}.pem", OwnPki.Pem(pki.Step, pki.Root));
            trust = ["--certificate-chain", $"{name}.pem"];
        }

        return await _session.RunAsync(
            InteropSession.Cosign(peer),
            [
                "verify", "--certificate-identity", mail, "--certificate-oidc-issuer-regexp", ".*", .. trust,
                "--insecure-ignore-sct", "--insecure-ignore-tlog", image,
            ]);
    }

    private async Task<ImageVerification> WeVerifyAsync(
        string image, Peer peer, OwnPki pki, string mail = OwnPki.Mail) => await ImageVerifier.VerifyAsync(
            await _session.ResolveAsync(image),
            new VerificationPolicy
            {
                Signer = new SignerPolicy.ByIdentity(
                    [new CertificateIdentity(TextMatch.Exactly(mail), null, new Dictionary<string, string>())]),
                Root = TrustedRoot.Empty with { CertificateAuthorities = [OwnCertificate.AuthorityOf(pki.Chain)] },
                OwnAuthorities = true,
                SkipSct = true,
                SkipTransparencyLog = true,
            },
            new ImageQuery(), Silent, default);

    private async Task<SigstoreErrorCode> WeRefuseAsync(
        string image, Peer peer, OwnPki pki, string mail = OwnPki.Mail) =>
        (await Assert.ThrowsAsync<SigstoreException>(() => WeVerifyAsync(image, peer, pki, mail))).Code;
}
