using System.Management.Automation;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.CmdletHost;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>"Built from an authorised base": both forms, and everything that must not pass for it.</summary>
public sealed class BaseImageCmdletTests(SignedImages images) : IClassFixture<SignedImages>
{
    private const string Set = "SigstorePS.Commands.SetBaseImageSignatureCommand";
    private const string Test = "SigstorePS.Commands.TestBaseImageSignatureCommand";
    private const string Layer = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static int s_names;

    [Fact]
    public void An_image_that_begins_with_a_signed_base_passes()
    {
        (string basis, string derived) = Family();
        BaseImageSignature signed = Assert.IsType<BaseImageSignature>(Assert.Single(Sign(basis).Output));
        Assert.Equal((2, "Referrer"), (signed.LayerCount, signed.Storage));

        RunResult result = Verify(derived, new() { ["BaseImage"] = basis });
        Assert.Empty(result.Errors);
        BaseImageVerification found = Assert.IsType<BaseImageVerification>(Assert.Single(result.Output));
        VerifiedBase one = Assert.Single(found.Bases);
        Assert.Equal((true, 3, 2, "Attestation"), (found.Verified, found.LayerCount, one.LayerCount, one.Form));
        Assert.Equal((signed.Reference, signed.LayersDigest), (one.BaseImage, one.LayersDigest));
        Assert.Equal([true], Verify(derived, new() { ["BaseImage"] = basis, ["Quiet"] = true }).Output);
        Assert.Single(Verify(basis, new() { ["BaseImage"] = basis }).Output);
    }

    [Theory]
    [InlineData("ba3")]
    [InlineData("b3")]
    [InlineData("a3")]
    [InlineData("a")]
    [InlineData("xab3")]
    [InlineData("axb3")]
    [InlineData("s3")]
    [InlineData("")]
    public void Layers_reordered_removed_inserted_or_squashed_are_another_base(string layers)
    {
        (string basis, _) = Family();
        Sign(basis);
        string derived = Push(layers, Repository(basis));
        ErrorRecord error = Assert.Single(Verify(derived, new() { ["BaseImage"] = basis }).Errors);
        Assert.Equal($"BaseImageMismatch,{Test}", error.FullyQualifiedErrorId);
        Assert.False(Assert.IsType<BaseImageVerification>(error.TargetObject).Verified);
        Assert.Equal([false], Verify(derived, new() { ["BaseImage"] = basis, ["Quiet"] = true }).Output);
    }

    [Fact]
    public void A_base_that_nobody_trusted_signed_is_none()
    {
        (string basis, string derived) = Family();
        Assert.Equal(
            [$"NoAttestationFound,{Test}"], Verify(derived, new() { ["BaseImage"] = basis }).ErrorIds);
        Sign(basis, new() { ["Key"] = "other.key" });
        ErrorRecord error = Assert.Single(Verify(derived, new() { ["BaseImage"] = basis }).Errors);
        Assert.Single(Assert.IsType<BaseImageVerification>(error.TargetObject).Candidates);
        Assert.Equal([false], Verify(derived, new() { ["BaseImage"] = basis, ["Quiet"] = true }).Output);
    }

    [Fact]
    public void A_signature_or_attestation_of_another_kind_is_no_base_and_a_base_no_image_signature()
    {
        (string basis, string derived) = Family();
        images.Sign(basis);
        Assert.Empty(Verify(derived, new() { ["BaseImage"] = basis }).Output);
        Sign(basis);
        Assert.Single(Verify(derived, new() { ["BaseImage"] = basis }).Output);

        (string alone, _) = Family();
        Sign(alone);
        RunResult result = images.Run("Test-ImageSignature", new()
        {
            ["Image"] = alone, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
        });
        Assert.Equal(
            "PredicateTypeMismatch,SigstorePS.Commands.TestImageSignatureCommand", Assert.Single(result.ErrorIds));
    }

