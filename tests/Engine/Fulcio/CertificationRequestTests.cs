using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using static SigstorePS.Tests.Fulcio.FulcioSession;

namespace SigstorePS.Tests.Fulcio;

/// <summary>PKCS#10: what is made the platform reads, and the other way round.</summary>
public sealed class CertificationRequestTests
{
    public static TheoryData<string> Algorithms =>
        [.. SigningAlgorithm.All.Where(static a => a.KeySize < 3072 && a != SigningAlgorithm.Ed25519Prehash)
            .Select(static a => a.Name)];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task What_is_made_can_be_read(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        using LocalSigner key = NewKey(algorithm);
        byte[] pem = await MakeAsync(key);
        CertificationRequest read = CertificationRequest.Read(pem);
        Assert.Equal(key.PublicKey, read.Key);
        Assert.Equal(pem, read.Pem);
        if (algorithm.Scheme != SignatureScheme.Ed25519)
        {
            CertificateRequest platform = CertificateRequest.LoadSigningRequestPem(
                Encoding.ASCII.GetString(pem), algorithm.Hash, CertificateRequestLoadOptions.Default,
                RSASignaturePadding.Pss);
            Assert.Equal(key.PublicKey.Spki.ToArray(), platform.PublicKey.ExportSubjectPublicKeyInfo());
            Assert.Empty(platform.SubjectName.Name);
        }
    }

    [Fact]
    public void One_of_the_platforms_is_read_and_a_changed_one_is_not()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        CertificateRequest made = new("CN=anybody, O=any", key, HashAlgorithmName.SHA384);
        made.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        byte[] der = made.CreateSigningRequest();
        Assert.Equal(
            key.ExportSubjectPublicKeyInfo(), CertificationRequest.Read(Pem("CERTIFICATE REQUEST", der)).Key.Spki.ToArray());
        Assert.Equal(
            key.ExportSubjectPublicKeyInfo(),
            CertificationRequest.Read(Pem("NEW CERTIFICATE REQUEST", der)).Key.Spki.ToArray());
        for (int i = 0; i < der.Length; i++)
        {
            byte[] changed = [.. der];
            changed[i] ^= 1;
            Refused(Pem("CERTIFICATE REQUEST", changed));
            Refused(Pem("CERTIFICATE REQUEST", [.. der[..i], 0]));
        }

        Refused(Pem("CERTIFICATE REQUEST", [.. der, 0]));
        Refused(Pem("CERTIFICATE", der));
        Refused([.. Pem("CERTIFICATE REQUEST", der), .. Pem("CERTIFICATE REQUEST", der)]);
        Refused("no PEM"u8.ToArray());
    }

    [Fact]
    public void A_prehash_algorithm_has_no_name_in_a_request()
    {
        using LocalSigner key = NewKey(SigningAlgorithm.Ed25519);
        Assert.Equal(SigstoreErrorCode.Unsupported, Assert.Throws<SigstoreException>(
            () => CertificationRequest.Signed(key.PublicKey, [0x30, 0], [], SigningAlgorithm.Ed25519Prehash)).Code);
    }

    private static void Refused(byte[] pem) => Assert.Contains(
        Assert.Throws<SigstoreException>(() => CertificationRequest.Read(pem)).Code,
        (SigstoreErrorCode[])
        [
            SigstoreErrorCode.MalformedCertificate, SigstoreErrorCode.MalformedKey, SigstoreErrorCode.Unsupported,
        ]);

    private static async Task<byte[]> MakeAsync(LocalSigner key)
    {
        byte[] unsigned = CertificationRequest.Unsigned(key.PublicKey);
        byte[] signature = await key.SignAsync(unsigned, TestContext.Current.CancellationToken);
        return CertificationRequest.Signed(key.PublicKey, unsigned, signature, key.Algorithm).Pem;
    }

    private static byte[] Pem(string label, byte[] der) =>
        Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, der) + "\n");
}
