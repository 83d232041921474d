using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Support;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>The compiled cmdlets against a registry, where no PowerShell is needed.</summary>
public sealed class ImageCmdletTests : IClassFixture<SignedImages>
{
    private const string Test = "SigstorePS.Commands.TestImageSignatureCommand";
    private readonly SignedImages _images;

    public ImageCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
    }

    [Fact]
    public void What_was_signed_verifies()
    {
        RunResult signed = _images.Sign(_images.Signed);
        ImageSignature signature = Assert.IsType<ImageSignature>(Assert.Single(signed.Output));
        Assert.Equal("Skipped", signature.TransparencyLog);

        RunResult tested = _images.Run("Test-ImageSignature", Good(), _images.Signed);
        Assert.Empty(tested.Errors);
        ImageVerification result = Assert.IsType<ImageVerification>(Assert.Single(tested.Output));
        Assert.True(result.Verified);
        Assert.Equal("cosign.pub", result.Signer);
    }

    [Fact]
    public void WhatIf_names_the_digest_and_changes_nothing()
    {
        _images.Registry.ClearRequests();
        RunResult result = _images.Run("Set-ImageSignature", new()
        {
            ["Image"] = _images.Signed, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password,
            ["SkipTransparencyLog"] = true, ["Format"] = new[] { "Bundle", "Legacy" }, ["WhatIf"] = true,
        });
        Assert.Contains("@sha256:", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.NotEmpty(_images.Registry.Requests);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void Removing_under_WhatIf_deletes_nothing_even_with_Force()
    {
        _images.Sign(_images.Signed);
        _images.Registry.ClearRequests();
        RunResult result = _images.Run("Remove-ImageSignature", new()
        {
            ["Image"] = _images.Signed, ["Force"] = true, ["WhatIf"] = true,
        });
        Assert.NotEmpty(result.WhatIf);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void An_unsigned_image_gives_an_error_with_the_failed_result_and_no_object()
    {
        RunResult result = _images.Run("Test-ImageSignature", Good(), _images.Other);
        Assert.Empty(result.Output);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"NoSignatureFound,{Test}", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.False(Assert.IsType<ImageVerification>(error.TargetObject).Verified);
    }

    [Fact]
    public void A_listing_that_fails_is_never_a_verdict()
    {
        _images.Registry.AddFault("sha256-", LoopbackFault.Status(501), method: "GET");
        _images.Registry.AddFault("referrers", LoopbackFault.Status(501));
        Dictionary<string, object?> quiet = Good();
        quiet["Quiet"] = true;
        quiet["TimeoutSec"] = 60;
        RunResult result = _images.Run("Test-ImageSignature", quiet, _images.Other);
        Assert.Empty(result.Output);
        Assert.Equal(ErrorCategory.ConnectionError, Assert.Single(result.Errors).CategoryInfo.Category);
    }

    [Fact]
    public void Quiet_gives_one_boolean_for_an_index_whatever_its_children_are()
    {
        string index = $"{_images.Registry.Host}/many:1.0";
        foreach (string platform in (string[])["linux/amd64", "linux/arm64"])
        {
            File.WriteAllText(_images.File(platform.Replace('/', '-')), platform);
        }

        _images.Run("Publish-ImageBlob", new()
        {
            ["Image"] = index, ["Path"] = new[] { "linux-amd64:linux/amd64", "linux-arm64:linux/arm64" },
        });
        _images.Sign(index);
        Dictionary<string, object?> quiet = Good();
        quiet["Quiet"] = true;
        Assert.Equal([true], _images.Run("Test-ImageSignature", quiet, index).Output);
        quiet["Recurse"] = true;
        Assert.Equal([false], _images.Run("Test-ImageSignature", quiet, index).Output);

        _images.Run("Set-ImageSignature", new()
        {
            ["Image"] = index, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["Recurse"] = true,
            ["SkipTransparencyLog"] = true,
        });
        Assert.Equal([true], _images.Run("Test-ImageSignature", quiet, index).Output);
    }

    [Fact]
    public void Bad_input_goes_on_in_input_order()
    {
        _images.Sign(_images.Signed);
        Dictionary<string, object?> rows = Good();
        rows["IncludeFailure"] = true;
        rows["ThrottleLimit"] = 3;
        RunResult result = _images.Run(
            "Test-ImageSignature", rows, _images.Signed, "-bad", "", $"{_images.Registry.Host}/app:none", _images.Other,
            _images.Signed);
        Assert.Empty(result.Errors);
        Assert.Equal(
            ["Verified", "InvalidImageReference", "InvalidImageReference", "ImageNotFound", "NoSignatureFound", "Verified"],
            result.Output.Cast<ImageVerification>().Select(static v => v.Status));
    }

    [Fact]
    public void Without_the_word_on_the_log_an_entry_is_asked_for()
    {
        RunResult result = _images.Session.Invoke("Test-ImageSignature", new()
        {
            ["Image"] = _images.Signed, ["Key"] = "cosign.pub",
            ["TrustedRoot"] = RepositoryRoot.Fixture("golden", "trust", "trusted_root-empty.json"),
        });
        Assert.Equal($"LogEntryMissing,{Test}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Offline_nothing_is_sent()
    {
        _images.Registry.ClearRequests();
        RunResult result = _images.Session.Invoke("Test-ImageSignature", new()
        {
            ["Image"] = _images.Signed, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true, ["Offline"] = true,
        });
        Assert.Equal($"OfflineUnavailable,{Test}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        Assert.Empty(_images.Registry.Requests);
    }

    [Fact]
    public void A_password_that_cannot_be_asked_for_is_named()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("COSIGN_PASSWORD") is not null, "COSIGN_PASSWORD is set");
        RunResult result = _images.Session.Invoke("Get-SigstoreKey", new() { ["Key"] = "cosign.key" });
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("PasswordRequired,SigstorePS.Commands.GetSigstoreKeyCommand", error.FullyQualifiedErrorId);
        Assert.Contains("-Password or set COSIGN_PASSWORD", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_First_ends_the_work()
    {
        _images.Sign(_images.Signed);
        Command test = new("Test-ImageSignature") { { "Key", "cosign.pub" }, { "SkipTransparencyLog", true } };
        RunResult result = _images.Session.Invoke(
            [test, new Command("Select-Object") { { "First", 2 } }], Enumerable.Repeat<object?>(_images.Signed, 200));
        Assert.Equal(2, result.Output.Count);
        Assert.Null(result.Terminating);
    }

    private static Dictionary<string, object?> Good() => new()
    {
        ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
    };
}