    [Fact]
    public void A_base_whose_statement_names_fewer_layers_than_it_has_does_not_pass()
    {
        // Signed by the right key, about the right image, of the right type: only the layers are not those.
        (string basis, string derived) = Family();
        string digest = Digest.Sha256(images.Registry.GetRepository(Repository(basis)).Find("base")!.Content).Hex;
        foreach (string layers in (string[])["[]", $"[\"{Of('a')}\"]", $"[\"{Of('b')}\",\"{Of('a')}\"]", "{}", "null", "[7]"])
        {
            File.WriteAllText(images.File("s.json"), $$$"""
                {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"{{{digest}}}"}}],"predicateType":"urn:x-sigstoreps:base-layers:v1","predicate":{"layers":{{{layers}}}}}
                """);
            images.Run("Set-ImageAttestation", new()
            {
                ["Image"] = basis, ["Statement"] = "s.json", ["Key"] = "cosign.key", ["Password"] = SignedImages.Password,
                ["SkipTransparencyLog"] = true,
            });
        }

        RunResult result = Verify(derived, new() { ["BaseImage"] = basis });
        Assert.Empty(result.Output);
        Assert.Equal(6, Assert.IsType<BaseImageVerification>(Assert.Single(result.Errors).TargetObject).Candidates.Length);
        Assert.Equal([false], Verify(derived, new() { ["BaseImage"] = basis, ["Quiet"] = true }).Output);
    }

    [Fact]
    public void The_manifest_alone_tells_when_it_carries_the_signature()
    {
        (string basis, _) = Family();
        BaseImageSignature signed = Assert.IsType<BaseImageSignature>(Assert.Single(Annotate(basis).Output));
        Assert.Equal(("signed", "None"), (signed.AnnotatedTag, signed.Storage));
        JsonObject carrier = Manifest(Repository(basis), "signed");
        string value = (string)carrier["layers"]![1]!["annotations"]!["dev.cosign.signature.baseimage"]!;
        Assert.Null(carrier["layers"]![0]!["annotations"]);

        string derived = Push("ab3", Repository(basis), (1, value));
        BaseImageVerification found =
            Assert.IsType<BaseImageVerification>(Assert.Single(Verify(derived, []).Output));
        VerifiedBase one = Assert.Single(found.Bases);
        Assert.Equal(("Annotation", 2, null), (one.Form, one.LayerCount, one.BaseImage));
        Assert.Equal(signed.LayersDigest, one.LayersDigest);
    }

