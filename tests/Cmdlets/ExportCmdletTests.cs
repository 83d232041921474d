using System.Management.Automation;
using SigstorePS.CmdletHost;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Export-SignedImage, Import-SignedImage, and archives wherever layouts are read.</summary>
public sealed class ExportCmdletTests : IClassFixture<SignedImages>
{
    private const string Export = "SigstorePS.Commands.ExportSignedImageCommand";
    private const string Import = "SigstorePS.Commands.ImportSignedImageCommand";
    private readonly SignedImages _images;

    public ExportCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
    }

    [Theory]
    [InlineData("one")]
    [InlineData("one.tar")]
    [InlineData("one.zip")]
    public void An_export_is_verified_in_one_command_without_a_network(string name)
    {
        _images.Sign(_images.Signed);
        SignedImageExport made = Exported(_images.Run("Export-SignedImage", Said(name, _images.Signed)));
        Assert.Equal(_images.File(name), made.Path);
        Assert.Equal((1, "1.0", (string?)null), (made.Artifacts > 0 ? 1 : 0, made.Names[0], made.TrustedRootPath));
        Assert.True(made.Bytes > 0);
        _images.Registry.ClearRequests();
        RunResult tested = _images.Run("Test-ImageSignature", Verify(name));
        Assert.Empty(tested.Errors);
        Assert.Equal(made.Digests[0], Assert.IsType<ImageVerification>(Assert.Single(tested.Output)).Digest);
        Dictionary<string, object?> byReference = Verify(name);
        byReference.Remove("Path");
        byReference["Image"] = $"oci:{name}:1.0";
        Assert.Single(_images.Run("Test-ImageSignature", byReference).Output);
        Assert.NotEmpty(_images.Run("Get-ImageTree", new() { ["Image"] = $"oci:{name}:1.0" }).Output);
        Assert.Empty(_images.Registry.Requests);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_images.File(".")), static f => Path.GetFileName(f).StartsWith('.'));
    }

    [Fact]
    public void Every_image_of_an_export_is_verified_by_its_path()
    {
        _images.Sign(_images.Signed);
        SignedImageExport made = Exported(_images.Run(
            "Export-SignedImage", Said("both.tar"), _images.Signed, _images.Other));
        Assert.Equal("1.0 2.0", string.Join(" ", made.Names));
        RunResult tested = _images.Run("Test-ImageSignature", Verify("both.tar"));
        Assert.Single(tested.Output);
        Assert.Single(tested.Errors);
        Dictionary<string, object?> quiet = Verify("both.tar");
        quiet["Quiet"] = true;
        Assert.Equal([false], _images.Run("Test-ImageSignature", quiet).Output);
    }

    [Fact]
    public void An_export_carries_a_trust_root_that_is_used_only_when_it_is_named()
    {
        _images.Sign(_images.Signed);
        File.WriteAllText(
            _images.File("root.json"), """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""");
        foreach (string name in (string[])["trusted", "trusted.tar", "trusted.zip"])
        {
            Dictionary<string, object?> said = Said(name, _images.Signed);
            said.Remove("SkipTrustRoot");
            said["TrustedRoot"] = "root.json";
            SignedImageExport made = Exported(_images.Run("Export-SignedImage", said));
            Assert.EndsWith("trusted_root.json", made.TrustedRootPath, StringComparison.Ordinal);
            Dictionary<string, object?> verify = Verify(name);
            verify["TrustedRoot"] = name;
            RunResult tested = _images.Run("Test-ImageSignature", verify);
            Assert.Empty(tested.Errors);
            Assert.Single(tested.Output);
        }

        Exported(_images.Run("Export-SignedImage", Said("bare.tar", _images.Signed)));
        Dictionary<string, object?> bare = Verify("bare.tar");
        bare["TrustedRoot"] = "bare.tar";
        Assert.StartsWith(
            "PathNotFound,",
            SignedImages.Terminating(_images.Session.Invoke("Test-ImageSignature", bare)).FullyQualifiedErrorId,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_import_brings_back_what_was_exported()
    {
        _images.Sign(_images.Signed);
        SignedImageExport made = Exported(_images.Run("Export-SignedImage", Said("back.tar", _images.Signed)));
        string there = $"{_images.Registry.Host}/elsewhere:3.0";
        RunResult imported = _images.Run("Import-SignedImage", new() { ["Path"] = "back.tar", ["Destination"] = there });
        Assert.Empty(imported.Errors);
        ImageCopyResult first = Assert.IsType<ImageCopyResult>(imported.Output[0]);
        Assert.Equal((made.Digests[0], there), (first.Digest, first.Destination));
        Dictionary<string, object?> verify = Verify("x");
        verify.Remove("Path");
        verify.Remove("Offline");
        verify["Image"] = there;
        Assert.Single(_images.Run("Test-ImageSignature", verify).Output);

        RunResult below = _images.Run("Import-SignedImage", new()
        {
            ["Path"] = "back.tar", ["Destination"] = $"{_images.Registry.Host}/mirror/",
        });
        Assert.Equal(
            $"{_images.Registry.Host}/mirror/app:1.0", Assert.IsType<ImageCopyResult>(below.Output[0]).Destination);
        RunResult again = _images.Run("Import-SignedImage", new() { ["Path"] = "back.tar" });
        Assert.Equal("Unchanged", Assert.IsType<ImageCopyResult>(again.Output[0]).Status);
    }

    [Theory]
    [InlineData("Credential")]
    [InlineData("RegistryToken")]
    public void A_secret_of_this_call_never_goes_where_an_archive_says(string name)
    {
        Exported(_images.Run("Export-SignedImage", Said($"{name}.tar", _images.Signed)));
        _images.Registry.ClearRequests();
        Dictionary<string, object?> said = new()
        {
            ["Path"] = $"{name}.tar",
            [name] = name == "Credential" ? new PSCredential("user", SignedImages.Password) : SignedImages.Password,
        };
        ErrorRecord error = SignedImages.Terminating(_images.Session.Invoke("Import-SignedImage", said));
        Assert.Equal($"ContradictoryPolicy,{Import}", error.FullyQualifiedErrorId);
        Assert.Empty(_images.Registry.Requests);
        said["Destination"] = $"{_images.Registry.Host}/with-{name.ToLowerInvariant()}";
        Assert.NotEmpty(_images.Run("Import-SignedImage", said).Output);
    }

    [Fact]
    public void Signatures_under_prefixed_tags_are_not_left_behind_in_silence()
    {
        Dictionary<string, object?> sign = new()
        {
            ["Image"] = _images.Other, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password,
            ["SkipTransparencyLog"] = true, ["Format"] = "Legacy", ["TagPrefix"] = "prod-",
        };
        Assert.Empty(_images.Run("Set-ImageSignature", sign).Errors);
        Dictionary<string, object?> export = Said("prefixed.tar", _images.Other);
        export["TagPrefix"] = "prod-";
        Exported(_images.Run("Export-SignedImage", export));
        Dictionary<string, object?> import = new()
        {
            ["Path"] = "prefixed.tar", ["Destination"] = $"{_images.Registry.Host}/prefixed",
        };
        Assert.Contains("'prod-'", Assert.Single(_images.Run("Import-SignedImage", import).Warnings), StringComparison.Ordinal);
        import["TagPrefix"] = "prod-";
        RunResult imported = _images.Run("Import-SignedImage", import);
        Assert.Empty(imported.Warnings);
        Assert.Contains(imported.Output.Cast<ImageCopyResult>(), static r => r.Kind == "Signature");
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        RunResult result = _images.Run("Export-SignedImage", With(Said("whatif.tar", _images.Signed), "WhatIf"));
        Assert.Contains("@sha256:", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.False(File.Exists(_images.File("whatif.tar")));
        Exported(_images.Run("Export-SignedImage", Said("whatif2.tar", _images.Signed)));
        _images.Registry.ClearRequests();
        RunResult import = _images.Run(
            "Import-SignedImage",
            With(new() { ["Path"] = "whatif2.tar", ["Destination"] = $"{_images.Registry.Host}/never" }, "WhatIf"));
        Assert.Single(import.WhatIf);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void What_is_there_is_replaced_with_Force_only()
    {
        Exported(_images.Run("Export-SignedImage", Said("there.tar", _images.Signed)));
        RunResult again = _images.Session.Invoke("Export-SignedImage", Said("there.tar", _images.Signed));
        Assert.Equal($"FileExists,{Export}", SignedImages.Terminating(again).FullyQualifiedErrorId);
        Exported(_images.Run("Export-SignedImage", With(Said("there.tar", _images.Other), "Force")));
        foreach (string name in (string[])["x.tar.gz", "x.tgz"])
        {
            Assert.Equal($"InvalidValue,{Export}", SignedImages.Terminating(
                _images.Session.Invoke("Export-SignedImage", Said(name, _images.Signed))).FullyQualifiedErrorId);
        }
    }

    [Fact]
    public void An_image_that_is_missing_leaves_no_archive()
    {
        RunResult result = _images.Run(
            "Export-SignedImage", Said("half.tar"), _images.Signed, $"{_images.Registry.Host}/app:none");
        Assert.Equal($"ImageNotFound,{Export}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        Assert.Empty(result.Output);
        Assert.False(File.Exists(_images.File("half.tar")));
    }

    [Fact]
    public void Writing_into_an_archive_is_refused()
    {
        Exported(_images.Run("Export-SignedImage", Said("read.tar", _images.Signed)));
        byte[] before = File.ReadAllBytes(_images.File("read.tar"));
        ErrorRecord error = Assert.Single(_images.Sign("oci:read.tar:1.0").Errors);
        Assert.StartsWith("Unsupported,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_images.File("read.tar")));
    }

    [Fact]
    public void A_file_that_is_no_archive_is_told()
    {
        File.WriteAllText(_images.File("no.tar"), "not a tar");
        RunResult result = _images.Run("Import-SignedImage", new() { ["Path"] = "no.tar", ["Destination"] = _images.Other });
        Assert.Equal($"MalformedArchive,{Import}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        RunResult missing = _images.Run("Import-SignedImage", new() { ["Path"] = "none.tar" });
        Assert.Equal($"PathNotFound,{Import}", Assert.Single(missing.Errors).FullyQualifiedErrorId);
    }

    private static SignedImageExport Exported(RunResult result)
    {
        Assert.Empty(result.Errors);
        return Assert.IsType<SignedImageExport>(Assert.Single(result.Output));
    }

    private static Dictionary<string, object?> Said(string path, string? image = null)
    {
        Dictionary<string, object?> said = new() { ["Path"] = path, ["SkipTrustRoot"] = true };
        if (image is not null)
        {
            said["Image"] = image;
        }

        return said;
    }

    private static Dictionary<string, object?> With(Dictionary<string, object?> said, string name)
    {
        said[name] = true;
        return said;
    }

    private static Dictionary<string, object?> Verify(string path) => new()
    {
        ["Path"] = path, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true, ["Offline"] = true,
    };
}
