using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Tests.Interop;

/// <summary>What somebody who may write to the registry, and has no key, can do to a stored signature.</summary>
internal static class Tampering
{
    /// <summary>Adds a blank to the signed text: it still parses and says the same.</summary>
    public static async Task ChangePayloadAsync(ImageTarget target, SignatureFormats format)
    {
        if (format == SignatureFormats.Legacy)
        {
            await RewriteLayerAsync(target, static (payload, _) => [.. payload, (byte)' ']);
            return;
        }

        await RewriteBundleAsync(target, static envelope =>
        {
            byte[] payload = [.. Convert.FromBase64String((string)envelope["payload"]!), (byte)' '];
            envelope["payload"] = Convert.ToBase64String(payload);
        });
    }

    /// <summary>Flips one bit in the middle of the signature.</summary>
    public static async Task ChangeSignatureAsync(ImageTarget target, SignatureFormats format)
    {
        if (format == SignatureFormats.Legacy)
        {
            await RewriteLayerAsync(target, static (payload, annotations) =>
            {
                annotations[MediaTypes.SignatureAnnotation] = Flip((string)annotations[MediaTypes.SignatureAnnotation]!);
                return payload;
            });
            return;
        }

        await RewriteBundleAsync(target, static envelope =>
        {
            JsonNode signature = envelope["signatures"]![0]!;
            signature["sig"] = Flip((string)signature["sig"]!);
        });
    }

    /// <summary>Puts the signature of one image where the signatures of another are looked for.</summary>
    public static async Task TransplantAsync(ImageTarget from, ImageTarget to, SignatureFormats format)
    {
        if (format == SignatureFormats.Legacy)
        {
            Manifest signature = (await from.Store.GetManifestAsync(SignatureTag(from), default))!;
            await CopyBlobAsync(from, to, signature.Config!);
            await CopyBlobAsync(from, to, signature.Layers[0]);
            await to.Store.PutManifestAsync(
                SignatureTag(to), signature.Content, signature.MediaType, null, default);
            return;
        }

        Manifest referrer = await OnlyReferrerAsync(from);
        await CopyBlobAsync(from, to, referrer.Config!);
        await CopyBlobAsync(from, to, referrer.Layers[0]);
        JsonObject json = CompactJson.Edit(referrer.Content);
        json["subject"] = ReferrerManifest.Write(to.Image);
        await ReplaceReferrerAsync(to, CompactJson.Bytes(json));
    }

    private static string SignatureTag(ImageTarget target) =>
        SignatureTagName.Of(target.Digest, SignatureTagName.Signature);

    private static string Flip(string base64)
    {
        byte[] bytes = Convert.FromBase64String(base64);
        bytes[bytes.Length / 2] ^= 1;
        return Convert.ToBase64String(bytes);
    }

    private static async Task RewriteLayerAsync(ImageTarget target, Func<byte[], JsonNode, byte[]> change)
    {
        string tag = SignatureTag(target);
        Manifest manifest = (await target.Store.GetManifestAsync(tag, default))!;
        byte[] payload = await target.Store.ReadBlobAsync(Assert.Single(manifest.Layers), Limits.Payload, default);
        JsonObject json = CompactJson.Edit(manifest.Content);
        JsonNode layer = json["layers"]![0]!;
        Place(layer, change(payload, layer["annotations"]!), out byte[] changed);
        await target.Store.WriteBlobAsync(Digest.Sha256(changed), changed, default);
        await target.Store.PutManifestAsync(tag, CompactJson.Bytes(json), manifest.MediaType, null, default);
    }

    private static async Task RewriteBundleAsync(ImageTarget target, Action<JsonNode> change)
    {
        Manifest referrer = await OnlyReferrerAsync(target);
        byte[] content = await target.Store.ReadBlobAsync(referrer.Layers[0], Limits.Bundle, default);
        JsonObject bundle = CompactJson.Edit(content);
        change(bundle["dsseEnvelope"]!);
        JsonObject json = CompactJson.Edit(referrer.Content);
        Place(json["layers"]![0]!, CompactJson.Bytes(bundle), out byte[] changed);
        await target.Store.WriteBlobAsync(Digest.Sha256(changed), changed, default);
        await ReplaceReferrerAsync(target, CompactJson.Bytes(json));
    }

    private static void Place(JsonNode descriptor, byte[] content, out byte[] same)
    {
        descriptor["digest"] = Digest.Sha256(content).ToString();
        descriptor["size"] = content.Length;
        same = content;
    }

    private static async Task<Manifest> OnlyReferrerAsync(ImageTarget target)
    {
        Manifest index = (await target.Store.GetManifestAsync(SignatureTagName.Fallback(target.Digest), default))!;
        return (await target.Store.GetManifestAsync(Assert.Single(index.Manifests).Digest.ToString(), default))!;
    }

    private static async Task ReplaceReferrerAsync(ImageTarget target, byte[] manifest)
    {
        Manifest referrer = Manifest.Parse(manifest);
        await target.Store.PutManifestAsync(
            referrer.Digest.ToString(), manifest, referrer.MediaType, null, default);
        byte[] index = FallbackIndex.With(null, referrer.Descriptor with { Annotations = referrer.Annotations });
        await target.Store.PutManifestAsync(
            SignatureTagName.Fallback(target.Digest), index, MediaTypes.OciIndex, null, default);
    }

    private static async Task CopyBlobAsync(ImageTarget from, ImageTarget to, Descriptor blob) =>
        await to.Store.WriteBlobAsync(
            blob.Digest, await from.Store.ReadBlobAsync(blob, Limits.Payload, default), default);
}
