namespace SigstorePS.Oci;

/// <summary>What an SBOM is: its standard and its spelling.</summary>
/// <param name="Type"><c>spdx</c>, <c>cyclonedx</c> or <c>syft</c>.</param>
/// <param name="Format"><c>json</c>, <c>xml</c>, <c>text</c>, or another suffix of a media type.</param>
internal sealed record SbomKind(string Type, string Format)
{
    public const string Spdx = "spdx";
    public const string CycloneDx = "cyclonedx";
    public const string Syft = "syft";
    public const string Json = "json";
    public const string Xml = "xml";
    public const string Text = "text";

    private static readonly (string Name, string Type)[] Known =
    [
        ("text/spdx", Spdx), ("application/spdx", Spdx), ("application/vnd.spdx", Spdx),
        ("application/vnd.cyclonedx", CycloneDx), ("text/cyclonedx", CycloneDx),
        ("application/vnd.syft", Syft), ("application/syft", Syft),
    ];

    /// <summary>Reads a media type, registered or as cosign, syft and oras users spell it; null when it is no SBOM's.
    /// </summary>
    public static SbomKind? Of(string? mediaType)
    {
        string name = (mediaType ?? string.Empty).Split(';')[0].Trim().ToLowerInvariant();
        foreach ((string known, string type) in Known)
        {
            string rest = name.StartsWith(known, StringComparison.Ordinal) ? name[known.Length..] : "-";
            if (rest.Length == 0)
            {
                return new SbomKind(type, type == Spdx ? Text : Json);
            }

            if (rest[0] is '+' or '.')
            {
                int plus = rest.LastIndexOf('+');
                return new SbomKind(type, plus >= 0 ? rest[(plus + 1)..] : Json);
            }
        }

        return null;
    }

    /// <summary>The media type that cosign gives it; null for a pair that it has none for.</summary>
    public string? MediaType => (Type, Format) switch
    {
        (Spdx, Text) => "text/spdx",
        (Spdx, Json) => "text/spdx+json",
        (CycloneDx, Json) => "application/vnd.cyclonedx+json",
        (CycloneDx, Xml) => "application/vnd.cyclonedx+xml",
        (Syft, Json) => "application/vnd.syft+json",
        _ => null,
    };
}
