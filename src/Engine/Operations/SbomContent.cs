using System.Text;
using System.Text.Json;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Tells by the beginning of a file what SBOM it is. Nothing is read that is not needed for that.</summary>
internal static class SbomContent
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>The kind; null when the beginning does not tell.</summary>
    /// <param name="head">At most <see cref="Limits.SbomHead"/> bytes of it.</param>
    public static SbomKind? Detect(ReadOnlySpan<byte> head)
    {
        head = (head.StartsWith(ByteOrderMark) ? head[ByteOrderMark.Length..] : head).TrimStart(" \t\r\n"u8);
        if (head.Length == 0)
        {
            return null;
        }

        return head[0] switch
        {
            (byte)'{' => DetectJson(head),
            (byte)'<' => DetectXml(Encoding.UTF8.GetString(head)),
            _ => IsTagValue(Encoding.UTF8.GetString(head)) ? new SbomKind(SbomKind.Spdx, SbomKind.Text) : null,
        };
    }

    /// <summary>
    /// By the names of the outermost members, as far as they are in the piece; a name in some value proves nothing.
    /// </summary>
    private static SbomKind? DetectJson(ReadOnlySpan<byte> head)
    {
        Utf8JsonReader reader = new(
            head, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = Limits.DocumentDepth }));
        string? type = null;
        try
        {
            while (type is null && reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    type = Named(ref reader);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;   // no JSON, or a name that is half a character
        }

        return type is null ? null : new SbomKind(type, SbomKind.Json);
    }

    private static string? Named(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("spdxVersion"u8) || reader.ValueTextEquals("SPDXID"u8))
        {
            return SbomKind.Spdx;
        }

        if (reader.ValueTextEquals("@context"u8))
        {
            return reader.Read() && reader.TokenType == JsonTokenType.String
                && reader.ValueSpan.StartsWith("https://spdx.org/rdf/"u8) ? SbomKind.Spdx : null;
        }

        if (reader.ValueTextEquals("bomFormat"u8))
        {
            return reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("CycloneDX"u8)
                ? SbomKind.CycloneDx : null;
        }

        // syft writes what it found before it says who it is.
        return reader.ValueTextEquals("artifacts"u8) || reader.ValueTextEquals("artifactRelationships"u8)
            ? SbomKind.Syft : null;
    }

    private static SbomKind? DetectXml(string head) =>
        head.Contains("http://cyclonedx.org/schema/bom/", StringComparison.Ordinal)
            ? new SbomKind(SbomKind.CycloneDx, SbomKind.Xml)
            : head.Contains("http://spdx.org/rdf/terms", StringComparison.Ordinal) ? new SbomKind(SbomKind.Spdx, SbomKind.Xml)
            : null;

    /// <summary>SPDX 2, tag-value format: the first tag that is no comment.</summary>
    private static bool IsTagValue(string head) =>
        head.Split('\n').Select(static l => l.Trim()).FirstOrDefault(static l => l.Length > 0 && l[0] != '#')
            ?.StartsWith("SPDXVersion:", StringComparison.Ordinal) ?? false;
}
