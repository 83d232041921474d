using System.Management.Automation;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.CmdletHost;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>SBOMs stored with images, read back from every place.</summary>
public sealed class SbomCmdletTests(SignedImages images) : IClassFixture<SignedImages>
{
    private const string Get = "SigstorePS.Commands.GetImageSbomCommand";
    private const string Add = "SigstorePS.Commands.AddImageSbomCommand";
    private const string Spdx = """{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","name":"x"}""";
    private const string CycloneDx = """{"bomFormat":"CycloneDX","specVersion":"1.6"}""";
    private static int s_names;

    [Theory]
    [InlineData("Tag", "SignatureTag")]
    [InlineData("Referrer", "Referrer")]
    public void What_is_stored_is_read_back(string mode, string storage)
    {
        string image = Push();
        ImageSbom stored = Assert.IsType<ImageSbom>(Assert.Single(Store(image, Spdx, new() { ["StorageMode"] = mode }).Output));
        Assert.Equal(("spdx", "json", "text/spdx+json", storage), (stored.Type, stored.Format, stored.MediaType, stored.Storage));

        RunResult result = Find(image, new() { ["OutFile"] = "out.json", ["Force"] = true, ["AsText"] = true });
        Assert.Empty(result.Errors);
        ImageSbom found = Assert.IsType<ImageSbom>(Assert.Single(result.Output));
        Assert.Equal((storage, Spdx.Length, Spdx), (found.Storage, (int)found.Size, found.Content));
        Assert.Equal(stored.SbomReference, found.SbomReference);
        Assert.Equal(Spdx, File.ReadAllText(found.Path!));
        Assert.Contains(result.Warnings, static w => w.Contains("unsigned", StringComparison.Ordinal));
    }

