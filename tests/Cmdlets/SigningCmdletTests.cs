using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support.Registry;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Signing for an identity and in logs, against a sigstore in this process.</summary>
public sealed class SigningCmdletTests : IClassFixture<SignedImages>, IAsyncLifetime
{
    private const string Alice = "alice@example.test";
    private readonly SignedImages _images;
    private readonly VirtualSigstore _sigstore = VirtualSigstore.Start();
    private readonly string _root;
    private readonly string _config;

    public SigningCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
        (_root, _config) = _sigstore.Write(Path.GetDirectoryName(_images.File("x"))!, [1]);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _sigstore.DisposeAsync();

    [Fact]
    public void An_image_is_signed_for_an_identity_and_verified_by_it()
    {
        string image = Push();
        RunResult result = _images.Run("Set-ImageSignature", Keyless(), image);
        Assert.Empty(result.Errors);
        ImageSignature made = (ImageSignature)Assert.Single(result.Output)!;
        Assert.Equal(Alice, made.Signer);
        Assert.Equal(VirtualFulcio.Issuer, made.Issuer);
        Assert.Equal("Logged", made.TransparencyLog);
        Assert.Equal("Passed", made.SelfVerification);
        Assert.NotNull(made.LogIndex);
        Assert.Single(made.Timestamps);

        RunResult verified = _images.Run("Test-ImageSignature", Trusting(), image);
        Assert.Empty(verified.Errors);
        Assert.Equal(Alice, ((ImageVerification)Assert.Single(verified.Output)!).Signer);
    }

    [Fact]
    public void A_hundred_images_need_one_token_and_one_certificate()
    {
        string[] images = [.. Enumerable.Range(0, 100).Select(_ => Push())];
        RunResult result = _images.Run("Set-ImageSignature", Keyless(("ThrottleLimit", 8)), [.. images]);
        Assert.Empty(result.Errors);
        Assert.Equal(images, result.Output.Cast<ImageSignature>().Select(static s => s.Image));
        Assert.Equal(1, _sigstore.Fulcio.Asked);
        Assert.Equal(101, _sigstore.Rekor1.Size);
    }

    [Fact]
    public void Without_reuse_each_has_a_certificate_of_its_own()
    {
        _images.Run("Set-ImageSignature", Keyless(("CertificateReuse", "None")), Push(), Push());
        Assert.Equal(2, _sigstore.Fulcio.Asked);
    }

    [Fact]
    public void A_session_keeps_its_certificate_and_another_token_does_not_get_it()
    {
        string token = _sigstore.Token();
        foreach (string mine in (string[])[token, token, _sigstore.Token("bob", "bob@example.test")])
        {
            _images.Run(
                "Set-ImageSignature", Keyless(("CertificateReuse", "Session"), ("IdentityToken", mine)), Push());
        }

        Assert.Equal(2, _sigstore.Fulcio.Asked);
    }

    [Fact]
    public void WhatIf_says_who_will_know_and_asks_nobody()
    {
        string image = Push();
        _images.Registry.ClearRequests();
        RunResult result = _images.Run("Set-ImageSignature", Keyless(("WhatIf", true)), image);
        Assert.Contains("identity becomes public", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.Equal(0, _sigstore.Fulcio.Asked);
        Assert.Equal(1, _sigstore.Rekor1.Size);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.Method is not ("GET" or "HEAD"));
    }

    /// <summary>The log entry cannot be taken back, so the signature must not be lost.</summary>
    [Fact]
    public void What_the_registry_refuses_after_the_log_entry_is_kept_in_the_error()
    {
        string image = Push();
        _images.Registry.AddFault("manifests", LoopbackFault.Status(403), method: "PUT");
        RunResult result = _images.Run("Set-ImageSignature", Keyless(), image);
        _images.Registry.ClearFaults();
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal(2, _sigstore.Rekor1.Size);
        ImageSignature kept = Assert.IsType<ImageSignature>(error.TargetObject);
        Assert.Contains("Add-ImageSignature", error.Exception.Message, StringComparison.Ordinal);

        _images.Run("Add-ImageSignature", new() { ["Image"] = image, ["Bundle"] = kept.Bundle });
        Assert.Empty(_images.Run("Test-ImageSignature", Trusting(), image).Errors);
        Assert.Equal(2, _sigstore.Rekor1.Size);
    }

    [Fact]
    public void A_key_is_logged_where_the_configuration_has_a_log()
    {
        string image = Push();
        RunResult result = _images.Run("Set-ImageSignature", Services(
            ("Key", "cosign.key"), ("Password", SignedImages.Password)), image);
        Assert.Equal("Logged", ((ImageSignature)Assert.Single(result.Output)!).TransparencyLog);
        RunResult verified = _images.Run(
            "Test-ImageSignature", new() { ["Key"] = "cosign.pub", ["TrustedRoot"] = _root }, image);
        Assert.Empty(verified.Errors);
    }

    [Theory]
    [InlineData("Bundle")]
    [InlineData("Legacy")]
    public void Files_are_signed_and_verified(string format)
    {
        string file = NewFile();
        RunResult result = _images.Run("Set-BlobSignature", Keyless(("Format", new[] { format })), file);
        Assert.Empty(result.Errors);
        BlobSignature made = (BlobSignature)Assert.Single(result.Output)!;
        Assert.Equal(file + (format == "Bundle" ? ".sigstore.json" : ".cosign.bundle"), made.BundlePath);
        Dictionary<string, object?> trust = Trusting();
        trust["Bundle"] = made.BundlePath;
        Assert.Empty(_images.Run("Test-BlobSignature", trust, file).Errors);
        if (format == "Legacy")
        {
            Assert.Equal(made.Signature, File.ReadAllText(made.SignaturePath!));
            Assert.Equal(made.Certificate, File.ReadAllText(made.CertificatePath!));
        }
    }

