using System.Text;
using SigstorePS.CmdletHost;
using SigstorePS.Oci;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>What goes with what, what is left over, and what must never be deleted.</summary>
public sealed class RemovalCmdletTests : IAsyncDisposable
{
    private const string Remove = "SigstorePS.Commands.RemoveImageSignatureCommand";
    private SignedImages _images = new();

    public ValueTask DisposeAsync() => _images.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_hangs_on_a_signature_goes_with_it_deepest_first(bool referrers)
    {
        await UseAsync(new() { Referrers = referrers });
        ImageSignature legacy = Sign(_images.Signed, "Legacy");
        ImageSignature bundle = Sign(_images.Signed, "Bundle");
        string manifest = Pinned(legacy.SignatureReference);
        Sign(manifest, "Legacy");
        ImageSignature second = Sign(bundle.SignatureReference, "Bundle");
        Sign(second.SignatureReference, "Bundle");
        Assert.Equal(5, Tree().Count(static a => a.Kind == "Signature"));

        List<RemovedArtifact> removed = Removed(RunRemove(_images.Signed, []));
        Assert.Equal(5, removed.Count);
        Assert.Single(Tree());
        Assert.True(
            removed.FindIndex(r => r.Reference == second.SignatureReference)
            < removed.FindIndex(r => r.Reference == bundle.SignatureReference));
        Assert.Equal(["1.0", "2.0"], Tags().Order());
    }

    [Fact]
    public void A_counter_signature_stays_when_only_it_is_chosen_or_left_out()
    {
        ImageSignature bundle = Sign(_images.Signed, "Bundle");
        ImageSignature second = Sign(bundle.SignatureReference, "Bundle");
        object?[] deepest = [.. Tree().Where(a => a.Reference == second.SignatureReference)];
        Assert.Single(deepest);
        Assert.Equal(second.SignatureReference, Assert.Single(Removed(Piped(deepest))).Reference);
        Assert.Equal(1, Tree().Count(static a => a.Kind == "Signature"));
    }

