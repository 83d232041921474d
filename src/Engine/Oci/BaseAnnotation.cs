using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// The annotation <c>dev.cosign.signature.baseimage</c> of the last layer of a base: base64 of sigstore bundles, one a
/// line, so that certificate, log entry and timestamps travel with each signature.
/// </summary>
internal static class BaseAnnotation
{
    /// <summary>The bundles of an annotation, as JSON texts.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(string value)
    {
        try
        {
            byte[] content = Base64Text.Decode(value);
            IReadOnlyList<ReadOnlyMemory<byte>> lines = JsonLines.Split(content);
            return lines.Count > 0 && lines.All(static l => l.Span.TrimStart(" \t"u8)[0] == '{')
                ? lines
                : throw new FormatException("it holds no bundle");
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature,
                $"The annotation {MediaTypes.BaseImageAnnotation} is not the base64 of sigstore bundles: {e.Message}.", e);
        }
    }

    /// <summary>The manifest with bundles added to a layer; everything else in it stays as it is.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="layer">Index of the base's last layer.</param>
    /// <param name="bundles">JSON texts, each on one line.</param>
    /// <param name="replace">Lets go of what is there.</param>
    /// <exception cref="SigstoreException">MalformedSignature: what is there cannot be added to; LimitExceeded.
    /// </exception>
    public static byte[] Write(
        Manifest manifest, int layer, IReadOnlyList<ReadOnlyMemory<byte>> bundles, bool replace)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> present =
            !replace && manifest.Layers[layer].Annotations.TryGetValue(MediaTypes.BaseImageAnnotation, out string? value)
                ? Read(value)
                : [];
        JsonObject json = CompactJson.Edit(manifest.Content);
        JsonObject descriptor = (JsonObject)json["layers"]![layer]!;
        if (descriptor["annotations"] is not JsonObject annotations)
        {
            descriptor["annotations"] = annotations = [];
        }

        using MemoryStream lines = new();
        foreach (ReadOnlyMemory<byte> bundle in present.Concat(bundles))
        {
            lines.Write(bundle.Span);
            lines.WriteByte((byte)'\n');
        }

        annotations[MediaTypes.BaseImageAnnotation] = Convert.ToBase64String(lines.ToArray());
        byte[] content = CompactJson.Bytes(json);
        return content.Length <= Limits.Manifest ? content : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded,
            $"With its base signatures the manifest would have {content.Length} bytes; {Limits.Manifest} is the most that is "
            + "read.");
    }
}
