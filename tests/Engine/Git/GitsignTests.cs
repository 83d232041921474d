using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Git;
using SigstorePS.Support;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Git;

/// <summary>Commits and a tag that the real gitsign 0.16.1 signed with real servers, and what others make of them.</summary>
public sealed class GitsignTests
{
    private const string Issuer = "http://127.0.0.1:44455/email";

    private static readonly VerificationPolicy Alice = new()
    {
        Signer = BlobCase.Identity("alice@example.test", Issuer),
        Root = BlobCase.Root(RepositoryRoot.Fixture("git", "trusted_root.json")),
    };

    [Theory]
    [InlineData("commit", "68d2be0e6524a23a4065cae718337f8c41cfe290")]
    [InlineData("timestamped", "0947f9f2aea49bff965960242e6e6384f47ea127")]
    [InlineData("tag", "bf7fd2e2e6b84360720f69611e185638c3339c58")]
    public void What_gitsign_signed_offline_verifies(string name, string id)
    {
        GitObject what = GitsignParts.Object(name);
        Assert.Equal(id, what.Id);
        VerifiedSignature verified = Verify(what, Alice);
        Assert.Equal(("alice@example.test", Issuer), (verified.Signer, verified.Certificate!.Issuer));
        Assert.Equal("hashedrekord 0.0.1", Assert.Single(verified.LogEntries).Kind);
        Assert.Equal(name == "timestamped", verified.Times.Any(static t => t.Type == "TimestampAuthority"));
    }

    [Fact]
    public void A_timestamp_stands_in_for_the_log()
    {
        VerificationPolicy policy = Alice with { SkipTransparencyLog = true, TimestampThreshold = 1 };
        Verify(GitsignParts.Object("timestamped"), policy);
        Assert.Equal(SigstoreErrorCode.TimestampMissing, Refuse(GitsignParts.Object("commit"), policy));
    }

    [Fact]
    public void Signed_online_there_is_no_entry_in_the_commit() =>
        Assert.Equal(SigstoreErrorCode.LogEntryMissing, Refuse(GitsignParts.Object("online"), Alice));

    [Fact]
    public void Put_together_again_it_is_the_same()
    {
        Verify(GitsignParts.Of("commit").Join(), Alice);
        Verify(GitsignParts.Of("tag").Join(), Alice);
    }

