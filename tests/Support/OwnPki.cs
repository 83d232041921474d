using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Keys;
using SigstorePS.Signing;

namespace SigstorePS.Support;

/// <summary>A PKI as companies have them: a root, an authority under it, and code signing certificates that name no issuer.</summary>
internal sealed class OwnPki
{
    public const string Mail = "release@company.test";

    public OwnPki(DateTimeOffset now)
    {
        Now = now;
        Root = TestAuthority.Issue(
            null, "CN=Company Root, O=Company", now.AddDays(-30), now.AddDays(300), TestAuthority.Authority());
        Step = TestAuthority.Issue(
            Root, "CN=Company Signing CA, O=Company", now.AddDays(-20), now.AddDays(200), TestAuthority.Authority(0));
    }

    public DateTimeOffset Now { get; }

    public TestCertificate Root { get; }

    public TestCertificate Step { get; }

    /// <summary>What is above a leaf, nearest first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain => [Step.Der, Root.Der];

    public TestCertificate Leaf(
        string? mail = Mail, string subject = "CN=Release Signing, O=Company", string? purpose = Oids.CodeSigning,
        DateTimeOffset? start = null, DateTimeOffset? end = null, TestCertificate? issuer = null) =>
        TestAuthority.Issue(
            issuer ?? Step, subject, start ?? Now.AddDays(-1), end ?? Now.AddDays(30), Extensions(mail, purpose));

    public static LocalSigner SignerOf(TestCertificate certificate) =>
        LocalSigner.FromPkcs8(certificate.Key.ExportPkcs8PrivateKey());

    /// <summary>DER, the leaf first.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> List(params TestCertificate[] certificates) =>
        [.. certificates.Select(static c => (ReadOnlyMemory<byte>)c.Der)];

    public OwnCertificate Read(TestCertificate leaf, params TestCertificate[] above) =>
        OwnCertificate.Read(List([leaf, .. above]), leaf.Signing.Key, Now);

    public OwnCertificateCredentials Credentials(TestCertificate leaf, TimeProvider clock, params TestCertificate[] above) =>
        new(SignerOf(leaf), Read(leaf, above), clock);

    public static string Pem(params TestCertificate[] certificates) =>
        string.Concat(certificates.Select(static c => c.Handle.ExportCertificatePem() + "\n"));

    private static IEnumerable<X509Extension> Extensions(string? mail, string? purpose)
    {
        yield return new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true);
        if (purpose is not null)
        {
            yield return TestAuthority.Purposes(false, purpose);
        }

        if (mail is not null)
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddEmailAddress(mail);
            yield return names.Build(critical: false);
        }
    }
}