    [Fact]
    public void A_signature_of_the_sbom_is_told()
    {
        string image = Push();
        Store(image, Spdx);
        images.Sign(Assert.IsType<ImageSbom>(Assert.Single(Find(image, []).Output)).SbomReference);
        RunResult result = Find(image, []);
        Assert.True(Assert.IsType<ImageSbom>(Assert.Single(result.Output)).Signed);

        // Who may push may push something that calls itself a signature.
        Assert.Contains("was not verified", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_sbom_in_two_places_is_one_file_of_a_folder()
    {
        string image = Push();
        Store(image, Spdx);
        Store(image, Spdx, new() { ["StorageMode"] = "Referrer" });
        string folder = $"twice{Path.DirectorySeparatorChar}";
        RunResult result = Find(image, new() { ["OutFile"] = folder });
        Assert.Empty(result.Errors);
        ImageSbom[] found = [.. result.Output.Cast<ImageSbom>()];
        Assert.Equal(2, found.Length);
        Assert.Equal(found[0].Path, found[1].Path);
        Assert.Equal(Spdx, File.ReadAllText(found[0].Path!));
    }

    [Fact]
    public void The_tag_has_room_for_one()
    {
        string image = Push();
        Store(image, Spdx);
        Assert.Single(Store(image, Spdx).Output);
        RunResult refused = Store(image, CycloneDx);
        Assert.Equal($"TagOccupied,{Add}", Assert.Single(refused.ErrorIds));
        Assert.Single(Store(image, CycloneDx, new() { ["StorageMode"] = "Referrer" }).Output);
        Assert.Equal(["spdx", "cyclonedx"], Find(image, []).Output.Cast<ImageSbom>().Select(static s => s.Type));
        Assert.Single(Find(image, new() { ["Type"] = new[] { "cyclonedx" } }).Output);
        Assert.Single(Store(image, CycloneDx, new() { ["Force"] = true }).Output);
        Assert.All(Find(image, []).Output.Cast<ImageSbom>(), static s => Assert.Equal("cyclonedx", s.Type));
    }

    [Theory]
    [InlineData(Spdx, "cyclonedx", null)]
    [InlineData(Spdx, null, "xml")]
    [InlineData("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>", "cyclonedx", "json")]
    [InlineData("hello", null, null)]
    [InlineData("", null, null)]
    [InlineData("hello", "syft", "text")]
    public void What_contradicts_or_cannot_be_told_is_refused(string content, string? type, string? format)
    {
        Dictionary<string, object?> more = [];
        foreach ((string name, string? value) in new[] { ("SbomType", type), ("SbomFormat", format) })
        {
            if (value is not null)
            {
                more[name] = value;
            }
        }

        string image = Push();
        images.Registry.ClearRequests();
        Assert.Equal($"InvalidValue,{Add}", Assert.Single(Store(image, content, more).ErrorIds));
        Assert.DoesNotContain(images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void Files_of_the_pipeline_are_stored_and_missing_ones_told()
    {
        string image = Push();
        foreach ((string name, string content) in new[] { ("p1.json", Spdx), ("p2.json", CycloneDx) })
        {
            File.WriteAllText(images.File(name), content);
        }

        RunResult result = images.Run(
            "Add-ImageSbom", new() { ["Image"] = image, ["StorageMode"] = "Referrer" },
            new PSObject(new Shape(images.File("p1.json"))), new PSObject(new Shape(images.File("p2.json"))));
        Assert.Equal(2, result.Output.Count);
        Assert.Equal(2, Find(image, []).Output.Count);
        Assert.Equal($"PathNotFound,{Add}", Assert.Single(images.Run(
            "Add-ImageSbom", new() { ["Image"] = image, ["Path"] = "no-such.json" }).ErrorIds));
        Assert.Equal($"ContradictoryPolicy,{Add}", Assert.Single(images.Run(
            "Add-ImageSbom", new() { ["Image"] = image, ["Path"] = new[] { "p1.json", "p2.json" } }).ErrorIds));
        Assert.Equal($"ContradictoryPolicy,{Add}", Assert.Single(images.Run(
            "Add-ImageSbom", new() { ["Image"] = image }).ErrorIds));
    }

    [Fact]
    public void What_others_attach_is_found_and_what_only_claims_to_be_attached_is_not()
    {
        string image = Push();
        string repository = Repository(image);
        Digest subject = Digest.Sha256(images.Registry.GetRepository(repository).Find("1")!.Content);
        Digest blob = images.Registry.PushBlob(repository, Encoding.UTF8.GetBytes(CycloneDx));
        JsonObject oras = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["artifactType"] = "application/vnd.cyclonedx+json",
            ["layers"] = new JsonArray(new JsonObject
            {
                ["mediaType"] = "application/octet-stream", ["digest"] = blob.ToString(), ["size"] = CycloneDx.Length,
            }),
            ["subject"] = new JsonObject
            {
                ["mediaType"] = MediaTypes.OciManifest, ["digest"] = subject.ToString(), ["size"] = 1,
            },
        };
        images.Registry.PushManifest(repository, null, Encoding.UTF8.GetBytes(oras.ToJsonString()), MediaTypes.OciManifest);
        ImageSbom found = Assert.IsType<ImageSbom>(Assert.Single(Find(image, new() { ["AsText"] = true }).Output));
        Assert.Equal(("cyclonedx", CycloneDx), (found.Type, found.Content));
        Assert.Contains(
            images.Run("Get-ImageTree", new() { ["Image"] = image }).Output.Cast<ImageArtifact>(),
            static a => a.Kind == "Sbom");
    }

    [Fact]
    public void Nothing_there_is_an_error()
    {
        string image = Push();
        ErrorRecord error = Assert.Single(Find(image, []).Errors);
        Assert.Equal(($"NoSbomFound,{Get}", ErrorCategory.ObjectNotFound), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Store(image, Spdx);
        Assert.Equal(
            $"NoSbomFound,{Get}", Assert.Single(Find(image, new() { ["Type"] = new[] { "syft" } }).ErrorIds));
        Assert.Equal($"ImageNotFound,{Get}", Assert.Single(Find($"{image}-no", []).ErrorIds));
    }

    [Fact]
    public void Attested_ones_are_shown_when_asked_for_and_said_to_be_unverified()
    {
        string image = Push();
        File.WriteAllText(images.File("a.json"), Spdx);
        images.Run("Set-ImageAttestation", new()
        {
            ["Image"] = image, ["Predicate"] = "a.json", ["PredicateType"] = "spdxjson", ["Key"] = "cosign.key",
            ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
        });
        Assert.Equal($"NoSbomFound,{Get}", Assert.Single(Find(image, []).ErrorIds));
        RunResult result = Find(image, new() { ["Attested"] = true, ["OutFile"] = images.File("folder/"), ["AsText"] = true });
        ImageSbom found = Assert.IsType<ImageSbom>(Assert.Single(result.Output));
        Assert.Equal(("spdx", "Attestation", Spdx), (found.Type, found.Storage, found.Content));
        Assert.Equal(Spdx, File.ReadAllText(found.Path!));
        Assert.Contains(result.Warnings, static w => w.Contains("not verified", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_do_not_fit_into_one_file()
    {
        string image = Push();
        Store(image, Spdx);
        Store(image, CycloneDx, new() { ["StorageMode"] = "Referrer" });
        RunResult result = Find(image, new() { ["OutFile"] = images.File("one.json") });
        Assert.Equal($"ContradictoryPolicy,{Get}", Assert.Single(result.ErrorIds));
        Assert.False(File.Exists(images.File("one.json")));
        Assert.Equal(2, Find(image, new() { ["OutFile"] = images.File("many/") }).Output.Count);
        Assert.Equal(2, Directory.GetFiles(images.File("many")).Length);
        Assert.Equal($"FileExists,{Get}", Assert.Single(Find(image, new() { ["OutFile"] = images.File("many/") }).ErrorIds));
    }

    [Fact]
    public void A_registry_that_sends_something_else_leaves_no_file()
    {
        string image = Push();
        ImageSbom stored = Assert.IsType<ImageSbom>(Assert.Single(Store(image, Spdx).Output));
        images.Registry.AddFault($"/blobs/{stored.SbomDigest}", LoopbackFault.WrongContent, method: "GET");
        try
        {
            RunResult result = Find(image, new() { ["OutFile"] = images.File("wrong.json") });
            Assert.Equal($"DigestMismatch,{Get}", Assert.Single(result.ErrorIds));
            Assert.Empty(result.Output);
            Assert.False(File.Exists(images.File("wrong.json")));
            Assert.Empty(Directory.GetFiles(images.File("."), "*.tmp"));
        }
        finally
        {
            images.Registry.ClearFaults();
        }
    }

    [Fact]
    public void WhatIf_stores_nothing()
    {
        string image = Push();
        images.Registry.ClearRequests();
        Assert.NotEmpty(Store(image, Spdx, new() { ["WhatIf"] = true }).WhatIf);
        Assert.DoesNotContain(images.Registry.Requests, static r => r.ChangesState);
    }

    private static string Repository(string image) => image[(image.IndexOf('/', StringComparison.Ordinal) + 1)..image.LastIndexOf(':')];

    private string Push()
    {
        string repository = $"sbom{Interlocked.Increment(ref s_names)}";
        images.Registry.PushImage(repository, "1");
        return $"{images.Registry.Host}/{repository}:1";
    }

    private RunResult Store(string image, string content, Dictionary<string, object?>? more = null)
    {
        string file = images.File($"in{Interlocked.Increment(ref s_names)}.sbom");
        File.WriteAllText(file, content);
        return images.Run("Add-ImageSbom", new(more ?? []) { ["Image"] = image, ["Path"] = file });
    }

    private RunResult Find(string image, Dictionary<string, object?> more) =>
        images.Run("Get-ImageSbom", new(more) { ["Image"] = image });

    /// <summary>What Get-Item adds to a file.</summary>
    public sealed record Shape(string PSPath);
}
