using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Tests.Operations;

/// <summary>What an SBOM is, by its beginning and by its media type.</summary>
public sealed class SbomContentTests
{
    [Theory]
    [InlineData("{\"spdxVersion\":\"SPDX-2.3\"}", "spdx", "json")]
    [InlineData("\uFEFF {\"name\":\"x\",\"SPDXID\":\"SPDXRef-DOCUMENT\"", "spdx", "json")]
    [InlineData("{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[]}", "spdx", "json")]
    [InlineData("{\"$schema\":\"http://cyclonedx.org/schema/bom-1.6.schema.json\",\"bomFormat\":\"CycloneDX\"}", "cyclonedx", "json")]
    [InlineData("{\"artifacts\":[{\"id\":\"1\"", "syft", "json")]
    [InlineData("<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">", "cyclonedx", "xml")]
    [InlineData("# comment\n\nSPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "spdx", "text")]
    public void The_beginning_tells(string head, string type, string format) =>
        Assert.Equal(new SbomKind(type, format), SbomContent.Detect(Encoding.UTF8.GetBytes(head)));

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("{")]
    [InlineData("{\"a\":{\"bomFormat\":\"CycloneDX\"}}")]
    [InlineData("{\"bomFormat\":\"Other\"}")]
    [InlineData("{\"bomFormat\":7}")]
    [InlineData("{\"a\":\"spdxVersion\"}")]
    [InlineData("{\"@context\":[]}")]
    [InlineData("{\"@context\":\"\\ud800\"}")]
    [InlineData("{,}")]
    [InlineData("<html/>")]
    [InlineData("License: SPDXVersion: SPDX-2.3")]
    public void Anything_else_does_not(string head) => Assert.Null(SbomContent.Detect(Encoding.UTF8.GetBytes(head)));

    [Fact]
    public void No_bytes_make_it_stumble()
    {
        Random random = new(7);
        byte[] start = "{\"spdxVersion\":\"\\ud800\",\"@context\":\"x\",\"a\":[1,{}]}"u8.ToArray();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutated = [.. start];
            for (int j = random.Next(1, 6); j > 0; j--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            _ = SbomContent.Detect(mutated.AsSpan(0, random.Next(mutated.Length + 1)));
        }
    }

    [Theory]
    [InlineData("text/spdx", "spdx", "text")]
    [InlineData("text/spdx+json", "spdx", "json")]
    [InlineData("application/spdx+json", "spdx", "json")]
    [InlineData("application/vnd.cyclonedx+xml; version=1.5", "cyclonedx", "xml")]
    [InlineData("application/vnd.cyclonedx", "cyclonedx", "json")]
    [InlineData("application/vnd.syft+json", "syft", "json")]
    public void Media_types_of_all_are_known(string mediaType, string type, string format) =>
        Assert.Equal(new SbomKind(type, format), SbomKind.Of(mediaType));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/spdxx")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip")]
    public void Others_are_no_sboms(string? mediaType) => Assert.Null(SbomKind.Of(mediaType));
}
