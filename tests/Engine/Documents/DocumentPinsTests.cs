using SigstorePS.Documents;

namespace SigstorePS.Tests.Documents;

public sealed class DocumentPinsTests
{
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Other = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    [Theory]
    [InlineData("image: nginx:1")]
    [InlineData("image: nginx:1 # note")]
    [InlineData("image:   'nginx:1'   # note")]
    [InlineData("image: \"nginx:1\"\r")]
    [InlineData("image: &x nginx:1")]
    [InlineData("image: !!str nginx:1")]
    [InlineData("image: &x !!str 'nginx:1'")]
    public void A_digest_follows_the_reference_and_nothing_else_changes(string line)
    {
        string text = $"# é 😀\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {line}\n    name: c\n";
        DocumentPins pins = Pin(text);
        Assert.Empty(pins.Problems);
        Assert.Equal(text.Replace("nginx:1", $"nginx:1@{Digest}", StringComparison.Ordinal), pins.Text);
        Assert.Equal($"nginx:1@{Digest}", KubernetesImagesTests.Read(pins.Text).Entries[0].Image!.Reference);
        Assert.Equal(6, Assert.Single(pins.Lines).Line);
    }

    [Theory]
    [InlineData("image: |\n      nginx:1")]
    [InlineData("image: \"nginx\\x3a1\"")]
    [InlineData("image: other")]
    [InlineData("image: Not_A_Reference")]
    [InlineData("image: '{{ x }}'")]
    public void What_cannot_be_pinned_is_told(string line) =>
        Assert.Single(Pin($"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {line}\n    name: c\n").Problems);

    [Fact]
    public void An_anchor_is_pinned_once_and_what_is_pinned_stays()
    {
        DocumentPins pins = Pin(
            $"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: &i nginx:1\n  - image: *i\n  - image: x@{Other}\n");
        Assert.Empty(pins.Problems);
        Assert.Equal([$"nginx:1@{Digest}", $"nginx:1@{Digest}", $"x@{Other}"], pins.Expected);
        Assert.Single(pins.Lines);
    }

    [Fact]
    public void Two_images_of_one_line_are_one_changed_line()
    {
        DocumentPins pins = Pin("""{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"nginx:1"},{"image":"docker.io/library/nginx:1"}]}}""");
        Assert.Empty(pins.Problems);
        Assert.Single(pins.Lines);
        Assert.Equal(2, pins.Expected.Count(static e => e!.EndsWith($"@{Digest}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("FROM nginx:1 AS x\nCOPY --from=nginx:1 a b", 2)]
    [InlineData("FROM --platform=linux/amd64 \\\n  nginx:1\\\n AS x", 1)]
    [InlineData("FROM x@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\nRUN --mount=from=nginx:1,target=/x true", 1)]
    public void Dockerfiles(string text, int count)
    {
        DocumentFindings found = DockerfileImagesTests.Read(text);
        DocumentPins pins = DocumentPins.Of(DocumentText.Of(text, "Dockerfile"), found, Verified());
        Assert.Empty(pins.Problems);
        Assert.Equal(text.Replace("nginx:1", $"nginx:1@{Digest}", StringComparison.Ordinal), pins.Text);
        Assert.Equal(pins.Expected, DockerfileImagesTests.Read(pins.Text).Entries.Select(static e => e.Image?.Reference));
        Assert.Equal(count, pins.Text.Split(Digest).Length - 1);
    }

    [Fact]
    public void A_variable_is_pinned_where_it_gets_its_value()
    {
        string text = "ARG B=nginx:1\nFROM $B";
        DocumentPins pins = DocumentPins.Of(DocumentText.Of(text, "Dockerfile"), DockerfileImagesTests.Read(text), Verified());
        Assert.Contains("variables", Assert.Single(pins.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(text, pins.Text);
    }

    [Fact]
    public void Verdicts_that_differ_or_failed_are_none()
    {
        VerifiedDigests digests = Verified();
        Assert.NotNull(digests.Find("index.docker.io/library/nginx:1").Digest);
        digests.Add("nginx:1", Other, isChild: true);
        Assert.Equal(Digest, digests.Find("nginx:1").Digest!.ToString());
        digests.Add("docker.io/nginx:1", Other, isChild: false);
        Assert.Null(digests.Find("nginx:1").Digest);
        VerifiedDigests failed = Verified();
        failed.Refuse("nginx:1");
        Assert.Null(failed.Find("nginx:1").Digest);
    }

    [Fact]
    public void What_was_verified_for_one_platform_is_pinned_for_none()
    {
        VerifiedDigests digests = new();
        digests.Add("nginx:1", Other, isChild: true);
        (object? digest, string? why) = digests.Find("nginx:1");
        Assert.Null(digest);
        Assert.Contains("one platform", why, StringComparison.Ordinal);

        // The index may come after its images.
        digests.Add("nginx:1", Digest, isChild: false);
        Assert.Equal(Digest, digests.Find("nginx:1").Digest!.ToString());
    }

    private static DocumentPins Pin(string text) =>
        DocumentPins.Of(DocumentText.Of(text, "deploy.yaml"), KubernetesImagesTests.Read(text), Verified());

    private static VerifiedDigests Verified()
    {
        VerifiedDigests digests = new();
        digests.Add("nginx:1", Digest, isChild: false);
        return digests;
    }
}
