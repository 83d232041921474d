using System.Text;
using SigstorePS.Certificates;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Get-SigstoreCertificate at a certificate authority in this process.</summary>
public sealed class CertificateCmdletTests : IAsyncLifetime
{
    private const string Command = "Get-SigstoreCertificate";

    private readonly string _folder = Directory.CreateTempSubdirectory("certificates").FullName;
    private readonly Session _session;
    private readonly VirtualFulcio _fulcio = VirtualFulcio.Start();
    private readonly byte[] _pkcs8 = Pkcs8.Generate(SigningAlgorithm.EcdsaP256);
    private string _token = string.Empty;

    public CertificateCmdletTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.WriteAllBytes(InFolder("a.key"), Pem.Write("PRIVATE KEY", _pkcs8));
        File.WriteAllBytes(InFolder("b.key"), Pem.Write("PRIVATE KEY", Pkcs8.Generate(SigningAlgorithm.EcdsaP384)));
        File.WriteAllText(InFolder("root.json"), _fulcio.RootJson);
    }

    public async ValueTask InitializeAsync()
    {
        _token = _fulcio.Mint();
        using LocalSigner key = LocalSigner.FromPkcs8(_pkcs8);
        byte[] unsigned = CertificationRequest.Unsigned(key.PublicKey);
        byte[] signature = await key.SignAsync(unsigned, CancellationToken.None);
        await File.WriteAllBytesAsync(
            InFolder("a.csr"),
            CertificationRequest.Signed(key.PublicKey, unsigned, signature, key.Algorithm).Pem);
        await File.WriteAllTextAsync(InFolder("token.txt"), _token + "\n");
    }

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _fulcio.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_key_gets_a_certificate_and_a_file()
    {
        SigstoreCertificate certificate = One(Good(new() { ["Key"] = "a.key", ["OutFile"] = "chain.pem" }));
        using LocalSigner key = LocalSigner.FromPkcs8(_pkcs8);
        Assert.Equal(["alice@example.test"], certificate.Identity);
        Assert.Equal(VirtualFulcio.Issuer, certificate.Issuer);
        Assert.Equal(key.PublicKey.KeyId, certificate.KeyId);
        Assert.Equal("ecdsa-sha2-256-nistp256", certificate.Algorithm);
        Assert.True(certificate.Verified);
        Assert.Equal(
            Convert.ToHexStringLower(_fulcio.Root.CertificateLogs[0].LogId.Span), Assert.Single(certificate.SctLogId));
        Assert.InRange(Assert.Single(certificate.SctTime), certificate.NotBefore, certificate.NotAfter);
        Assert.Equal("alice", certificate.Extensions["TokenSubject"]);
        Assert.Equal("alice@example.test", certificate.ToString());
        Assert.Equal(certificate.ChainPem, File.ReadAllText(InFolder("chain.pem")));
        Assert.StartsWith(certificate.Pem, certificate.ChainPem, StringComparison.Ordinal);
        Assert.Equal(3, Pem.Read(Encoding.ASCII.GetBytes(certificate.ChainPem)).Count);
        Assert.Equal(_fulcio.Address.Authority, certificate.Authority);
        Assert.Null(certificate.DetachedSct);
    }

    [Fact]
    public void A_signing_request_takes_the_place_of_a_key()
    {
        _fulcio.Detached = true;
        SigstoreCertificate certificate = One(Good(new() { ["CertificateSigningRequest"] = "a.csr", ["IdentityToken"] = "token.txt" }));
        using LocalSigner key = LocalSigner.FromPkcs8(_pkcs8);
        Assert.Equal(key.PublicKey.KeyId, certificate.KeyId);
        Assert.Contains("sct_version", certificate.DetachedSct, StringComparison.Ordinal);
        Assert.Single(certificate.SctLogId);
        Assert.Equal("MalformedCertificate", ErrorOf(Good(new() { ["CertificateSigningRequest"] = "root.json" })));
        Assert.Equal("PathNotFound", ErrorOf(Good(new() { ["CertificateSigningRequest"] = "none.csr" })));
    }

    [Fact]
    public void Several_keys_get_one_each()
    {
        RunResult result = Run(Good(new() { ["Key"] = new object[] { "a.key", "b.key" } }));
        Assert.Equal(
            ["ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384"],
            result.Output.Cast<SigstoreCertificate>().Select(static c => c.Algorithm));
        Assert.Equal("ContradictoryPolicy", ErrorOf(Good(new()
        {
            ["Key"] = new object[] { "a.key", "b.key" }, ["OutFile"] = "chain.pem",
        })));
    }

    [Fact]
    public void Nothing_is_asked_for_what_could_not_be_written_or_is_only_tried()
    {
        File.WriteAllText(InFolder("chain.pem"), "mine");
        Assert.Equal("FileExists", ErrorOf(Good(new() { ["Key"] = "a.key", ["OutFile"] = "chain.pem" })));
        Assert.Empty(Run(Good(new() { ["Key"] = "a.key", ["WhatIf"] = true })).Output);
        Assert.Equal("InvalidValue", ErrorOf(Good(new() { ["Key"] = "a.key", ["FulcioUri"] = "ftp://a.test" })));
        Assert.Equal("InvalidValue", ErrorOf(Good(new() { ["Key"] = "a.key", ["FulcioUri"] = "http://fulcio.test" })));
        Assert.Equal(0, _fulcio.Asked);
        Assert.Equal("mine", File.ReadAllText(InFolder("chain.pem")));
        One(Good(new() { ["Key"] = "a.key", ["OutFile"] = "chain.pem", ["Force"] = true }));
        Assert.StartsWith("-----BEGIN", File.ReadAllText(InFolder("chain.pem")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WrongKey", "FulcioProtocolViolation")]
    [InlineData("WrongName", "IdentityMismatch")]
    [InlineData("NoSct", "SctMissing")]
    [InlineData("BadSct", "SctInvalid")]
    [InlineData("UnknownAuthority", "CertificateUntrusted")]
    public void What_was_not_asked_for_is_an_error_and_no_object(string lie, string code)
    {
        _fulcio.Lie = Enum.Parse<FulcioLie>(lie);
        Assert.Equal(code, ErrorOf(Good(new() { ["Key"] = "a.key", ["OutFile"] = "chain.pem" })));
        Assert.False(File.Exists(InFolder("chain.pem")));
        if (code is "SctMissing" or "SctInvalid")
        {
            Assert.True(One(Good(new() { ["Key"] = "a.key", ["SkipSct"] = true })).Verified);
        }

        if (code is not ("FulcioProtocolViolation" or "IdentityMismatch"))
        {
            Assert.False(One(Good(new() { ["Key"] = "a.key", ["SkipSelfVerification"] = true })).Verified);
        }
    }

    [Fact]
    public void A_refusal_is_told_without_the_token()
    {
        _fulcio.Refusal = "There was an error processing the identity token";
        RunResult result = Run(Good(new() { ["Key"] = "a.key" }));
        Assert.Empty(result.Output);
        string text = Assert.Single(result.Errors).Exception.ToString();
        Assert.Contains("There was an error processing the identity token", text, StringComparison.Ordinal);
        Assert.All(_token.Split('.'), part => Assert.DoesNotContain(part, text, StringComparison.Ordinal));
    }

    private Dictionary<string, object?> Good(Dictionary<string, object?> parameters)
    {
        Dictionary<string, object?> all = new()
        {
            ["IdentityToken"] = _token, ["FulcioUri"] = _fulcio.Address.AbsoluteUri, ["TrustedRoot"] = "root.json",
        };
        foreach ((string name, object? value) in parameters)
        {
            all[name] = value;
        }

        return all;
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private SigstoreCertificate One(Dictionary<string, object?> parameters)
    {
        RunResult result = Run(parameters);
        Assert.Empty(result.Errors);
        return Assert.IsType<SigstoreCertificate>(Assert.Single(result.Output));
    }

    private string ErrorOf(Dictionary<string, object?> parameters)
    {
        RunResult result = Run(parameters);
        Assert.Empty(result.Output);
        return Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0];
    }

    private RunResult Run(Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke(Command, parameters);
        Assert.Null(result.TerminatingError);
        return result;
    }
}
