using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Verification;

public sealed class TimestampCheckTests
{
    private static readonly byte[] Content = "the bytes of a signature"u8.ToArray();
    private static readonly TestCertificate TheRoot = Root();
    private static readonly TestCertificate Step = Intermediate(
        TheRoot, extensions: Authority(0, [Oids.TimeStamping]));

    private static readonly TestCertificate Signer = TestTimestamps.Leaf(Step);
    private static readonly TestTimestamps Tsa = new(Signer);
    private static readonly TrustedRoot WithLeaf = RootOf(Anchor(Signer, Step, TheRoot));
    private static readonly TrustedRoot WithoutLeaf = RootOf(Anchor(Step, TheRoot));

    [Fact]
    public void Tokens_verify_with_the_leaf_in_the_trust_root_or_inside()
    {
        TestTimestamps with = Tsa with { Embedded = [Signer] };
        foreach (byte[] token in (byte[][])[
            Tsa.Answer(Content), Tsa.Answer(Content, status: 1), Tsa.Token(Content), with.Answer(Content)])
        {
            VerifiedTimestampToken verified = TimestampCheck.Verify(token, Content, WithLeaf);
            Assert.Equal(Tsa.Time, verified.Time);
            Assert.Equal("https://authority.example.test", verified.AuthorityUri);
            Assert.Equal("1234567890", verified.SerialNumber);
            Assert.Equal(TestTimestamps.Policy, verified.Policy);
            Assert.Equal("CN=timestamps", verified.SignerName);
        }

        TimestampCheck.Verify(with.Answer(Content), Content, WithoutLeaf);
        TimestampCheck.Verify(
            (Tsa with { Embedded = [Signer, Step] }).Answer(Content), Content, RootOf(Anchor(TheRoot)));
        TimestampCheck.Verify(Tsa.Answer(Content), Content, RootOf(Anchor(Signer)));
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(Tsa.Answer(Content), WithoutLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(Tsa.Answer(Content), TrustedRoot.Empty));
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(with.Answer(Content), RootOf(Anchor(TheRoot))));
    }

    [Fact]
    public void Where_the_trust_root_names_the_leaf_no_other_signs()
    {
        TestCertificate sibling = TestTimestamps.Leaf(Step);
        TestTimestamps other = new(sibling);
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(other.Answer(Content), WithLeaf));
        other = other with { Embedded = [sibling] };
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(other.Answer(Content), WithLeaf));
        TimestampCheck.Verify(other.Answer(Content), Content, WithoutLeaf);
        TimestampCheck.Verify(other.Answer(Content), Content, WithLeaf with
        {
            TimestampAuthorities = [Anchor(Signer, Step, TheRoot), Anchor(sibling, Step, TheRoot)],
        });
    }

    [Fact]
    public void Other_bytes_a_weak_hash_and_a_refusal_are_invalid()
    {
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(Tsa.Answer("other"u8), WithLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(Tsa.Answer(Content, status: 2), WithLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(
            (Tsa with { Hash = HashAlgorithmName.SHA1 }).Answer(Content), WithLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(
            (Tsa with { SignerHash = HashAlgorithmName.SHA1 }).Answer(Content), WithLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(
            (Tsa with { CriticalExtension = true }).Answer(Content), WithLeaf));
        TimestampCheck.Verify((Tsa with { Hash = HashAlgorithmName.SHA384 }).Answer(Content), Content, WithLeaf);
        TimestampCheck.Verify((Tsa with { Hash = HashAlgorithmName.SHA512 }).Answer(Content), Content, WithLeaf);
        TimestampCheck.Verify((Tsa with { SignerHash = HashAlgorithmName.SHA512 }).Answer(Content), Content, WithLeaf);
    }

    [Fact]
    public void The_signer_is_one_and_named_in_what_is_signed()
    {
        Assert.Equal(SigstoreErrorCode.MalformedTimestamp, CodeOf(
            (Tsa with { SecondSigner = TestTimestamps.Leaf(Step) }).Answer(Content), WithLeaf));
        Assert.Equal(SigstoreErrorCode.MalformedTimestamp, CodeOf((Tsa with { Named = [] }).Answer(Content), WithLeaf));
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, CodeOf(
            (Tsa with { Named = [1, 2, 3] }).Answer(Content), WithLeaf));
    }

    [Fact]
    public void Both_ends_of_every_window_are_inside()
    {
        DateTimeOffset at = Tsa.Time;
        byte[] token = Tsa.Answer(Content);
        Within(new ValidityPeriod(at, at));
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(token, Root(new ValidityPeriod(at.AddTicks(1), null))));
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, CodeOf(token, Root(new ValidityPeriod(null, at.AddTicks(-1)))));

        TimestampCheck.Verify((Tsa with { Time = End }).Answer(Content), Content, WithLeaf);
        TimestampCheck.Verify((Tsa with { Time = Start }).Answer(Content), Content, WithLeaf);
        Assert.Equal(
            SigstoreErrorCode.TimestampUntrusted, CodeOf((Tsa with { Time = End.AddSeconds(1) }).Answer(Content), WithLeaf));
        Assert.Equal(
            SigstoreErrorCode.TimestampUntrusted, CodeOf((Tsa with { Time = Start.AddSeconds(-1) }).Answer(Content), WithLeaf));

        void Within(ValidityPeriod window) => TimestampCheck.Verify(token, Content, Root(window));
        static TrustedRoot Root(ValidityPeriod window) =>
            RootOf(Anchor(Signer, Step, TheRoot) with { Validity = window });
    }

    [Fact]
    public void Signers_of_another_profile_are_refused()
    {
        X509Extension usage = TestTimestamps.Extensions[0];
        Refuse(Step, usage, Purposes(false, Oids.TimeStamping));
        Refuse(Step, usage, Purposes(true, Oids.TimeStamping, Oids.CodeSigning));
        Refuse(Step, usage, Purposes(true, Oids.AnyPurpose));
        Refuse(Step, usage, Purposes(true, Oids.CodeSigning));
        Refuse(Step, usage);
        Refuse(Step, [.. TestTimestamps.Extensions, new X509BasicConstraintsExtension(true, false, 0, true)]);
        Refuse(Step, [.. TestTimestamps.Extensions, new X509Extension("1.2.3.4", [5, 0], true)]);
        Refuse(Intermediate(TheRoot, extensions: Authority(0, [Oids.CodeSigning])));
        Refuse(Intermediate(Root()));

        static void Refuse(TestCertificate issuer, params X509Extension[] extensions)
        {
            TestCertificate signer = TestTimestamps.Leaf(issuer, extensions);
            TestTimestamps tsa = new TestTimestamps(signer) with { Embedded = [signer] };
            SigstoreErrorCode[] refusals = [SigstoreErrorCode.TimestampUntrusted, SigstoreErrorCode.MalformedTimestamp];
            Assert.Contains(CodeOf(tsa.Answer(Content), RootOf(Anchor(signer, issuer, TheRoot))), refusals);
            Assert.Contains(CodeOf(tsa.Answer(Content), RootOf(Anchor(issuer, TheRoot))), refusals);
        }
    }

    [Fact]
    public void Nothing_but_a_whole_token_is_read()
    {
        foreach (byte[] good in (byte[][])[Tsa.Answer(Content), (Tsa with { Embedded = [Signer] }).Token(Content)])
        {
            for (int length = 0; length < good.Length; length++)
            {
                Assert.Equal(SigstoreErrorCode.MalformedTimestamp, CodeOf(good[..length], WithLeaf));
            }

            Assert.Equal(SigstoreErrorCode.MalformedTimestamp, CodeOf([.. good, 0], WithLeaf));
        }

        Assert.Equal(SigstoreErrorCode.LimitExceeded, CodeOf(new byte[Limits.TimestampToken + 1], WithLeaf));
    }

    [Fact]
    public void A_changed_bit_never_changes_what_a_token_says()
    {
        byte[] good = (Tsa with { Embedded = [Signer], Nonce = 7 }).Answer(Content);
        SortedSet<int> where = [];
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] changed = [.. good];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                VerifiedTimestampToken verified = TimestampCheck.Verify(changed, Content, WithLeaf);
                Assert.Equal(Tsa.Time, verified.Time);
                Assert.Equal("1234567890", verified.SerialNumber);
                Assert.Equal(7, verified.Token.Nonce);
                where.Add(bit / 8);
            }
            catch (SigstoreException)
            {
            }
        }

        // Nothing signs the status, the versions, the list of hashes, or which other certificates come along.
        Assert.InRange(where.Count, 1, 64);
        int content = good.AsSpan().IndexOf(Convert.FromHexString("060b2a864886f70d0109100104"));
        int certificates = good.AsSpan().IndexOf(Signer.Der.AsSpan(0, 40)) - 4;
        int signer = good.AsSpan().LastIndexOf(Convert.FromHexString("0609608648016503040201"));
        Assert.DoesNotContain(where, at => at >= content && at < certificates || at >= signer);
    }

    [Fact]
    public void A_changed_bit_is_refused_where_the_certificate_comes_along()
    {
        byte[] good = (Tsa with { Embedded = [Signer, Step] }).Answer(Content);
        TrustedRoot root = RootOf(Anchor(TheRoot));
        for (int bit = 0; bit < good.Length * 8; bit += 3)
        {
            byte[] changed = [.. good];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(Tsa.Time, TimestampCheck.Verify(changed, Content, root).Time);
            }
            catch (SigstoreException)
            {
            }
        }
    }

    private static SigstoreErrorCode CodeOf(byte[] token, TrustedRoot root) =>
        Assert.Throws<SigstoreException>(() => TimestampCheck.Verify(token, Content, root)).Code;
}
