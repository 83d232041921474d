using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryClientTests
{
    [Fact]
    public async Task An_image_is_resolved_read_and_written()
    {
        await using LoopbackRegistry registry = LoopbackRegistry.Start();
        Digest image = registry.PushImage("acme/app", "1.0");
        using HttpTransport transport = new(new HttpOptions());
        IImageStore store = new RegistryConnections(transport, new CredentialStore(new CredentialEnvironment(static _ => null, "/nonexistent")))
            .Open(registry.Host, "acme/app", RegistryAccess.Default);

        Descriptor? found = await store.ResolveAsync("1.0", default);
        Manifest? manifest = await store.GetManifestAsync(image.ToString(), default);
        byte[] layer = await store.ReadBlobAsync(manifest!.Layers[0], 100, default);

        Assert.Equal(image, found!.Digest);
        Assert.Equal(manifest.Content.Length, found.Size);
        Assert.Equal("acme/app:1.0", Encoding.UTF8.GetString(layer));

        byte[] blob = "hello"u8.ToArray();
        await store.WriteBlobAsync(Digest.Sha256(blob), blob, default);
        Assert.Equal(PutOutcome.Written, await store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
        Assert.Equal(image, (await store.ResolveAsync("2.0", default))!.Digest);
        Assert.Null(await store.ResolveAsync("3.0", default));
    }
}
