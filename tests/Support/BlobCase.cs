using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Trust;
using SigstorePS.Verification;
using Xunit;

namespace SigstorePS.Support;

/// <summary>One file, its signature and whom to trust: verified as Test-BlobCandidate does it.</summary>
internal sealed record BlobCase
{
    public required string Bundle { get; init; }

    public string? Artifact { get; init; }

    public string? Digest { get; init; }

    public required VerificationPolicy Policy { get; init; }

    /// <summary>Null when verified, else the reason.</summary>
    public async Task<SigstoreException?> RunAsync()
    {
        try
        {
            IReadOnlyList<BlobCandidate> signatures =
                await BlobSignatures.ReadAsync(Bundle, CancellationToken.None);
            Digest? digest = Digest is null ? null : SigstorePS.Crypto.Digest.Parse(Digest);
            BlobVerification result = await BlobVerifier.VerifyAsync(
                new BlobTarget(Artifact, digest, signatures), Policy, CancellationToken.None);
            Assert.True(result.Verified);
            Assert.NotEmpty(result.Checks);
            return null;
        }
        catch (SigstoreException e)
        {
            return e;
        }
    }

    public static TrustedRoot Root(string path) => TrustedRootReader.Read(File.ReadAllBytes(path));

    public static SignerPolicy Identity(string identity, string issuer) => new SignerPolicy.ByIdentity(
        [new CertificateIdentity(TextMatch.Exactly(identity), TextMatch.Exactly(issuer), new Dictionary<string, string>())]);

    public static SignerPolicy Key(string path) => new SignerPolicy.ByKey(
        [new TrustedKey(path, KeyOperations.PublicKeyOf(path, File.ReadAllText(path)).Key)]);
}