    [Theory]
    [InlineData("ab3", 2)]
    [InlineData("ab3", 0)]
    [InlineData("ba3", 1)]
    [InlineData("xb3", 1)]
    [InlineData("xab3", 1)]
    [InlineData("xab3", 2)]
    public void An_annotation_that_moved_or_whose_layers_changed_is_refused(string layers, int at)
    {
        (string basis, _) = Family();
        Annotate(basis);
        string value = (string)Manifest(Repository(basis), "signed")["layers"]![1]!["annotations"]!
            ["dev.cosign.signature.baseimage"]!;
        RunResult result = Verify(Push(layers, Repository(basis), (at, value)), []);
        Assert.Empty(result.Output);
        Assert.Equal($"BaseImageMismatch,{Test}", Assert.Single(result.ErrorIds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("bm8=")]
    [InlineData("e30=")]
    [InlineData("Ejy6ipGJjUzMDoQFePWixqPBYF0iSnIvpMWps3mlcYNSEcRRZelL7GzimKXaMjxfhy5bshNGvDT5QoUJ0tqUAg==")]
    public void An_annotation_that_is_no_bundle_is_a_verdict(string value)
    {
        (string basis, _) = Family();
        string derived = Push("ab3", Repository(basis), (1, value));
        Assert.NotEmpty(Verify(derived, []).Errors);
        Assert.Equal([false], Verify(derived, new() { ["Quiet"] = true }).Output);
    }

    [Fact]
    public void An_image_signature_in_the_annotation_is_no_base()
    {
        (string basis, string derived) = Family();
        ImageSignature signature = Assert.IsType<ImageSignature>(Assert.Single(images.Sign(derived).Output));
        string value = Convert.ToBase64String(Encoding.UTF8.GetBytes(signature.Bundle!));
        Assert.Equal(
            $"PredicateTypeMismatch,{Test}", Assert.Single(Verify(Push("ab3", Repository(basis), (1, value)), []).ErrorIds));
    }

    [Fact]
    public void Bases_of_bases_are_all_told_and_a_threshold_counts_signers_of_one()
    {
        (string basis, _) = Family();
        Annotate(basis);
        string repository = Repository(basis);
        string value = (string)Manifest(repository, "signed")["layers"]![1]!["annotations"]!
            ["dev.cosign.signature.baseimage"]!;
        string middle = Push("ab3", repository, (1, value));
        images.Run("Set-BaseImageSignature", Signing(new()
        {
            ["Image"] = middle, ["Key"] = new object[] { "cosign.key", "other.key" }, ["Storage"] = "Annotation",
            ["Tag"] = "middle-signed",
        }));
        JsonObject carrier = Manifest(repository, "middle-signed");
        string upper = (string)carrier["layers"]![2]!["annotations"]!["dev.cosign.signature.baseimage"]!;
        string derived = Push("ab34", repository, (1, value), (2, upper));

        BaseImageVerification found = Assert.IsType<BaseImageVerification>(Assert.Single(Verify(derived, []).Output));
        Assert.Equal([2, 3], found.Bases.Select(static b => b.LayerCount));
        Assert.Equal(3, found.Candidates.Length);

        BaseImageVerification both = Assert.IsType<BaseImageVerification>(Assert.Single(Verify(derived, new()
        {
            ["Key"] = new object[] { "cosign.pub", "other.pub" }, ["Threshold"] = 2,
        }).Output));
        Assert.All(both.Bases, static b => Assert.Equal(3, b.LayerCount));
    }

    [Fact]
    public void What_the_image_names_is_asked_only_when_told_to_and_trusted_for_nothing()
    {
        (string basis, _) = Family();
        Sign(basis);
        string derived = Push(
            "ab3", NewName(), annotations: new JsonObject { ["org.opencontainers.image.base.name"] = basis });
        Assert.Equal($"NoSignatureFound,{Test}", Assert.Single(Verify(derived, []).ErrorIds));
        Assert.Single(Verify(derived, new() { ["FollowAnnotation"] = true }).Output);

        string liar = Push(
            "xy3", NewName(), annotations: new JsonObject { ["org.opencontainers.image.base.name"] = basis });
        Assert.Equal($"BaseImageMismatch,{Test}", Assert.Single(Verify(liar, new() { ["FollowAnnotation"] = true }).ErrorIds));
        string local = Push(
            "ab3", NewName(), annotations: new JsonObject { ["org.opencontainers.image.base.name"] = "oci:/etc" });
        Assert.Equal($"NoSignatureFound,{Test}", Assert.Single(Verify(local, new() { ["FollowAnnotation"] = true }).ErrorIds));
    }

    [Fact]
    public void A_tag_that_moved_on_is_made_good_by_the_digest_that_the_image_names()
    {
        (string basis, _) = Family();
        Sign(basis);
        string repository = Repository(basis);
        string digest = images.Registry.GetRepository(repository).Find("base")!.Digest;
        Push("cd", repository, "base");
        string derived = Push(
            "ab3", NewName(), annotations: new JsonObject { ["org.opencontainers.image.base.digest"] = digest });
        Assert.Single(Verify(derived, new() { ["BaseImage"] = basis }).Output);
        Assert.Equal(
            $"BaseImageMismatch,{Test}",
            Assert.Single(Verify(Push("ab3", NewName()), new() { ["BaseImage"] = basis }).ErrorIds));
    }

    [Fact]
    public void A_base_that_cannot_be_looked_for_is_no_verdict()
    {
        (string basis, string derived) = Family();
        RunResult result = Verify(derived, new() { ["BaseImage"] = $"{basis}-missing", ["Quiet"] = true });
        Assert.Empty(result.Output);
        Assert.Equal($"ImageNotFound,{Test}", Assert.Single(result.ErrorIds));
    }

    [Fact]
    public void Every_image_of_an_index_needs_a_base_and_an_index_of_none_has_none()
    {
        (string basis, string derived) = Family();
        string repository = Repository(basis);
        Sign(basis);
        string other = Push("x3", repository);
        string statement = PushManifest(repository, NewName(), new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["layers"] = new JsonArray(Descriptor('q', "application/vnd.in-toto+json")),
        });
        Dictionary<string, object?> said = new() { ["BaseImage"] = basis, ["Recurse"] = true };
        images.Registry.PushBlob(repository, "q"u8.ToArray());
        string good = Index(repository, (derived, "linux", "amd64"), (statement, "unknown", "unknown"));
        Assert.Single(Verify(good, said).Output);
        Assert.Equal([true], Verify(good, new(said) { ["Quiet"] = true }).Output);

        foreach (string bad in (string[])
            [
                Index(repository, (derived, "linux", "amd64"), (other, "linux", "arm64")),
                Index(repository, (derived, "linux", "amd64"), (other, "unknown", "unknown")),
                Index(repository), Index(repository, (statement, "unknown", "unknown")),
            ])
        {
            Assert.Equal([false], Verify(bad, new(said) { ["Quiet"] = true }).Output);
        }

        RunResult undecided = Verify(good, new() { ["BaseImage"] = basis, ["Quiet"] = true });
        Assert.Empty(undecided.Output);
        Assert.Equal($"InvalidValue,{Test}", Assert.Single(undecided.ErrorIds));
        Assert.Single(Verify(derived, new() { ["BaseImage"] = Index(repository, (basis, "linux", "amd64")) }).Output);
        Assert.Single(Sign(Index(repository, (basis, "linux", "amd64")), new() { ["Recurse"] = true }).Output);
    }

    [Fact]
    public void What_is_no_base_cannot_be_signed_as_one()
    {
        string empty = Push("", NewName());
        Assert.Equal($"InvalidValue,{Set}", Assert.Single(Sign(empty).ErrorIds));
        string many = Push(new string('a', Limits.BaseLayers + 1), NewName());
        Assert.Equal($"LimitExceeded,{Set}", Assert.Single(Sign(many).ErrorIds));
        Assert.Equal($"LimitExceeded,{Test}", Assert.Single(Verify(many, []).ErrorIds));
        string strange = PushManifest(NewName(), "strange", new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["layers"] = new JsonArray(Descriptor('a', "application/vnd.example.layer.v1.tar+gzip")),
        });
        Assert.Equal($"InvalidValue,{Set}", Assert.Single(Sign(strange).ErrorIds));
    }

