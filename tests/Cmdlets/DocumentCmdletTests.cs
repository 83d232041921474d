using System.Collections;
using System.Management.Automation;
using SigstorePS.CmdletHost;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Images out of documents and objects, and on to what takes images.</summary>
public sealed class DocumentCmdletTests(SignedImages images) : IClassFixture<SignedImages>
{
    [Fact]
    public void A_manifest_is_verified_and_pinned_to_what_was_verified()
    {
        images.Sign(images.Signed);
        string file = Write("deploy.yaml", images.Signed);
        RunResult found = images.Run("Get-KubernetesImage", new() { ["Path"] = "deploy.yaml" });
        RunResult tested = images.Run("Test-ImageSignature", Key(), [.. found.Output]);
        ImageVerification verified = Assert.IsType<ImageVerification>(Assert.Single(tested.Output));

        Dictionary<string, object?> pin = new() { ["Path"] = "deploy.yaml", ["Pin"] = new object[] { verified }, ["WhatIf"] = true };
        string before = File.ReadAllText(file);
        RunResult shown = images.Run("Get-KubernetesImage", pin);
        Assert.Contains($"+   - image: {images.Signed}@sha256:", Assert.Single(shown.WhatIf), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        Assert.Empty(shown.Output);

        pin.Remove("WhatIf");
        RunResult pinned = images.Run("Get-KubernetesImage", pin);
        Assert.Empty(pinned.Errors);
        Assert.Equal($"{images.Signed}@{verified.Digest}", Assert.IsType<SourceImage>(Assert.Single(pinned.Output)).Reference);
        Assert.Equal(before.Replace(images.Signed, $"{images.Signed}@{verified.Digest}", StringComparison.Ordinal), File.ReadAllText(file));
    }

    [Fact]
    public void What_was_not_verified_is_not_pinned_and_nothing_else_of_the_file_unless_told()
    {
        string file = Write("two.yaml", images.Signed, images.Other);
        string before = File.ReadAllText(file);
        PSObject twin = new();
        twin.Properties.Add(new PSNoteProperty("Image", images.Signed));
        twin.Properties.Add(new PSNoteProperty("Digest", $"sha256:{new string('a', 64)}"));
        twin.Properties.Add(new PSNoteProperty("Verified", true));
        Dictionary<string, object?> pin = new() { ["Path"] = "two.yaml", ["Pin"] = new object[] { twin } };
        RunResult refused = images.Run("Get-KubernetesImage", pin);
        Assert.StartsWith("DocumentUnresolved,", Assert.Single(refused.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));

        pin["AllowPartial"] = true;
        Assert.Single(images.Run("Get-KubernetesImage", pin).Errors);
        Assert.Contains($"{images.Signed}@sha256:aaaa", File.ReadAllText(file), StringComparison.Ordinal);

        twin.Properties["Verified"]!.Value = false;
        File.WriteAllText(file, before);
        Assert.Equal(2, images.Run("Get-KubernetesImage", pin).Errors.Count);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public void A_signature_of_anything_pins_nothing()
    {
        images.Sign(images.Signed);
        string file = Write("claims.yaml", images.Signed);
        string before = File.ReadAllText(file);
        Dictionary<string, object?> key = Key();
        key["SkipClaimCheck"] = true;
        object result = Assert.Single(images.Run("Test-ImageSignature", key, images.Signed).Output)!;
        RunResult refused = images.Run("Get-KubernetesImage", new() { ["Path"] = "claims.yaml", ["Pin"] = new[] { result } });
        Assert.StartsWith("DocumentUnresolved,", Assert.Single(refused.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public void What_is_approved_is_what_is_seen()
    {
        string file = Write("bidi.yaml", images.Signed);
        File.WriteAllText(file, File.ReadAllText(file).Replace(images.Signed, $"{images.Signed} # \u202Eneveres", StringComparison.Ordinal));
        PSObject twin = Object(("Image", images.Signed), ("Digest", $"sha256:{new string('a', 64)}"), ("Verified", true));
        string shown = Assert.Single(images.Run(
            "Get-KubernetesImage", new() { ["Path"] = "bidi.yaml", ["Pin"] = new object[] { twin }, ["WhatIf"] = true }).WhatIf);
        Assert.DoesNotContain('\u202E', shown);
        Assert.Contains("U+202E", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_tested_again_means_what_was_tested()
    {
        images.Sign(images.Signed);
        ImageVerification first = Assert.IsType<ImageVerification>(Assert.Single(images.Run("Test-ImageSignature", Key(), images.Signed).Output));
        ImageVerification again = Assert.IsType<ImageVerification>(Assert.Single(images.Run("Test-ImageSignature", Key(), first).Output));
        Assert.Equal($"{images.Signed}@{first.Digest}", again.Image);
        PSObject cut = Object(("Image", images.Signed), ("Digest", "sha256:0123456789ab"));
        Assert.StartsWith("InvalidImageReference,", Assert.Single(images.Run("Test-ImageSignature", Key(), cut).Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_result_of_a_test_pins_nothing()
    {
        Write("x.yaml", images.Signed);
        RunResult result = images.Session.Invoke(
            "Get-KubernetesImage", new() { ["Path"] = "x.yaml", ["Pin"] = new object[] { "sha256:0" } });
        Assert.StartsWith("InvalidValue,", SignedImages.Terminating(result).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_cannot_be_read_is_an_error_and_gives_nothing()
    {
        Write("good.yaml", images.Signed);
        File.AppendAllText(images.File("good.yaml"), "\n---\nkind: [");
        RunResult result = images.Run("Get-KubernetesImage", new() { ["Path"] = "good.yaml" });
        Assert.Empty(result.Output);
        Assert.Equal(
            "MalformedDocument,SigstorePS.Commands.GetKubernetesImageCommand", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void Lines_of_a_program_are_one_text()
    {
        RunResult result = images.Run(
            "Get-KubernetesImage", [], "apiVersion: v1", "kind: Pod", "spec:", "  containers:", "  - image: x");
        Assert.Equal("x", Assert.IsType<SourceImage>(Assert.Single(result.Output)).Reference);
        Assert.Equal(5, ((SourceImage)result.Output[0]!).Line);
        Assert.Equal(
            ["a", "b"],
            images.Run("Get-DockerfileImage", [], "FROM a", "RUN <<E", "FROM no", "E", "FROM b").Output.Select(static o => $"{o}"));
    }

    [Fact]
    public void Objects_are_resources()
    {
        PSObject pod = Object(("apiVersion", "v1"), ("kind", "Pod"), ("spec", Object(
            ("containers", new object[] { Object(("name", "c"), ("image", "nginx")) }))));
        RunResult result = images.Run("Get-KubernetesImage", [], pod);
        Assert.Equal("nginx", Assert.IsType<SourceImage>(Assert.Single(result.Output)).Reference);
    }

    [Fact]
    public void Compose_reads_the_file_beside_it()
    {
        File.WriteAllText(images.File("compose.yaml"), "services: {a: {image: 'x:${V_OF_TEST}'}, b: {image: y, profiles: [p]}}");
        File.WriteAllText(images.File(".env"), "V_OF_TEST=1\n");
        File.WriteAllText(images.File("other.env"), "V_OF_TEST=2\n");
        Assert.Equal(["x:1", "y"], Names(images.Run("Get-ComposeImage", new() { ["Path"] = "." })));
        Assert.Equal(["x:2"], Names(images.Run(
            "Get-ComposeImage", new() { ["Path"] = "compose.yaml", ["EnvironmentFile"] = new[] { "other.env" }, ["Profile"] = Array.Empty<string>() })));
    }

    [Fact]
    public void Dockerfiles_take_arguments()
    {
        File.WriteAllText(images.File("Dockerfile"), "ARG V\nFROM a:$V AS x\nFROM b-$TARGETARCH");
        Dictionary<string, object?> parameters = new() { ["Path"] = "." };
        Assert.Equal(2, images.Run("Get-DockerfileImage", parameters).Errors.Count);
        parameters["BuildArgument"] = new Hashtable { ["V"] = 3 };
        parameters["Platform"] = "linux/arm64";
        Assert.Equal(["a:3", "b-arm64"], Names(images.Run("Get-DockerfileImage", parameters)));
        parameters["BaseImageOnly"] = true;
        Assert.Equal(["b-arm64"], Names(images.Run("Get-DockerfileImage", parameters)));
    }

    [Fact]
    public void Objects_of_other_tools_are_the_images_they_mean()
    {
        images.Sign(images.Signed);
        string host = images.Registry.Host;
        string digest = Assert.IsType<ImageVerification>(images.Run("Test-ImageSignature", Key(), images.Signed).Output[0]).Digest;
        object?[] same =
        [
            new SourceImage { Reference = images.Signed, OriginalText = "x", Source = "Kubernetes", Kind = "Pod" },
            Object(("Reference", images.Signed)), Object(("Image", images.Signed)), Object(("ImageName", images.Signed)),
            Object(("Image", "app"), ("Registry", host), ("Tag", "1.0")),
            Object(("Repository", $"{host}/app"), ("Tag", "1.0"), ("Digest", "<none>")),
            Object(("Repository", $"{host}/app"), ("Tag", "<none>"), ("Digest", digest)),
            Object(("Names", new object[] { images.Signed })),
            Object(("Registry", host), ("ImageName", "app"), ("Tags", new object[] { Object(("Name", "1.0"), ("Digest", digest)) })),
            Object(("Registry", host), ("ImageName", "app"), ("Attributes", Object(("Name", "1.0")))),
            Object(("Registry", host), ("ImageName", "app"), ("ManifestsAttributes", new object[] { Object(("Digest", digest)) })),
            new Hashtable { ["Repository"] = $"{host}/app", ["Tag"] = "1.0" },
        ];
        RunResult result = images.Run("Test-ImageSignature", Key(), same);
        Assert.Empty(result.Errors.Select(static e => e.ToString()));
        Assert.Equal(same.Length, result.Output.Count);
        Assert.All(result.Output, o => Assert.Equal($"{host}/app@{digest}", ((ImageVerification)o!).Reference));
    }

    [Fact]
    public void Objects_that_mean_no_image_are_refused_by_name_and_never_another_image()
    {
        object?[] bad =
        [
            Object(("apiVersion", "v1"), ("kind", "Pod"), ("spec", Object(("containers", Array.Empty<object>())))),
            Object(("Repository", "<none>"), ("Tag", "<none>"), ("ID", "abc")), Object(("Repository", "app"), ("Tag", "<none>")),
            Object(("Foo", "bar")), Object(("Names", Array.Empty<object>()), ("Id", "1")),
            Object(("Registry", "r.azurecr.io"), ("ImageName", "app"), ("TagCount", 2)),
            Object(("Image", "ghcr.io/a/b"), ("Registry", "quay.io")), Object(("Image", "a:1"), ("Tag", "2")),
        ];
        images.Registry.ClearRequests();
        RunResult result = images.Run("Test-ImageSignature", Key(), bad);
        Assert.Empty(result.Output);
        Assert.Equal(bad.Length, result.Errors.Count);
        Assert.All(result.Errors, static e => Assert.StartsWith("InvalidImageReference,", e.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Contains("Get-KubernetesImage", result.Errors[0].Exception.Message, StringComparison.Ordinal);
        Assert.Empty(images.Registry.Requests);
    }

    private static string[] Names(RunResult result)
    {
        Assert.Empty(result.Errors.Select(static e => e.ToString()));
        return [.. result.Output.Select(static o => $"{o}")];
    }

    private static Dictionary<string, object?> Key() => new() { ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true };

    private static PSObject Object(params (string Name, object? Value)[] properties)
    {
        PSObject made = new();
        foreach ((string name, object? value) in properties)
        {
            made.Properties.Add(new PSNoteProperty(name, value));
        }

        return made;
    }

    private string Write(string name, params string[] references)
    {
        string file = images.File(name);
        File.WriteAllText(file, "# note\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
            + string.Concat(references.Select(static r => $"  - image: {r} # kept\n")));
        return file;
    }
}
