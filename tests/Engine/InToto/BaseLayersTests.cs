using System.Text;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.InToto;

/// <summary>The set of base layers as it is signed, and as a manifest carries it.</summary>
public sealed class BaseLayersTests
{
    private static readonly Digest A = Digest.Sha256("a"u8);
    private static readonly Digest B = Digest.Sha256("b"u8);

    [Fact]
    public void The_statement_is_what_the_help_says()
    {
        BaseLayers layers = BaseLayers.Of([A, B]);
        Digest set = Digest.Sha256(Encoding.ASCII.GetBytes($"{A}\n{B}\n"));
        Assert.Equal(set, layers.Digest);
        Assert.Equal(
            $$$"""{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"r/base","digest":{"sha256":"{{{A.Hex}}}"}},{"name":"layers","digest":{"sha256":"{{{set.Hex}}}"}}],"predicateType":"urn:x-sigstoreps:base-layers:v1","predicate":{"layers":["{{{A}}}","{{{B}}}"]}}""",
            Encoding.UTF8.GetString(layers.StatementAbout(new StatementSubject("r/base", A))));
    }

    [Fact]
    public void Order_and_number_make_another_set()
    {
        Digest[] sets =
        [
            .. new[] { [A, B], [B, A], [A], [B], [A, A], new[] { A, B, B } }.Select(static l => BaseLayers.Of(l).Digest),
        ];
        Assert.Equal(sets.Length, sets.Distinct().Count());
    }

    [Theory]
    [InlineData("{\"layers\":[]}", SigstoreErrorCode.InvalidValue)]
    [InlineData("{\"layers\":[null]}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("{\"layers\":[\"\\ud800\"]}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("{\"layers\":[\"sha256:00\"]}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("{\"layers\":{}}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("{\"layers\":[],\"more\":1}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("{}", SigstoreErrorCode.MalformedStatement)]
    [InlineData("[]", SigstoreErrorCode.MalformedStatement)]
    [InlineData("null", SigstoreErrorCode.MalformedStatement)]
    public void A_predicate_without_layers_is_refused(string predicate, SigstoreErrorCode code) => Assert.Equal(
        code, Assert.Throws<SigstoreException>(() => BaseLayers.Read(Read(BaseLayers.PredicateType, predicate))).Code);

    [Fact]
    public void Another_type_is_refused_and_too_many_layers_too()
    {
        Assert.Equal(
            SigstoreErrorCode.PredicateTypeMismatch,
            Assert.Throws<SigstoreException>(
                () => BaseLayers.Read(Read(Statement.CosignSign, $"{{\"layers\":[\"{A}\"]}}"))).Code);
        string many = string.Join(',', Enumerable.Repeat($"\"{A}\"", Limits.BaseLayers + 1));
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded,
            Assert.Throws<SigstoreException>(
                () => BaseLayers.Read(Read(BaseLayers.PredicateType, $"{{\"layers\":[{many}]}}"))).Code);
    }

    [Fact]
    public void An_annotation_keeps_the_rest_of_the_manifest_to_the_letter()
    {
        Manifest manifest = Manifest.Parse(Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","layers":[{"mediaType":"{{{MediaTypes.OciLayer}}}","size":1,"digest":"{{{A}}}","x":1.50}],"y":"é<"}"""));
        byte[] once = BaseAnnotation.Write(manifest, 0, ["{\"one\":1}"u8.ToArray()], replace: false);
        Manifest first = Manifest.Parse(once);
        Assert.Contains("\"x\":1.50", Encoding.UTF8.GetString(once), StringComparison.Ordinal);
        Assert.Contains("\"y\":\"é<\"", Encoding.UTF8.GetString(once), StringComparison.Ordinal);
        Manifest second = Manifest.Parse(BaseAnnotation.Write(first, 0, ["{\"two\":2}"u8.ToArray()], replace: false));
        Assert.Equal(
            ["{\"one\":1}", "{\"two\":2}"],
            BaseAnnotation.Read(second.Layers[0].Annotations[MediaTypes.BaseImageAnnotation])
                .Select(static l => Encoding.UTF8.GetString(l.Span)));
        Manifest replaced = Manifest.Parse(BaseAnnotation.Write(second, 0, ["{}"u8.ToArray()], replace: true));
        Assert.Single(BaseAnnotation.Read(replaced.Layers[0].Annotations[MediaTypes.BaseImageAnnotation]));
    }

    [Theory]
    [InlineData("application/vnd.oci.image.layer.v1.tar", true)]
    [InlineData("application/vnd.oci.image.layer.v1.tar+zstd", true)]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar.gzip", true)]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", true)]
    [InlineData("application/vnd.oci.image.layer.v1.tarx", false)]
    [InlineData("application/vnd.oci.image.layer.v1.tar+encrypted", false)]
    [InlineData("application/vnd.in-toto+json", false)]
    [InlineData("", false)]
    public void Only_what_is_unpacked_is_a_layer(string mediaType, bool expected) =>
        Assert.Equal(expected, MediaTypes.IsFileSystemLayer(mediaType));

    private static Statement Read(string type, string predicate) => Statement.Parse(Encoding.UTF8.GetBytes(
        $$$"""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"{{{A.Hex}}}"}}],"predicateType":"{{{type}}}","predicate":{{{predicate}}}}"""));
}