    [Fact]
    public void Nodes_of_the_tree_are_removed_one_by_one_and_the_image_never()
    {
        Sign(_images.Signed, "Bundle");
        Sign(_images.Signed, "Legacy");
        Attest(_images.Signed);
        Assert.Equal(["Attestation"], Removed(Piped([.. Tree().Where(static a => a.Kind == "Attestation")])).Select(static r => r.Kind));
        Assert.Equal(2, Tree().Count(static a => a.Kind == "Signature"));
        Assert.Empty(Piped([.. Tree().Where(static a => a.Kind == "Blob")]).Output);

        RunResult rest = Piped([.. Tree()]);
        Assert.Empty(rest.Errors);
        Assert.Equal(2, rest.Output.Count);
        Assert.Equal("Image", Assert.Single(Tree()).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Orphans_are_removed_and_only_they(bool piped)
    {
        await UseAsync(new() { Referrers = false });
        ImageSignature bundle = Sign(_images.Signed, "Bundle");
        Sign(_images.Signed, "Legacy");
        Sign(Pinned(bundle.SignatureReference), "Legacy");
        Sign(_images.Other, "Legacy");
        _images.Registry.GetRepository("app").Delete(Digest("1.0"));
        string repository = $"{_images.Registry.Host}/app";

        SignatureTag[] found = [.. _images.Run("Find-SignatureTag", new() { ["Image"] = repository, ["AllTags"] = true })
            .Output.Cast<SignatureTag>()];
        Assert.Equal([false, false, true, true], found.Select(static t => t.Orphaned).Order());
        object?[] orphans = [.. found.Where(static t => t.Orphaned)];
        RunResult preview = piped
            ? Piped(orphans, new() { ["WhatIf"] = true })
            : _images.Run("Remove-ImageSignature", new() { ["Image"] = repository, ["Orphaned"] = true, ["WhatIf"] = true });
        Assert.Equal(3, preview.WhatIf.Count);
        Assert.Equal(4, Tags().Length - 1);

        RunResult result = piped ? Piped(orphans) : RunRemove(repository, new() { ["Orphaned"] = true });
        Assert.Empty(result.Errors);
        Assert.Equal(3, result.Output.Count);
        Assert.Equal(2, Tags().Length);
        Assert.Single(_images.Run("Get-ImageSignature", new() { ["Image"] = _images.Other }).Output);
        Assert.Null(_images.Registry.GetRepository("app").Find(bundle.SignatureReference.Split('@')[1]));
    }

    [Fact]
    public void An_image_that_could_not_be_asked_for_is_not_gone()
    {
        Sign(_images.Signed, "Legacy");
        SignatureTag tag = Assert.Single(_images.Run(
            "Find-SignatureTag", new() { ["Image"] = $"{_images.Registry.Host}/app", ["AllTags"] = true })
            .Output.Cast<SignatureTag>());
        string digest = Digest("1.0");
        _images.Registry.AddFault($"/manifests/{digest}", LoopbackFault.Status(403));
        _images.Registry.ClearRequests();
        RunResult result = RunRemove($"{_images.Registry.Host}/app", new() { ["Orphaned"] = true });
        Assert.Equal($"RegistryUnauthorized,{Remove}", Assert.Single(result.ErrorIds));
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
        _images.Registry.ClearFaults();

        // It says that it is one, and is none (any more).
        RunResult lied = RunRemove($"{_images.Registry.Host}/app", new()
        {
            ["Orphaned"] = true, ["SubjectDigest"] = tag.SubjectDigest, ["Kind"] = tag.Kind, ["Digest"] = tag.Digest,
        });
        Assert.Equal($"InvalidValue,{Remove}", Assert.Single(lied.ErrorIds));
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void Signatures_elsewhere_are_no_orphans_because_the_images_cannot_be_seen()
    {
        string elsewhere = $"{_images.Registry.Host}/signatures";
        Sign(_images.Signed, "Legacy", elsewhere);
        _images.Registry.GetRepository("empty");
        RunResult result = RunRemove(
            $"{_images.Registry.Host}/empty", new() { ["Orphaned"] = true, ["Repository"] = elsewhere });
        Assert.Equal($"ImageNotFound,{Remove}", Assert.Single(result.ErrorIds));
        Assert.Single(_images.Registry.GetRepository("signatures").Tags());

        Assert.Empty(RunRemove($"{_images.Registry.Host}/app", new() { ["Orphaned"] = true, ["Repository"] = elsewhere }).Output);
        _images.Registry.GetRepository("app").Delete(Digest("1.0"));
        Assert.Single(RunRemove($"{_images.Registry.Host}/app", new() { ["Orphaned"] = true, ["Repository"] = elsewhere }).Output);
        Assert.Empty(_images.Registry.GetRepository("signatures").Tags());
    }

    [Theory]
    [InlineData("Legacy")]
    [InlineData("Bundle")]
    public async Task Signatures_elsewhere_of_another_repository_are_no_orphans(string format)
    {
        await UseAsync(new() { Referrers = false });
        string elsewhere = $"{_images.Registry.Host}/signatures";
        StoredManifest other = _images.Registry.GetRepository("app").Find("2.0")!;
        _images.Registry.PushManifest("shop", "1", other.Content, other.MediaType);
        _images.Registry.GetRepository("app").Delete(other.Digest);
        Sign($"{_images.Registry.Host}/shop:1", format, elsewhere);
        Dictionary<string, object?> orphaned = new() { ["Orphaned"] = true, ["Repository"] = elsewhere };
        RunResult result = RunRemove($"{_images.Registry.Host}/app", orphaned);
        Assert.Empty(result.Output);
        Assert.Contains("1 more", Assert.Single(result.Warnings), StringComparison.Ordinal);

        orphaned["SubjectDigest"] = other.Digest;
        Assert.Equal($"InvalidValue,{Remove}", Assert.Single(RunRemove($"{_images.Registry.Host}/app", orphaned).ErrorIds));
        Assert.NotEmpty(_images.Registry.GetRepository("signatures").Tags());
    }

    [Fact]
    public void A_prefix_keeps_to_its_own()
    {
        Sign(_images.Signed, "Legacy", prefix: "dev-");
        Sign(_images.Signed, "Legacy");
        Assert.Single(RunRemove(_images.Signed, new() { ["TagPrefix"] = "dev-" }).Output);
        Assert.Single(_images.Run("Get-ImageSignature", new() { ["Image"] = _images.Signed }).Output);
        Sign(_images.Other, "Legacy", prefix: "dev-");
        _images.Registry.GetRepository("app").Delete(Digest("2.0"));
        Assert.Empty(RunRemove($"{_images.Registry.Host}/app", new() { ["Orphaned"] = true }).Output);
        Assert.Single(RunRemove($"{_images.Registry.Host}/app", new() { ["Orphaned"] = true, ["TagPrefix"] = "dev-" }).Output);
    }

    [Fact]
    public void A_manifest_with_a_name_of_its_own_loses_the_tag_only()
    {
        ImageSignature legacy = Sign(_images.Signed, "Legacy");
        string tag = legacy.SignatureReference[(legacy.SignatureReference.LastIndexOf(':') + 1)..];
        StoredManifest manifest = _images.Registry.GetRepository("app").Find(tag)!;
        _images.Registry.PushManifest("app", "mysignature", manifest.Content, manifest.MediaType);

        RemovedArtifact removed = Assert.Single(Removed(RunRemove(_images.Signed, [])));
        Assert.True(removed.TagOnly);
        Assert.Equal(["1.0", "2.0", "mysignature"], Tags().Order());
    }

    [Fact]
    public void A_signature_tag_that_points_to_an_image_is_untagged_and_the_image_stays()
    {
        // Whoever may push, but not delete, would have an administrator's clean-up delete production.
        StoredManifest production = _images.Registry.GetRepository("app").Find("2.0")!;
        string tag = SignatureTagName.Of(Crypto.Digest.Parse(Digest("1.0")), "sig");
        _images.Registry.PushManifest("app", tag, production.Content, production.MediaType);
        _images.Registry.GetRepository("app").Delete("2.0");
        Assert.True(Assert.Single(Removed(RunRemove(_images.Signed, []))).TagOnly);
        Assert.NotNull(_images.Registry.GetRepository("app").Find(production.Digest));
        Assert.Equal(["1.0"], Tags());
    }

    [Fact]
    public void A_referrer_that_somebody_named_is_left_with_what_it_hangs_on()
    {
        ImageSignature bundle = Sign(_images.Signed, "Bundle");
        ImageSignature second = Sign(bundle.SignatureReference, "Bundle");
        StoredManifest manifest = _images.Registry.GetRepository("app").Find(second.SignatureReference.Split('@')[1])!;
        _images.Registry.PushManifest("app", "keep", manifest.Content, manifest.MediaType);
        RunResult result = RunRemove(_images.Signed, []);
        Assert.Equal([$"TagOccupied,{Remove}", $"DeletionUnsupported,{Remove}"], result.ErrorIds);
        Assert.Equal(2, Tree().Count(static a => a.Kind == "Signature"));
    }

    [Fact]
    public async Task An_index_that_is_empty_or_lists_what_is_gone_is_removed()
    {
        await UseAsync(new() { Referrers = false });
        Sign(_images.Signed, "Bundle");
        Assert.Equal(3, Tags().Length);
        Assert.Single(RunRemove(_images.Signed, []).Output);
        Assert.Equal(["1.0", "2.0"], Tags().Order());

        ImageSignature again = Sign(_images.Signed, "Bundle");
        _images.Registry.GetRepository("app").Delete(again.SignatureReference.Split('@')[1]);
        Assert.Empty(RunRemove(_images.Signed, []).Output);
        Assert.Equal("Referrer", Assert.Single(Removed(RunRemove(_images.Signed, new() { ["Type"] = new[] { "All" } }))).Kind);
        Assert.Equal(["1.0", "2.0"], Tags().Order());
    }

    [Fact]
    public async Task Lists_that_lead_in_a_circle_end()
    {
        await UseAsync(new() { Referrers = false });
        ImageSignature legacy = Sign(_images.Signed, "Legacy");
        string manifest = Pinned(legacy.SignatureReference).Split('@')[1];
        StoredManifest image = _images.Registry.GetRepository("app").Find("1.0")!;

        // The signatures of the signature are the image, and its referrers are both of them.
        _images.Registry.PushManifest(
            "app", SignatureTagName.Of(Crypto.Digest.Parse(manifest), "sig"), image.Content, image.MediaType);
        string index = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{image.Digest}}","size":{{image.Content.Length}}},{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{manifest}}","size":1}]}
            """;
        _images.Registry.PushManifest(
            "app", SignatureTagName.Fallback(Crypto.Digest.Parse(manifest)), Encoding.UTF8.GetBytes(index), MediaTypes.OciIndex);
        RunResult result = RunRemove(_images.Signed, new() { ["Type"] = new[] { "All" } });
        Assert.Empty(result.Errors);
        Assert.Equal(manifest, Assert.Single(Removed(result)).Digest);
        Assert.NotNull(_images.Registry.GetRepository("app").Find("1.0"));
    }

    [Fact]
    public async Task A_registry_that_deletes_nothing_keeps_all()
    {
        await UseAsync(new() { DeleteDisabled = true });
        ImageSignature bundle = Sign(_images.Signed, "Bundle");
        Sign(bundle.SignatureReference, "Bundle");
        RunResult result = RunRemove(_images.Signed, []);
        Assert.Equal([$"DeletionUnsupported,{Remove}", $"DeletionUnsupported,{Remove}"], result.ErrorIds);
        Assert.Equal(2, Tree().Count(static a => a.Kind == "Signature"));
    }

    private async Task UseAsync(LoopbackRegistryOptions options)
    {
        await _images.DisposeAsync();
        _images = new SignedImages(options);
    }

    private ImageSignature Sign(string image, string format, string? repository = null, string? prefix = null)
    {
        Dictionary<string, object?> said = new()
        {
            ["Image"] = image, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
            ["Format"] = new[] { format },
        };
        if (repository is not null)
        {
            said["Repository"] = repository;
        }

        if (prefix is not null)
        {
            said["TagPrefix"] = prefix;
        }

        return Assert.IsType<ImageSignature>(Assert.Single(_images.Run("Set-ImageSignature", said).Output));
    }

    private void Attest(string image)
    {
        File.WriteAllText(_images.File("p.json"), "{}");
        _images.Run("Set-ImageAttestation", new()
        {
            ["Image"] = image, ["Predicate"] = "p.json", ["Key"] = "cosign.key", ["Password"] = SignedImages.Password,
            ["SkipTransparencyLog"] = true,
        });
    }

    private RunResult RunRemove(string image, Dictionary<string, object?> more) =>
        _images.Run("Remove-ImageSignature", new(more) { ["Image"] = image, ["Force"] = true });

    private RunResult Piped(object?[] input, Dictionary<string, object?>? more = null) =>
        _images.Run("Remove-ImageSignature", new(more ?? []) { ["Force"] = true }, input);

    private static List<RemovedArtifact> Removed(RunResult result)
    {
        Assert.Empty(result.Errors);
        return [.. result.Output.Cast<RemovedArtifact>()];
    }

    private ImageArtifact[] Tree() =>
        [.. _images.Run("Get-ImageTree", new() { ["Image"] = _images.Signed }).Output.Cast<ImageArtifact>()];

    private string[] Tags() => _images.Registry.GetRepository("app").Tags();

    private string Digest(string tag) => _images.Registry.GetRepository("app").Find(tag)!.Digest;

    /// <summary>A reference by tag, by digest.</summary>
    private string Pinned(string reference) => reference.Contains('@', StringComparison.Ordinal)
        ? reference
        : $"{reference[..reference.LastIndexOf(':')]}@{Digest(reference[(reference.LastIndexOf(':') + 1)..])}";
}
