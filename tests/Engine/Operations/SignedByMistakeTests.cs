using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Tests.Operations;

/// <summary>A file whose signature would be one of an image is not signed as a file.</summary>
public sealed class SignedByMistakeTests
{
    private static readonly Digest Image = Digest.Sha256("an image"u8);

    public static TheoryData<string> Refused() =>
    [
        Encoding.UTF8.GetString(
            Envelope.Pae(MediaTypes.InToto, Statement.ForImageSignature(Image, Descriptor.NoAnnotations))),
        "DSSEv1 ",
        Encoding.UTF8.GetString(SimpleSigningPayload.Create("x", Image, Descriptor.NoAnnotations)),
        """  {"optional": {"a": {"b": []}}, "x": 1, "Critical": {"type": "?", "IMAGE": {"Docker-manifest-digest": 1}}} """,
        """{"critical": {"image": {"docker-manifest-digest": "a"}}, "critical": 1, """,
        """{"critical": {"image": 1, "image": {"x": {}, "docker-manifest-digest": "a"}}}""",
        $$$$"""{"optional": "{{{{new string('x', 100_000)}}}}", "critical": {"image": {"docker-manifest-digest": "a"}}}""",
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public void It_is_refused_in_whatever_pieces_it_comes(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        foreach (int piece in (int[])[bytes.Length, 1 + bytes.Length / 7, 3])
        {
            Assert.Equal(SigstoreErrorCode.InvalidValue, Assert.Throws<SigstoreException>(() => Look(bytes, piece)).Code);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("DSSEv1")]
    [InlineData(" DSSEv1 28 ")]
    [InlineData("""{"critical": 5, "high": 3}""")]
    [InlineData("""{"image": {"docker-manifest-digest": "a"}, "critical": {"x": {"docker-manifest-digest": 1}}}""")]
    [InlineData("""{"a": {"critical": {"image": {"docker-manifest-digest": "a"}}}}""")]
    [InlineData("{no json")]
    [InlineData("[1, 2]")]
    public void Anything_else_is_a_file(string text)
    {
        Look(Encoding.UTF8.GetBytes(text), 4);
        Look(Encoding.UTF8.GetBytes(text), 4096);
    }

    [Fact]
    public void Only_as_much_as_a_payload_may_have_is_kept()
    {
        byte[] large = new byte[Limits.Payload * 2];
        large.AsSpan().Fill((byte)' ');
        large[0] = (byte)'{';
        Look(large, 64 * 1024);
        Look(large, large.Length);
    }

    private static void Look(ReadOnlySpan<byte> bytes, int piece)
    {
        SignedByMistake guard = new();
        for (int at = 0; at < bytes.Length; at += piece)
        {
            guard.Look(bytes.Slice(at, Math.Min(piece, bytes.Length - at)));
        }

        guard.End();
    }
}
