using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Operations;

/// <summary>Configurations of images, as policies see them: written by whoever made the image.</summary>
public sealed class ImageConfigsTests
{
    private readonly MemoryStore _store = new(new MemoryStore.Contents(), "a");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_image_of_an_index_is_there_and_statements_share_a_name()
    {
        Dictionary<string, JsonNode?> configs = await ReadAsync(
            ("linux/amd64", """{"os":"linux","architecture":"amd64","config":{"Labels":{"user":"x"},"User":"app"}}"""),
            ("linux/arm64", """{"os":"linux","architecture":"arm64"}"""),
            ("unknown/unknown", """{"os":"unknown","architecture":"unknown","created":"a"}"""),
            ("unknown/unknown", """{"os":"unknown","architecture":"unknown","created":"b"}"""));
        Assert.Equal(["linux/amd64", "linux/arm64", "unknown/unknown"], configs.Keys.Order());
    }

    [Theory]
    [InlineData("""{"os":"linux","architecture":"amd64","Config":{"User":"root"}}""")]
    [InlineData("""{"os":"linux","architecture":"amd64","config":{"User":"app","user":"root"}}""")]
    [InlineData("""{"os":"linux","architecture":"amd64","config":{"U\u017fer":"root"}}""")]
    [InlineData("""{"os":"linux","architecture":"amd64","rootfs":{"Type":"layers"}}""")]
    public async Task What_go_reads_as_another_member_is_refused(string config) => Assert.Equal(
        SigstoreErrorCode.MalformedManifest,
        (await Assert.ThrowsAsync<SigstoreException>(() => ReadAsync(("linux/amd64", config)))).Code);

    [Fact]
    public async Task One_image_cannot_hide_another_behind_its_platform() => Assert.Equal(
        SigstoreErrorCode.MalformedManifest,
        (await Assert.ThrowsAsync<SigstoreException>(() => ReadAsync(
            ("linux/amd64", """{"os":"linux","architecture":"amd64","config":{"User":"root"}}"""),
            ("linux/arm64", """{"os":"linux","architecture":"amd64","config":{"User":"app"}}""")))).Code);

    private async Task<Dictionary<string, JsonNode?>> ReadAsync(params (string Platform, string Config)[] images)
    {
        JsonArray manifests = [];
        foreach ((string platform, string config) in images)
        {
            byte[] content = Encoding.UTF8.GetBytes(config);
            await _store.WriteBlobAsync(Digest.Sha256(content), content, Cancel);
            JsonObject child = await PutAsync(MediaTypes.OciManifest, new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciManifest,
                ["config"] = Described(MediaTypes.OciConfig, content),
                ["layers"] = new JsonArray(),
            });
            child["platform"] = new JsonObject
            {
                ["os"] = platform.Split('/')[0], ["architecture"] = platform.Split('/')[1],
            };
            manifests.Add((JsonNode)child);
        }

        JsonObject index = await PutAsync(MediaTypes.OciIndex, new JsonObject
        {
            ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex, ["manifests"] = manifests,
        });
        ImageReference reference = ImageReference.Parse($"memory.test/app@{index["digest"]}");
        ImageTarget target = new(
            reference.ToString(), reference, _store, _store, (await _store.ResolveAsync(index["digest"]!.ToString(), Cancel))!);
        return await ImageConfigs.ReadAsync(target, Cancel);
    }

    private async Task<JsonObject> PutAsync(string mediaType, JsonObject manifest)
    {
        byte[] content = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        await _store.PutManifestAsync(Digest.Sha256(content).ToString(), content, mediaType, null, Cancel);
        return Described(mediaType, content);
    }

    private static JsonObject Described(string mediaType, byte[] content) => new()
    {
        ["mediaType"] = mediaType, ["digest"] = Digest.Sha256(content).ToString(), ["size"] = content.Length,
    };
}
