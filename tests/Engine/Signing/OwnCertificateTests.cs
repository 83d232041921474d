using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Signing;
using SigstorePS.Support;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Signing;

/// <summary>A certificate of one's own is refused before anything is signed with it when no verifier would take it.</summary>
public sealed class OwnCertificateTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly OwnPki _pki = new(Now);

    [Fact]
    public void It_says_whom_it_names_and_what_is_above_it()
    {
        OwnCertificate own = _pki.Read(_pki.Leaf(), _pki.Step, _pki.Root);
        Assert.Equal(OwnPki.Mail, own.Name);
        Assert.Equal(2, own.Chain.Count);
        Assert.Empty(_pki.Read(_pki.Leaf()).Chain);

        // The chain may end below the root: its last certificate is the anchor.
        Assert.Single(_pki.Read(_pki.Leaf(), _pki.Step).Chain);
    }

    [Fact]
    public void Without_an_alternative_name_the_whole_subject_is_the_name()
    {
        TestCertificate leaf = _pki.Leaf(mail: null);
        Assert.Equal(leaf.Handle.Subject, _pki.Read(leaf, _pki.Step).Name);
        Refused(SigstoreErrorCode.MalformedCertificate, "names nobody", () => _pki.Read(_pki.Leaf(mail: null, subject: "")));
    }

    [Fact]
    public void It_must_be_that_of_the_key()
    {
        TestCertificate leaf = _pki.Leaf();
        TestCertificate other = _pki.Leaf();
        Refused(SigstoreErrorCode.CertificateKeyMismatch, "another key", () =>
            OwnCertificate.Read(OwnPki.List(leaf, _pki.Step), other.Signing.Key, Now));
        Refused(SigstoreErrorCode.CertificateKeyMismatch, "comes first", () =>
            OwnCertificate.Read(OwnPki.List(_pki.Step, leaf), leaf.Signing.Key, Now));
    }

    [Fact]
    public void It_must_be_valid_now()
    {
        Refused(SigstoreErrorCode.CertificateExpired, "valid from", () => _pki.Read(_pki.Leaf(end: Now.AddSeconds(-1))));
        Refused(SigstoreErrorCode.CertificateExpired, "valid from", () => _pki.Read(_pki.Leaf(start: Now.AddSeconds(1))));
        _pki.Read(_pki.Leaf(start: Now, end: Now.AddDays(1)));

        TestCertificate step = Issue(_pki.Root, "CN=gone", Now.AddDays(-9), Now.AddDays(-1), Authority(0));
        Refused(SigstoreErrorCode.CertificateExpired, "one above it", () =>
            _pki.Read(_pki.Leaf(issuer: step), step, _pki.Root));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1.3.6.1.5.5.7.3.1")]
    [InlineData(Oids.TimeStamping)]
    public void It_must_be_for_code_signing(string? purpose) => Refused(
        SigstoreErrorCode.CertificateUntrusted, "codeSigning",
        () => _pki.Read(_pki.Leaf(purpose: purpose), _pki.Step, _pki.Root));

    [Fact]
    public void Its_key_must_be_for_signatures_and_it_must_be_no_authority()
    {
        TestCertificate encrypting = Issue(_pki.Step, "CN=x", Now.AddDays(-1), Now.AddDays(1),
            [new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true), Purposes(false, Oids.CodeSigning)]);
        Refused(SigstoreErrorCode.CertificateUntrusted, "not for signatures", () => _pki.Read(encrypting));
        Refused(SigstoreErrorCode.CertificateUntrusted, "authority is no signer", () => _pki.Read(_pki.Step, _pki.Root));
    }

    [Fact]
    public void The_chain_is_in_order_and_leads_from_it()
    {
        TestCertificate leaf = _pki.Leaf();
        OwnPki other = new(Now);
        Refused(SigstoreErrorCode.CertificateUntrusted, "another order", () => _pki.Read(leaf, _pki.Root, _pki.Step));
        Refused(SigstoreErrorCode.CertificateUntrusted, "its own chain", () =>
            _pki.Read(leaf, leaf, _pki.Step, _pki.Root));
        Refused(SigstoreErrorCode.CertificateUntrusted, "goes on after its root", () =>
            _pki.Read(leaf, _pki.Step, _pki.Root, other.Root));
        Refused(SigstoreErrorCode.CertificateUntrusted, "does not lead from it", () => _pki.Read(leaf, other.Step, other.Root));
        Refused(SigstoreErrorCode.CertificateUntrusted, "does not lead from it", () => _pki.Read(leaf, _pki.Root));
        Refused(SigstoreErrorCode.LimitExceeded, "certificates", () =>
            _pki.Read(leaf, [.. Enumerable.Repeat(_pki.Step, Limits.ChainCertificates + 1)]));
    }

    [Fact]
    public void One_that_signed_itself_would_never_verify() => Refused(
        SigstoreErrorCode.CertificateUntrusted, "signed by itself", () => _pki.Read(Issue(
            null, "CN=self", Now.AddDays(-1), Now.AddDays(9), Signer(OwnPki.Mail))));

    [Fact]
    public void It_lives_until_log_and_timestamp_authority_have_answered()
    {
        OwnCertificate.RequireReserve(Now + Limits.CertificateReserve, Now);
        Refused(SigstoreErrorCode.CertificateExpired, "before log", () =>
            OwnCertificate.RequireReserve(Now + Limits.CertificateReserve - TimeSpan.FromSeconds(1), Now));
    }

    [Fact]
    public void What_is_above_it_must_be_allowed_to_issue_it()
    {
        TestCertificate person = Issue(_pki.Root, "CN=person", Now.AddDays(-1), Now.AddDays(9), Signer());
        Refused(SigstoreErrorCode.CertificateUntrusted, "trusted", () =>
            _pki.Read(_pki.Leaf(issuer: person), person, _pki.Root));

        TestCertificate under = Issue(_pki.Step, "CN=under", Now.AddDays(-1), Now.AddDays(9), Authority());
        Refused(SigstoreErrorCode.CertificateUntrusted, "trusted", () =>
            _pki.Read(_pki.Leaf(issuer: under), under, _pki.Step, _pki.Root));

        TestCertificate web = Issue(
            _pki.Root, "CN=web", Now.AddDays(-1), Now.AddDays(9), Authority(0, ["1.3.6.1.5.5.7.3.1"]));
        Refused(SigstoreErrorCode.CertificateUntrusted, "trusted", () => _pki.Read(_pki.Leaf(issuer: web), web, _pki.Root));
    }

    [Fact]
    public void Broken_bytes_are_a_malformed_certificate()
    {
        TestCertificate leaf = _pki.Leaf();
        foreach (byte[] broken in (byte[][])[[], [0x30, 0x03, 1, 2, 3], leaf.Der[..^1], [.. leaf.Der, 0]])
        {
            Assert.Equal(SigstoreErrorCode.MalformedCertificate, Assert.Throws<SigstoreException>(() =>
                OwnCertificate.Read([broken], leaf.Signing.Key, Now)).Code);
        }
    }

    [Fact]
    public async Task One_that_expires_in_the_middle_signs_no_more()
    {
        ManualClock clock = new(Now);
        using OwnCertificateCredentials credentials = _pki.Credentials(_pki.Leaf(), clock, _pki.Step, _pki.Root);
        SigningCredential credential = await credentials.GetAsync(default);
        Assert.Equal((OwnPki.Mail, true), (credential.Reference, credential.OwnAuthority));
        clock.Now = Now.AddDays(31);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, (await Assert.ThrowsAsync<SigstoreException>(
            () => credentials.GetAsync(default))).Code);
    }

    private static void Refused(SigstoreErrorCode code, string because, Action action)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(action);
        Assert.Equal(code, e.Code);
        Assert.Contains(because, e.Message, StringComparison.Ordinal);
    }
}