    [Fact]
    public void A_tag_that_exists_is_overwritten_only_by_force()
    {
        (string basis, _) = Family();
        string repository = Repository(basis);
        string before = images.Registry.GetRepository(repository).Find("base")!.Digest;
        Dictionary<string, object?> said = new() { ["Storage"] = "Annotation", ["Tag"] = "base" };
        RunResult refused = Sign(basis, said);
        Assert.Equal($"TagOccupied,{Set}", Assert.Single(refused.ErrorIds));
        Assert.Equal(before, images.Registry.GetRepository(repository).Find("base")!.Digest);

        RunResult forced = Sign(basis, new(said) { ["Force"] = true, ["Storage"] = "Both" });
        Assert.NotEqual(before, images.Registry.GetRepository(repository).Find("base")!.Digest);
        Assert.Contains(forced.Warnings, static w => w.Contains("new image", StringComparison.Ordinal));
        Assert.Equal("Referrer", Assert.IsType<BaseImageSignature>(Assert.Single(forced.Output)).Storage);
        Assert.Equal(
            $"InvalidImageReference,{Set}",
            Assert.Single(Sign(basis, new(said) { ["Tag"] = $"sha256-{new string('a', 64)}.sig" }).ErrorIds));
    }

    [Fact]
    public void The_lowest_layers_of_a_derived_image_can_be_signed_where_the_builder_dropped_the_annotation()
    {
        (_, string derived) = Family();
        Sign(derived, new() { ["Storage"] = "Annotation", ["Tag"] = "again", ["LayerCount"] = 2 });
        string again = $"{derived[..derived.LastIndexOf(':')]}:again";
        VerifiedBase one = Assert.Single(Assert.IsType<BaseImageVerification>(
            Assert.Single(Verify(again, []).Output)).Bases);
        Assert.Equal(2, one.LayerCount);
        Assert.Equal($"InvalidValue,{Set}", Assert.Single(Sign(derived, new()
        {
            ["Storage"] = "Annotation", ["Tag"] = "more", ["LayerCount"] = 4,
        }).ErrorIds));
    }

    [Fact]
    public void WhatIf_signs_and_writes_nothing()
    {
        (string basis, _) = Family();
        images.Registry.ClearRequests();
        RunResult result = Sign(basis, new() { ["WhatIf"] = true, ["Storage"] = "Both", ["Tag"] = "t" });
        Assert.NotEmpty(result.WhatIf);
        Assert.DoesNotContain(images.Registry.Requests, static r => r.ChangesState);
    }

    [Theory]
    [InlineData("Storage", "Annotation", null, null)]
    [InlineData("Tag", "x", null, null)]
    [InlineData("LayerCount", 1, null, null)]
    [InlineData("Storage", "Annotation", "Tag", "x")]
    public void Contradictions_end_the_command(string one, object value, string? other, object? second)
    {
        (string basis, _) = Family();
        Dictionary<string, object?> said = Signing(new() { ["Image"] = basis, ["Key"] = "cosign.key", [one] = value });
        if (other is not null)
        {
            said[other] = second;
            said["Recurse"] = true;
        }

        RunResult result = images.Session.Invoke("Set-BaseImageSignature", said);
        Assert.Equal($"ContradictoryPolicy,{Set}", SignedImages.Terminating(result).FullyQualifiedErrorId);
    }