    [Fact]
    public void A_file_that_is_signed_is_not_signed_over_without_force()
    {
        string file = NewFile();
        _images.Run("Set-BlobSignature", Keyless(), file);
        int entries = _sigstore.Rekor1.Size;
        ErrorRecord error = Assert.Single(_images.Run("Set-BlobSignature", Keyless(("Force", false)), file).Errors);
        Assert.StartsWith("FileExists,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(entries, _sigstore.Rekor1.Size);
        Assert.Empty(_images.Run("Set-BlobSignature", Keyless(("Force", true)), file).Errors);
    }

    [Fact]
    public void A_stream_and_a_digest_are_signed_as_the_file_they_are_of()
    {
        string file = NewFile();
        byte[] content = File.ReadAllBytes(file);
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        using MemoryStream stream = new(content);
        foreach ((string name, object value) in new (string, object)[] { ("Stream", stream), ("Digest", digest) })
        {
            string bundle = _images.File($"{Guid.NewGuid():n}.json");
            RunResult result = _images.Run("Set-BlobSignature", Keyless((name, value), ("BundlePath", bundle)));
            Assert.Empty(result.Errors);
            Assert.Equal($"sha256:{digest}", ((BlobSignature)Assert.Single(result.Output)!).Digest);
            Dictionary<string, object?> trust = Trusting();
            trust["Bundle"] = bundle;
            Assert.Empty(_images.Run("Test-BlobSignature", trust, file).Errors);
        }
    }

    [Fact]
    public void Several_keys_make_lines_of_one_file()
    {
        string file = NewFile();
        RunResult result = _images.Run("Set-BlobSignature", new()
        {
            ["Key"] = new[] { "cosign.key", "other.key" }, ["Password"] = SignedImages.Password,
            ["SkipTransparencyLog"] = true,
        }, file);
        Assert.Empty(result.Errors);
        Assert.Equal(2, File.ReadAllLines(file + ".sigstore.jsonl").Length);
        foreach (string key in (string[])["cosign.pub", "other.pub"])
        {
            Assert.Empty(_images.Run(
                "Test-BlobSignature", new() { ["Key"] = key, ["SkipTransparencyLog"] = true }, file).Errors);
        }
    }

    [Fact]
    public void The_file_itself_is_not_overwritten()
    {
        string file = NewFile();
        ErrorRecord error = Assert.Single(_images.Run("Set-BlobSignature", Keyless(("BundlePath", file)), file).Errors);
        Assert.StartsWith("ContradictoryPolicy,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(file, File.ReadAllText(file));
    }

    [Fact]
    public void The_notice_comes_once_a_session()
    {
        using Session session = new Session(Path.GetDirectoryName(_images.File("x"))!).Import(typeof(SigstoreCmdlet).Assembly);
        int warnings = 0;
        for (int i = 0; i < 3; i++)
        {
            Dictionary<string, object?> parameters = Keyless(("Force", false), ("BundlePath", _images.File($"{Guid.NewGuid():n}")));
            warnings += session.Invoke("Set-BlobSignature", parameters, NewFile()).Warnings
                .Count(static w => w.Contains("public for ever", StringComparison.Ordinal));
        }

        Assert.Equal(1, warnings);
    }

    [Fact]
    public void No_stream_holds_the_token()
    {
        string token = _sigstore.Token();
        RunResult good = _images.Run("Set-ImageSignature", Keyless(("IdentityToken", token), ("Verbose", true)), Push());
        _sigstore.Fulcio.Outage = (500, "0", 50);
        RunResult bad = _images.Run("Set-ImageSignature", Keyless(("IdentityToken", token), ("Verbose", true)), Push());
        foreach (RunResult result in (RunResult[])[good, bad])
        {
            string all = string.Join('\n', [
                .. result.Verbose, .. result.Warnings, .. result.Errors.Select(static e => e.Exception.ToString()),
                .. result.Output.Select(static o => System.Text.Json.JsonSerializer.Serialize(o)),
            ]);
            Assert.DoesNotContain(token.Split('.')[2], all, StringComparison.Ordinal);
        }
    }

    private string Push()
    {
        string name = $"k{Guid.NewGuid():n}";
        _images.Registry.PushImage(name, "1", name);
        return $"{_images.Registry.Host}/{name}:1";
    }

    private string NewFile()
    {
        string file = _images.File($"{Guid.NewGuid():n}.bin");
        File.WriteAllText(file, file);
        return file;
    }

    private Dictionary<string, object?> Keyless(params (string, object?)[] more) =>
        Services([("IdentityToken", _sigstore.Token()), ("Force", true), .. more]);

    private Dictionary<string, object?> Services(params (string Name, object? Value)[] more)
    {
        Dictionary<string, object?> parameters = new() { ["SigningConfig"] = _config, ["TrustedRoot"] = _root };
        foreach ((string name, object? value) in more)
        {
            parameters[name] = value;
        }

        return parameters;
    }

    private Dictionary<string, object?> Trusting() => new()
    {
        ["CertificateIdentity"] = Alice, ["CertificateIssuer"] = VirtualFulcio.Issuer, ["TrustedRoot"] = _root,
    };
}