    [Fact]
    public void Another_identity_a_key_or_another_trust_root_is_refused()
    {
        GitObject what = GitsignParts.Object("commit");
        Assert.Equal(
            SigstoreErrorCode.IdentityMismatch,
            Refuse(what, Alice with { Signer = BlobCase.Identity("bob@example.test", Issuer) }));
        Assert.Equal(
            SigstoreErrorCode.SignerMismatch,
            Refuse(what, Alice with { Signer = BlobCase.Key(RepositoryRoot.Fixture("golden", "keys", "c3-ecdsa.pub")) }));
        Assert.Equal(
            SigstoreErrorCode.LogUntrusted,
            Refuse(what, Alice with { Root = BlobCase.Root(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json")) }));
    }

    [Theory]
    [InlineData("A commit that gitsign signed", "A commit that nobody signed ..")]
    [InlineData("author Alice", "author Bobby")]
    [InlineData("tree aaa96", "tree bbb96")]
    public void A_changed_commit_is_refused(string what, string with)
    {
        string text = Encoding.UTF8.GetString(GitsignParts.Object("commit").Content.Span);
        Assert.Contains(what, text, StringComparison.Ordinal);
        GitObject changed = GitsignParts.Read(text.Replace(what, with, StringComparison.Ordinal));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, Refuse(changed, Alice));
    }

    [Fact]
    public void The_signature_of_another_commit_is_refused()
    {
        byte[] other = Pem.Read(GitsignParts.Object("timestamped").Signature)[0].Data;
        Assert.Equal(
            SigstoreErrorCode.SignatureMismatch,
            Refuse(GitsignParts.Around(GitsignParts.Object("commit"), other), Alice));
        Assert.Equal(
            SigstoreErrorCode.SignatureMismatch,
            Refuse(GitsignParts.Around(GitsignParts.Object("tag"), other), Alice));
    }

    [Fact]
    public void A_swapped_certificate_is_refused()
    {
        GitsignParts other = GitsignParts.Of("tag");
        GitsignParts swapped = GitsignParts.Of("timestamped") with
        {
            Certificates = other.Certificates, SignerId = other.SignerId,
        };

        // The log's promise is about an entry with the other certificate.
        Assert.Equal(SigstoreErrorCode.LogPromiseInvalid, Refuse(swapped.Join(), Alice));
        Assert.Equal(
            SigstoreErrorCode.SignatureMismatch,
            Refuse(swapped.Join(), Alice with { SkipTransparencyLog = true, TimestampThreshold = 1 }));
        Assert.Equal(
            SigstoreErrorCode.MalformedSignature, Refuse((swapped with { SignerId = GitsignParts.Of("commit").SignerId }).Join(), Alice));
    }

    [Fact]
    public void A_swapped_log_entry_or_signature_is_refused()
    {
        GitsignParts commit = GitsignParts.Of("commit"), tag = GitsignParts.Of("tag");
        Assert.Equal(SigstoreErrorCode.LogPromiseInvalid, Refuse((commit with { Unsigned = tag.Unsigned }).Join(), Alice));
        Assert.Equal(SigstoreErrorCode.LogPromiseInvalid, Refuse((commit with { Signature = tag.Signature }).Join(), Alice));
        Assert.Equal(SigstoreErrorCode.LogEntryMissing, Refuse((commit with { Unsigned = null }).Join(), Alice));
        Assert.Equal(
            SigstoreErrorCode.SignatureMismatch,
            Refuse((commit with { SignedAttributes = tag.SignedAttributes }).Join(), Alice));
    }

    [Fact]
    public void A_signature_that_brings_its_own_content_is_refused()
    {
        GitsignParts parts = GitsignParts.Of("commit");
        Assert.Equal(
            SigstoreErrorCode.MalformedSignature,
            Refuse((parts with { Attached = parts.From.Payload.ToArray() }).Join(), Alice));
    }

    [Fact]
    public void No_changed_byte_passes_with_another_meaning()
    {
        GitObject from = GitsignParts.Object("commit");
        byte[] der = Pem.Read(from.Signature)[0].Data;
        SignedArtifact meant = GitsignSignature.Read(from);
        int passed = 0;
        for (int i = 0; i < der.Length; i += 3)
        {
            byte[] changed = [.. der];
            changed[i] ^= 0x21;
            GitObject what = GitsignParts.Around(from, changed);
            try
            {
                Verify(what, Alice);
                passed++;
                SignedArtifact read = GitsignSignature.Read(what);
                Assert.True(meant.SignedBytes!.Value.Span.SequenceEqual(read.SignedBytes!.Value.Span), $"byte {i}");
                Assert.Equal(meant.Certificate!, read.Certificate!);
                Assert.True(meant.Signature.Span.SequenceEqual(read.Signature.Span), $"byte {i}");
            }
            catch (SigstoreException)
            {
                // Refused, and nothing else was thrown.
            }
        }

        // The names of algorithms that the certificate says anyway.
        Assert.InRange(passed, 0, 40);
    }

    private static VerifiedSignature Verify(GitObject what, VerificationPolicy policy)
    {
        SignedArtifact artifact = GitsignSignature.Read(what);
        return ArtifactVerifier.Verify(artifact, SignedContent.Of(artifact.SignedBytes!.Value), policy);
    }

    private static SigstoreErrorCode Refuse(GitObject what, VerificationPolicy policy) =>
        Assert.Throws<SigstoreException>(() => Verify(what, policy)).Code;
}
