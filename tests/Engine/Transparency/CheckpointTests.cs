using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Transparency;

public sealed class CheckpointTests
{
    private const string Root = "zSeFZyyk6Mc09gibSz+m1OIVRLRoHHi8a7s3Wf+f/Ro=";
    private const string Line = "\u2014 log.test AAAAAAE=\n";
    private const string Good = "log.test\n4\n" + Root + "\n\n" + Line;

    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
    private static readonly byte[] OtherSeed = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];

    [Fact]
    public void All_parts_are_read()
    {
        Checkpoint note = Checkpoint.Parse(
            $"log.test\n4\n{Root}\nfirst extension\nTimestamp: 5\n\n{Line}\u2014 witness/b AAAAAgEC\n");
        Assert.Equal("log.test", note.Origin);
        Assert.Equal(4, note.TreeSize);
        Assert.Equal(Root, Convert.ToBase64String(note.RootHash.Span));
        Assert.Equal(["first extension", "Timestamp: 5"], note.Extensions);
        Assert.Equal(
            $"log.test\n4\n{Root}\nfirst extension\nTimestamp: 5\n", Encoding.UTF8.GetString(note.SignedText.Span));
        Assert.Equal(["log.test", "witness/b"], note.Signatures.Select(static s => s.Name));
        Assert.Equal([0, 0, 0, 2], note.Signatures[1].KeyHash.ToArray());
        Assert.Equal([1, 2], note.Signatures[1].Signature.ToArray());
        Assert.False(note.IsRekorV1);
        Assert.Equal(
            note.SignedText.ToArray(), Checkpoint.Parse(Encoding.UTF8.GetBytes(note.Text)).SignedText.ToArray());
    }

    [Theory]
    [InlineData("rekor.test - 2605736670972794746", true)]
    [InlineData("rekor.test - 0", true)]
    [InlineData("rekor.test - ", false)]
    [InlineData("rekor.test - 12a", false)]
    [InlineData("rekor.test -12", false)]
    [InlineData(" - 12", false)]
    [InlineData("rekor.test - \u0661", false)]
    [InlineData("rekor.test", false)]
    public void The_origin_says_whose_rules_hold(string origin, bool first) =>
        Assert.Equal(first, Checkpoint.Parse(Good.Replace("log.test\n4", origin + "\n4", StringComparison.Ordinal))
            .IsRekorV1);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n\n\n\n")]
    [InlineData("\n4\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n\n" + Line)]
    [InlineData("log.test\n4\n\n" + Line)]
    [InlineData("log.test\n04\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n+4\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n-4\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n 4\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n4 \n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n4.0\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n0x4\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n\u0664\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n9223372036854775808\n" + Root + "\n\n" + Line)]
    [InlineData("log.test\n4\nzSeFZyyk6Mc09gibSz+m1OIVRLRoHHi8a7s3Wf+f/Rp=\n\n" + Line)]
    [InlineData("log.test\n4\nzSeFZyyk6Mc09gibSz-m1OIVRLRoHHi8a7s3Wf-f_Ro=\n\n" + Line)]
    [InlineData("log.test\n4\nzSeFZyyk6Mc09gibSz+m1OIVRLRoHHi8a7s3Wf+f/Ro\n\n" + Line)]
    [InlineData("log.test\n4\nAAAA\n\n" + Line)]
    [InlineData("log.test\n4\n" + Root + "\n" + Line)]
    [InlineData("log.test\n4\n" + Root + "\n\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\n" + Line)]
    [InlineData("log.test\n4\n" + Root + "\n\n" + Line + "\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n" + Line + "text\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test AAAAAAE=")]
    [InlineData("log.test\n4\n" + Root + "\n\n- log.test AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014log.test AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014  AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log test AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log+test AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test  AAAAAAE=\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test AAAAAAE= \n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test AAAAAA==\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test AAAAAAE\n")]
    [InlineData("log.test\n4\n" + Root + "\n\n\u2014 log.test AAAAAAF=\n")]
    [InlineData("log.test\r\n4\r\n" + Root + "\r\n\r\n" + Line)]
    [InlineData("log.test\n4\n" + Root + "\nbell \a\n\n" + Line)]
    [InlineData("log.test\n4\n" + Root + "\ntab\there\n\n" + Line)]
    public void Everything_else_is_refused(string text) =>
        Assert.Equal(
            SigstoreErrorCode.CheckpointInvalid,
            Assert.Throws<SigstoreException>(() => Checkpoint.Parse(text)).Code);

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Good);
        bytes[1] = 0xFF;
        Assert.Equal(
            SigstoreErrorCode.CheckpointInvalid, Assert.Throws<SigstoreException>(() => Checkpoint.Parse(bytes)).Code);
        string half = Good.Replace("log.test\n4", "log\ud800\n4", StringComparison.Ordinal);
        Assert.Equal(
            SigstoreErrorCode.CheckpointInvalid, Assert.Throws<SigstoreException>(() => Checkpoint.Parse(half)).Code);
    }

    [Fact]
    public void Limits_hold()
    {
        string many = string.Concat(Enumerable.Repeat(Line, Limits.CheckpointSignatures - 1));
        Assert.Equal(Limits.CheckpointSignatures, Checkpoint.Parse(Good + many).Signatures.Count);
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded,
            Assert.Throws<SigstoreException>(() => Checkpoint.Parse(Good + many + Line)).Code);
        string large = Good.Replace(
            "\n\n", "\n" + new string('x', Limits.Checkpoint) + "\n\n", StringComparison.Ordinal);
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() => Checkpoint.Parse(large)).Code);
    }

    // C2SP signed-note and the log id in the trust root of the golden stack.
    [Fact]
    public void Key_ids_are_those_of_the_specification()
    {
        PublicKey rekor2 = PublicKey.FromSpki(
            Convert.FromBase64String("MCowBQYDK2VwAyEAPbJ9ToG40eKlQu2wVpD2AzeUB3oMpk53d/6M/jJEJts="));
        Assert.Equal(
            "9zx/jb5iqhr5dAlyoEJjCFAV8j3NZ+kBqRO/hUWXQIA=",
            Convert.ToBase64String(NoteKeyId.Compute("rekor2.peers.test", rekor2)));
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PublicKey p256 = PublicKey.FromSpki(ec.ExportSubjectPublicKeyInfo());
        Assert.Equal(p256.KeyId, Convert.ToHexStringLower(NoteKeyId.Compute("any", p256)));
        using RSA rsa = RSA.Create(2048);
        byte[] spki = rsa.ExportSubjectPublicKeyInfo();
        Assert.Equal(
            SHA256.HashData([.. "name\n"u8, 0xFF, .. "PKIX-RSA-PKCS#1v1.5"u8, .. spki]),
            NoteKeyId.Compute("name", PublicKey.FromSpki(spki)));
    }

    [Fact]
    public void One_good_line_of_the_log_is_enough_in_v2_wherever_it_stands()
    {
        PublicKey key = Key(Seed);
        byte[] id = NoteKeyId.Compute("log.test", key);
        string text = $"log.test\n4\n{Root}\nextension\n";
        string good = Sign(text, "log.test", id, Seed);
        string stranger = Sign(text, "witness.test", [9, 9, 9, 9], OtherSeed);
        string secondOfTheLog = Sign(text, "log.test", [9, 9, 9, 9], OtherSeed);
        string badOfTheLog = Sign(text + "x", "log.test", id, Seed);
        string otherName = Sign(text, "other.test", id, Seed);

        Assert.True(Signed(text, good));
        Assert.True(Signed(text, stranger + secondOfTheLog + good));
        Assert.True(Signed(text, badOfTheLog + good));
        Assert.False(Signed(text, stranger));
        Assert.False(Signed(text, secondOfTheLog));
        Assert.False(Signed(text, badOfTheLog));
        Assert.False(Signed(text, otherName));
        Assert.False(Signed(text.Replace("log.test", "else.test", StringComparison.Ordinal), good));
        Assert.False(Signed($"else.test\n4\n{Root}\n", Sign($"else.test\n4\n{Root}\n", "log.test", id, Seed)));

        bool Signed(string head, string lines) =>
            Checkpoint.Parse(head + "\n" + lines).IsSignedBy("log.test", key, id);
    }

    [Fact]
    public void Every_line_must_be_of_the_log_in_v1()
    {
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PublicKey key = PublicKey.FromSpki(ec.ExportSubjectPublicKeyInfo());
        byte[] id = Convert.FromHexString(key.KeyId);
        string text = $"log.test - 12\n4\n{Root}\nTimestamp: 3\n";
        string good = Line1(id, text);
        Assert.True(Checkpoint.Parse(text + "\n" + good).IsSignedByV1(key, id));
        Assert.True(Checkpoint.Parse(text + "\n" + good + good).IsSignedByV1(key, id));
        Assert.False(Checkpoint.Parse(text + "\n" + good + Line1([1, 2, 3, 4], text)).IsSignedByV1(key, id));
        Assert.False(Checkpoint.Parse(text + "\n" + Line1([1, 2, 3, 4], text)).IsSignedByV1(key, id));
        Assert.False(Checkpoint.Parse(text + "\n" + Line1(id, text + "x")).IsSignedByV1(key, id));
        Assert.False(Checkpoint.Parse(text.Replace("\n4\n", "\n5\n", StringComparison.Ordinal) + "\n" + good)
            .IsSignedByV1(key, id));
        string unnumbered = text.Replace(" - 12", string.Empty, StringComparison.Ordinal);
        Assert.False(Checkpoint.Parse(unnumbered + "\n" + Line1(id, unnumbered)).IsSignedByV1(key, id));

        string Line1(byte[] hash, string signed) => NoteLine("log.test", hash, ec.SignData(
            Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public void A_witness_signs_the_text_and_a_time()
    {
        PublicKey key = Key(Seed);
        string text = $"log.test\n4\n{Root}\n";
        byte[] id = NoteKeyId.OfWitness("witness.test", key);
        byte[] time = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(time, 1_700_000_000);
        byte[] signature = ClassicCrypto.Current.Ed25519Sign(
            Seed, Encoding.UTF8.GetBytes("cosignature/v1\ntime 1700000000\n" + text), false);
        string line = NoteLine("witness.test", id, [.. time, .. signature]);
        Checkpoint note = Checkpoint.Parse(text + "\n" + Line + line);
        WitnessCosignature witness = Assert.Single(WitnessCosignature.On(note));
        Assert.Equal("witness.test", witness.Name);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), witness.Time);
        Assert.True(witness.IsSignedBy(note, key));
        Assert.False(witness.IsSignedBy(note, Key(OtherSeed)));
        Assert.False(witness.IsSignedBy(
            Checkpoint.Parse(text.Replace("\n4\n", "\n5\n", StringComparison.Ordinal) + "\n" + Line), key));
        time[7] ^= 1;
        Checkpoint later = Checkpoint.Parse(
            text + "\n" + NoteLine("witness.test", id, [.. time, .. signature]));
        Assert.False(Assert.Single(WitnessCosignature.On(later)).IsSignedBy(later, key));
        Assert.Empty(WitnessCosignature.On(Checkpoint.Parse(
            text + "\n" + NoteLine("witness.test", id, [255, .. time[1..], .. signature]))));
    }

    private static PublicKey Key(byte[] seed) =>
        PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(seed));

    private static string Sign(string text, string name, byte[] keyId, byte[] seed) =>
        NoteLine(name, keyId, ClassicCrypto.Current.Ed25519Sign(seed, Encoding.UTF8.GetBytes(text), false));

    private static string NoteLine(string name, byte[] keyId, byte[] signature) =>
        $"\u2014 {name} {Convert.ToBase64String([.. keyId[..4], .. signature])}\n";
}