    [Fact]
    public void Leaving_out_the_claims_leaves_nothing()
    {
        RunResult result = images.Session.Invoke("Test-BaseImageSignature", new()
        {
            ["Image"] = images.Signed, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true, ["SkipClaimCheck"] = true,
        });
        Assert.Equal($"ContradictoryPolicy,{Test}", SignedImages.Terminating(result).FullyQualifiedErrorId);
        RunResult bad = Verify("BAD", new() { ["IncludeFailure"] = true });
        Assert.Equal("InvalidImageReference", Assert.IsType<BaseImageVerification>(Assert.Single(bad.Output)).Status);
    }

    private RunResult Sign(string image, Dictionary<string, object?>? more = null)
    {
        Dictionary<string, object?> said = Signing(new() { ["Image"] = image, ["Key"] = "cosign.key" });
        foreach ((string name, object? value) in more ?? [])
        {
            said[name] = value;
        }

        return images.Run("Set-BaseImageSignature", said);
    }

    private RunResult Annotate(string image) => Sign(image, new() { ["Storage"] = "Annotation", ["Tag"] = "signed" });

    private static Dictionary<string, object?> Signing(Dictionary<string, object?> said)
    {
        said["Password"] = SignedImages.Password;
        said["SkipTransparencyLog"] = true;
        return said;
    }

    private RunResult Verify(string image, Dictionary<string, object?> more) => images.Run(
        "Test-BaseImageSignature",
        new(more)
        {
            ["Image"] = image, ["SkipTransparencyLog"] = true, ["Key"] = more.GetValueOrDefault("Key") ?? "cosign.pub",
        });

    /// <summary>A base of the layers a and b, and an image with one more.</summary>
    private (string Base, string Derived) Family()
    {
        string repository = NewName();
        return (Push("ab", repository, "base"), Push("ab3", repository));
    }

    private static string NewName() => $"family{Interlocked.Increment(ref s_names)}";

    private static string Repository(string image) => image[(image.IndexOf('/', StringComparison.Ordinal) + 1)..image.LastIndexOf(':')];

    private static Digest Of(char layer) => Digest.Sha256([(byte)layer]);

    private string Push(string layers, string repository, params (int Layer, string Value)[] annotated) =>
        Push(layers, repository, NewName(), annotated);

    private string Push(
        string layers, string repository, string? tag = null, (int Layer, string Value)[]? annotated = null,
        JsonObject? annotations = null)
    {
        foreach (char layer in layers)
        {
            images.Registry.PushBlob(repository, [(byte)layer]);
        }

        JsonArray list = [.. layers.Select(l => Descriptor(l, Layer))];
        foreach ((int layer, string value) in annotated ?? [])
        {
            list[layer]!["annotations"] = new JsonObject { ["dev.cosign.signature.baseimage"] = value };
        }

        JsonObject manifest = new()
        {
            ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciManifest, ["layers"] = list,
        };
        if (annotations is not null)
        {
            manifest["annotations"] = annotations;
        }

        return PushManifest(repository, tag ?? NewName(), manifest);
    }

    private string PushManifest(string repository, string tag, JsonObject manifest)
    {
        images.Registry.PushManifest(
            repository, tag, Encoding.UTF8.GetBytes(manifest.ToJsonString()), (string)manifest["mediaType"]!);
        return $"{images.Registry.Host}/{repository}:{tag}";
    }

    private static JsonObject Descriptor(char layer, string mediaType) => new()
    {
        ["mediaType"] = mediaType, ["digest"] = Of(layer).ToString(), ["size"] = 1,
    };

    private string Index(string repository, params (string Image, string Os, string Architecture)[] children)
    {
        JsonArray manifests = [];
        foreach ((string image, string os, string architecture) in children)
        {
            byte[] content = images.Registry.GetRepository(repository).Find(image[(image.LastIndexOf(':') + 1)..])!.Content;
            manifests.Add(new JsonObject
            {
                ["mediaType"] = MediaTypes.OciManifest,
                ["digest"] = Digest.Sha256(content).ToString(),
                ["size"] = content.Length,
                ["platform"] = new JsonObject { ["os"] = os, ["architecture"] = architecture },
            });
        }

        return PushManifest(repository, NewName(), new JsonObject
        {
            ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex, ["manifests"] = manifests,
        });
    }

    private JsonObject Manifest(string repository, string tag) =>
        (JsonObject)JsonNode.Parse(images.Registry.GetRepository(repository).Find(tag)!.Content)!;
}
