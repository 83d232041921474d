using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Operations;
using SigstorePS.Verification;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Tests.Verification;

/// <summary>A signature of one thing must not be taken for a signature of another that it came with.</summary>
public sealed class SubstitutedContentTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose()
    {
        _key.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task An_image_signature_is_none_of_a_file()
    {
        byte[] payload = SimpleSigningPayload.Create(
            "registry.example/image", Digest.Sha256("image"u8), new Dictionary<string, string>());
        await File.WriteAllTextAsync(_file, "evil", TestContext.Current.CancellationToken);
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(payload));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, failure.Code);
    }

    [Fact]
    public async Task A_line_with_the_file_itself_as_payload_verifies()
    {
        byte[] payload = "the file"u8.ToArray();
        await File.WriteAllBytesAsync(_file, payload, TestContext.Current.CancellationToken);
        Assert.True((await VerifyAsync(payload)).Verified);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_predicate_type_asked_for_is_not_met_by_a_signature_without_a_statement(bool allowAttestation)
    {
        Digest image = Digest.Sha256("image"u8);
        byte[] payload = SimpleSigningPayload.Create("registry.example/image", image, new Dictionary<string, string>());
        SigstoreException failure = Assert.Throws<SigstoreException>(() => ClaimCheck.OfImage(
            LegacySignature.OverPayload(payload, new byte[] { 1 }), image,
            Policy() with { PredicateType = "https://slsa.dev/provenance/v1", AllowAttestation = allowAttestation }));
        Assert.Equal(SigstoreErrorCode.PredicateTypeMismatch, failure.Code);
    }

    [Fact]
    public void Allowing_attestations_does_not_waive_the_predicate_type_asked_for()
    {
        Digest image = Digest.Sha256("image"u8);
        byte[] statement = Statement.ForImageSignature(image, new Dictionary<string, string>());
        JsonObject envelope = new()
        {
            ["payloadType"] = SigstorePS.Oci.MediaTypes.InToto,
            ["payload"] = Convert.ToBase64String(statement),
            ["signatures"] = new JsonArray(new JsonObject { ["sig"] = "AQ==" }),
        };
        SignedArtifact artifact = SignedArtifact.FromEnvelope(Encoding.UTF8.GetBytes(envelope.ToJsonString()));
        VerificationPolicy policy = Policy() with { AllowAttestation = true };
        ClaimCheck.OfImage(artifact, image, policy);
        SigstoreException failure = Assert.Throws<SigstoreException>(() => ClaimCheck.OfImage(
            artifact, image, policy with { PredicateType = "https://slsa.dev/provenance/v1" }));
        Assert.Equal(SigstoreErrorCode.PredicateTypeMismatch, failure.Code);
    }

    private async Task<BlobVerification> VerifyAsync(byte[] payload)
    {
        JsonObject line = new()
        {
            ["Base64Signature"] = Convert.ToBase64String(
                _key.SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["Payload"] = Convert.ToBase64String(payload),
        };
        return await BlobVerifier.VerifyAsync(
            new BlobTarget(_file, null, BlobSignatures.Read(Encoding.UTF8.GetBytes(line.ToJsonString()), null)),
            Policy(), TestContext.Current.CancellationToken);
    }

    private VerificationPolicy Policy() => new()
    {
        Signer = new SignerPolicy.ByKey(
            [new TrustedKey("key", PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo()))]),
        SkipTransparencyLog = true,
    };
}
