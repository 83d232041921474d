using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Operations;

/// <summary>Images that are indexes: what -Platform, -Recurse and the tree make of them.</summary>
public sealed class IndexTests
{
    private static readonly string Text = $"oci:{RepositoryRoot.Fixture("golden", "images", "oci-layout", "index-new")}:v1";

    [Fact]
    public async Task A_tree_shows_the_images_of_an_index_and_what_hangs_on_each()
    {
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        ImageTarget target = Assert.Single(await ResolveAsync(engine, new ImageQuery()));

        IReadOnlyList<ImageArtifact> nodes = await ArtifactTree.ListAsync(target, new ImageQuery(), CancellationToken.None);

        Assert.Equal("Index", nodes[0].Kind);
        ImageArtifact[] children = [.. nodes.Where(static n => n.Storage == "Child")];
        Assert.Equal(2, children.Length);
        Assert.All(children, c => Assert.Contains(
            nodes, n => n.Kind == "Signature" && n.Parent == c.Reference && n.Depth == c.Depth + 1));
    }

    [Fact]
    public async Task One_image_for_two_platforms_is_found_for_each()
    {
        MemoryStore.Contents contents = new();
        Digest child = Digest.Sha256("{}"u8);
        contents.Manifests["many"] = Manifest.Parse(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[
            {"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{child}}}","size":2,
             "platform":{"os":"linux","architecture":"amd64"}},
            {"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{child}}}","size":2,
             "platform":{"os":"linux","architecture":"arm64"}}]}
            """));
        contents.Manifests[contents.Manifests["many"].Digest.ToString()] = contents.Manifests["many"];
        ImageResolver resolver = new((_, _) => new MemoryStore(contents, "a"));
        foreach (string platform in (string[])["linux/amd64", "linux/arm64"])
        {
            ImageTarget target = Assert.Single(await resolver.ResolveAsync(
                "memory.test/app:many", ImageReference.Parse("memory.test/app:many"),
                new ImageQuery { Platform = Platform.Parse(platform) }, CancellationToken.None));
            Assert.Equal(platform, target.Platform);
        }

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => resolver.ResolveAsync(
            "memory.test/app:many", ImageReference.Parse("memory.test/app:many"),
            new ImageQuery { Platform = Platform.Parse("windows/amd64") }, CancellationToken.None));
        Assert.Equal(SigstoreErrorCode.ImageNotFound, e.Code);
    }

    private static Task<IReadOnlyList<ImageTarget>> ResolveAsync(SigstoreEngine engine, ImageQuery query) =>
        engine.Resolver.ResolveAsync(Text, ImageReference.Parse(Text), query, CancellationToken.None);
}
