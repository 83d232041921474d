using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Signing;

namespace SigstorePS.Tests.Signing;

/// <summary>What was made before something failed: its log entry cannot be taken back, so it must not be lost.</summary>
public sealed class PartialSigningTests
{
    private static readonly Digest Content = Digest.Sha256(Encoding.UTF8.GetBytes("what is signed"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_signer_that_fails_leaves_the_signature_of_the_one_before()
    {
        await using SigningSession session = new();
        SigningPlan plan = session.Plan("v1");
        SigningMeans means = new()
        {
            Credentials = [session.Credentials("ecdsa-sha2-256-nistp256"), new NoCredentials()],
            Services = new SigningServices { Logs = plan.Logs },
            Root = plan.Root,
        };
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => new BlobSigner(session.Signer).SignAsync(
            new BlobSource { Digest = Content }, means, new BlobOutputs(), Cancel));

        Assert.Equal(SigstoreErrorCode.FulcioUnavailable, e.Code);
        BlobSignature made = Assert.Single(Assert.IsType<BlobSignature[]>(e.Result));
        Assert.NotNull(made.LogIndex);
        Assert.Contains("TargetObject", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The bundle of cosign 2 for a file holds no timestamp, so that nobody could verify what was made.</summary>
    [Fact]
    public async Task The_older_bundle_of_a_file_is_not_made_with_a_timestamp_alone()
    {
        await using SigningSession session = new();
        SigningPlan plan = session.Plan("tsa", SignatureFormat.Legacy, keyless: true);
        SigningMeans means = new()
        {
            Credentials = [session.Credentials("keyless")],
            Formats = SignatureFormats.Legacy,
            Services = new SigningServices
            {
                Fulcio = session.Sigstore.Fulcio.Address, TimestampAuthorities = plan.TimestampAuthorities,
            },
            Root = plan.Root,
        };
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => new BlobSigner(session.Signer).SignAsync(
            new BlobSource { Digest = Content }, means, new BlobOutputs(), Cancel));

        Assert.Equal(SigstoreErrorCode.TransparencyLogRequired, e.Code);
        Assert.Equal(0, session.Sigstore.Fulcio.Asked);
    }

    private sealed class NoCredentials : ISigningCredentials
    {
        public string Name => "nobody";

        public Task<SigningCredential> GetAsync(CancellationToken cancel) =>
            throw new SigstoreException(SigstoreErrorCode.FulcioUnavailable, "The certificate authority failed.");

        public void Dispose()
        {
        }
    }
}
