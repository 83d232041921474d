using System.Security.Cryptography;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Verification;

/// <summary>Which algorithm a Rekor v2 entry may name for which key.</summary>
public sealed class RekorV2AlgorithmTests
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("content");

    [Theory]
    [InlineData("PKIX_ECDSA_P256_SHA_256", null)]
    [InlineData("PKIX_ECDSA_P384_SHA_384", null)]
    [InlineData("PKIX_ECDSA_P384_SHA_256", null)]
    [InlineData("PKIX_ECDSA_P521_SHA_512", null)]
    [InlineData("PKIX_ECDSA_P521_SHA_256", null)]
    [InlineData("PKIX_RSA_PKCS1V15_2048_SHA256", null)]
    [InlineData("PKIX_ED25519_PH", null)]
    [InlineData("PKIX_ED25519", SigstoreErrorCode.LogEntryMismatch)]
    [InlineData("PKIX_RSA_PSS_2048_SHA256", SigstoreErrorCode.LogEntryMismatch)]
    public void The_algorithm_is_one_of_the_key(string details, SigstoreErrorCode? code)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.KeyDetails == details);
        GoldenLog signed = Signed(algorithm);
        LogEntry entry = OwnLog.Write(Body(signed, algorithm));
        Assert.Equal(code, signed.With(entry).Verdict(OwnLog.Root));
        Assert.Equal(
            code is null ? null : SigstoreErrorCode.LogProofInvalid,
            signed.With(entry with { Body = default }).Verdict(OwnLog.Root));
    }

    [Theory]
    [InlineData("PKIX_ECDSA_P384_SHA_384", "sha256")]
    [InlineData("PKIX_ECDSA_P384_SHA_256", "sha384")]
    [InlineData("PKIX_ECDSA_P256_SHA_256", "sha512")]
    [InlineData("PKIX_ED25519_PH", "sha256")]
    public void The_digest_is_of_the_algorithms_hash(string details, string hash)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.KeyDetails == details);
        GoldenLog signed = Signed(algorithm);
        Digest other = signed.Content.DigestOf(new HashAlgorithmName(hash.ToUpperInvariant()))!;
        byte[] body = RekorV2Body.Rebuild(other, signed.Artifact.Signature.Span, signed.Key, null, algorithm);
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch, signed.With(OwnLog.Write(body)).Verdict(OwnLog.Root));
    }

    [Fact]
    public void The_bundles_digest_must_be_the_entrys()
    {
        GoldenLog signed = Signed(SigningAlgorithm.EcdsaP384);
        LogEntry entry = OwnLog.Write(Body(signed, SigningAlgorithm.EcdsaP384));
        foreach (HashAlgorithmName hash in new[] { HashAlgorithmName.SHA256, HashAlgorithmName.SHA384 })
        {
            GoldenLog hinted = signed with
            {
                Artifact = signed.Artifact with { MessageDigest = signed.Content.DigestOf(hash) },
            };
            Assert.Equal(
                hash == HashAlgorithmName.SHA384 ? null : SigstoreErrorCode.LogEntryMismatch,
                hinted.With(entry).Verdict(OwnLog.Root));
        }
    }

    /// <summary>The log check compares signatures and does not verify them, so any bytes will do.</summary>
    private static GoldenLog Signed(SigningAlgorithm algorithm) => new(
        new SignedArtifact
        {
            Format = SignatureFormat.Bundle,
            SignedBytes = null,
            Payload = default,
            Signature = new byte[] { 1, 2, 3 },
        },
        SignedContent.Of(Content), NewKey(algorithm));

    private static byte[] Body(GoldenLog signed, SigningAlgorithm algorithm) => RekorV2Body.Rebuild(
        signed.Content.DigestOf(algorithm.Hash)!, signed.Artifact.Signature.Span, signed.Key, null, algorithm);

    private static PublicKey NewKey(SigningAlgorithm algorithm)
    {
        if (algorithm.Scheme is SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash)
        {
            return PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(new byte[32]));
        }

        if (algorithm.Scheme != SignatureScheme.Ecdsa)
        {
            using RSA rsa = RSA.Create(algorithm.KeySize);
            return PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo());
        }

        using ECDsa ec = ECDsa.Create(algorithm.KeySize switch
        {
            256 => ECCurve.NamedCurves.nistP256,
            384 => ECCurve.NamedCurves.nistP384,
            _ => ECCurve.NamedCurves.nistP521,
        });
        return PublicKey.FromSpki(ec.ExportSubjectPublicKeyInfo());
    }
}
