using System.Text;
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
        Assert.Equal(1, made.LogIndex);
        Assert.Contains("TargetObject", e.Message, StringComparison.Ordinal);
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
