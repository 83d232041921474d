using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Copy-SignedImage between registries in this process.</summary>
public sealed class CopyCmdletTests : IClassFixture<SignedImages>
{
    private const string Copy = "SigstorePS.Commands.CopySignedImageCommand";
    private readonly SignedImages _images;

    public CopyCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
    }

    [Fact]
    public async Task What_is_copied_verifies_there()
    {
        await using LoopbackRegistry other = LoopbackRegistry.Start();
        _images.Sign(_images.Signed);
        RunResult copied = Run(_images.Signed, $"{other.Host}/mirror/app");
        Assert.Empty(copied.Errors);
        ImageCopyResult first = Assert.IsType<ImageCopyResult>(copied.Output[0]);
        Assert.Equal($"{other.Host}/mirror/app:1.0", first.Destination);
        RunResult tested = _images.Run("Test-ImageSignature", new()
        {
            ["Image"] = first.Destination, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
        });
        Assert.Empty(tested.Errors);
    }

    [Fact]
    public async Task A_slash_at_the_end_keeps_repository_and_tag()
    {
        await using LoopbackRegistry other = LoopbackRegistry.Start();
        RunResult copied = _images.Run(
            "Copy-SignedImage", new() { ["Destination"] = $"{other.Host}/prefix/", ["Include"] = new[] { "None" } },
            _images.Signed, _images.Other);
        Assert.Equal(
            [$"{other.Host}/prefix/app:1.0", $"{other.Host}/prefix/app:2.0"],
            copied.Output.Cast<ImageCopyResult>().Select(static r => r.Destination));
    }

    [Fact]
    public async Task WhatIf_names_source_digest_and_destination_and_writes_nothing()
    {
        await using LoopbackRegistry other = LoopbackRegistry.Start();
        RunResult result = Run(_images.Signed, $"{other.Host}/app:2", ("WhatIf", true));
        string question = Assert.Single(result.WhatIf);
        Assert.Contains("@sha256:", question, StringComparison.Ordinal);
        Assert.Contains($"{other.Host}/app:2", question, StringComparison.Ordinal);
        Assert.DoesNotContain(other.Requests, static r => r.ChangesState);
    }

    [Fact]
    public async Task The_credentials_of_the_destination_never_go_to_the_source()
    {
        await using LoopbackRegistry source = LoopbackRegistry.Start(new() { Auth = LoopbackAuth.Basic });
        await using LoopbackRegistry other = LoopbackRegistry.Start(new() { Auth = LoopbackAuth.Basic });
        source.PushImage("app", "1.0");
        PSCredential credential = new(LoopbackRegistryOptions.User, Secret(LoopbackRegistryOptions.Password));
        RunResult refused = Run($"{source.Host}/app:1.0", $"{other.Host}/app", ("Credential", credential));
        Assert.Equal($"RegistryUnauthorized,{Copy}", Assert.Single(refused.Errors).FullyQualifiedErrorId);
        Assert.All(source.Requests, static r => Assert.Null(r.Authorization));

        RunResult there = Run(_images.Signed, $"{other.Host}/app", ("Credential", credential), ("Force", true));
        Assert.Empty(there.Errors);
        RunResult within = Run($"{source.Host}/app:1.0", $"{source.Host}/copy", ("Credential", credential));
        Assert.Empty(within.Errors);
    }

    [Fact]
    public async Task All_tags_are_copied_each_as_an_image_of_its_own()
    {
        await using LoopbackRegistry other = LoopbackRegistry.Start();
        _images.Sign(_images.Signed);
        RunResult copied = Run($"{_images.Registry.Host}/app", $"{other.Host}/app", ("AllTags", true));
        Assert.Empty(copied.Errors);
        Assert.Equal(
            [$"{other.Host}/app:1.0", $"{other.Host}/app:2.0"],
            copied.Output.Cast<ImageCopyResult>().Where(static r => r.Depth == 0).Select(static r => r.Destination)
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            $"InvalidImageReference,{Copy}",
            Assert.Single(Run(_images.Signed, $"{other.Host}/app", ("AllTags", true)).Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public async Task What_was_copied_comes_before_the_error_that_names_the_rest()
    {
        await using LoopbackRegistry other = LoopbackRegistry.Start();
        _images.Sign(_images.Signed);
        _images.Registry.AddFault("/referrers/", LoopbackFault.Status(400, "{}"), times: 0);
        other.AddFault("/blobs/uploads/", LoopbackFault.Status(403), times: 1, method: "PUT");
        RunResult result = Run(_images.Signed, $"{other.Host}/app");
        Assert.Single(result.Errors);
        Assert.Null(other.FindRepository("app")?.Find("1.0"));
        Assert.Empty(Run(_images.Signed, $"{other.Host}/app").Errors);
        Assert.NotNull(other.FindRepository("app")?.Find("1.0"));
    }

    [Theory]
    [InlineData("BAD/x:1", "InvalidImageReference")]
    [InlineData("mirror.test/app@sha256:0000000000000000000000000000000000000000000000000000000000000000", "InvalidImageReference")]
    public void A_bad_destination_is_told(string destination, string code) => Assert.Equal(
        $"{code},{Copy}", Assert.Single(Run(_images.Signed, destination).Errors).FullyQualifiedErrorId);

    private RunResult Run(string image, string destination, params (string Name, object Value)[] more)
    {
        Dictionary<string, object?> parameters = new() { ["Image"] = image, ["Destination"] = destination };
        foreach ((string name, object value) in more)
        {
            parameters[name] = value;
        }

        return _images.Run("Copy-SignedImage", parameters);
    }

    private static System.Security.SecureString Secret(string text)
    {
        System.Security.SecureString secret = new();
        text.ToList().ForEach(secret.AppendChar);
        return secret;
    }
}
