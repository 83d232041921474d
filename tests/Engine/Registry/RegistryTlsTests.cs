using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Http;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryTlsTests
{
    private static readonly X509Certificate2 Root = CreateRoot();
    private static readonly X509Certificate2 Server = CreateServer("127.0.0.1");
    private static readonly X509Certificate2 NamedServer = CreateServer("registry.example.com");

    [Fact]
    public async Task An_unknown_issuer_is_refused_and_plain_http_is_not_tried()
    {
        await using RegistrySession session = new(new() { Certificate = Server });
        SigstoreException e = await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session
            .Open(access: Account with { AllowHttp = true }).ResolveAsync("1.0", default));
        Assert.Contains("certificate", e.Message, StringComparison.Ordinal);
        Assert.Empty(session.Server.Requests);
    }

    [Fact]
    public async Task Own_roots_are_trusted_besides_the_systems()
    {
        await using RegistrySession session = new(new() { Certificate = Server });
        session.Server.PushImage("app", "1.0");
        RegistryAccess access = new() { CaCertificates = [Root] };
        Assert.NotNull(await session.Open(access: access).ResolveAsync("1.0", default));
        // Settings do not leak into another pool.
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session.Open().ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task Own_roots_do_not_excuse_another_name_but_the_name_can_be_given()
    {
        await using RegistrySession session = new(new() { Certificate = NamedServer });
        session.Server.PushImage("app", "1.0");
        RegistryAccess access = new() { CaCertificates = [Root] };
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session.Open(access: access).ResolveAsync("1.0", default));
        Assert.NotNull(await session.Open(access: access with { ServerName = "registry.example.com" })
            .ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task The_check_can_be_left_out_by_name()
    {
        await using RegistrySession session = new(new() { Certificate = NamedServer });
        session.Server.PushImage("app", "1.0");
        Assert.NotNull(await session.Open(access: new RegistryAccess { SkipCertificateCheck = true })
            .ResolveAsync("1.0", default));
    }

    [Fact]
    public async Task Blobs_over_tls_may_be_redirected_and_uploads_as_well()
    {
        await using RegistrySession session = new(
            new() { Certificate = Server, Auth = LoopbackAuth.Token, BlobsElsewhere = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open(access: Account with { CaCertificates = [Root] });
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        Assert.NotEmpty(await store.ReadBlobAsync(manifest.Layers[0], 100, default));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_where_it_is_wanted()
    {
        await using RegistrySession session = new(new() { Certificate = Server, WantsClientCertificate = true });
        session.Server.PushImage("app", "1.0");
        RegistryAccess access = new() { CaCertificates = [Root] };
        await FailsAsync(SigstoreErrorCode.RegistryUnavailable, () => session.Open(access: access).ResolveAsync("1.0", default));
        Assert.NotNull(await session.Open(access: access with { ClientCertificate = NamedServer }).ResolveAsync("1.0", default));
    }

    [Fact]
    public void Leaving_tls_or_going_inwards_is_refused()
    {
        using HttpTransport transport = new(new HttpOptions());
        HttpChannel channel = transport.Open(TlsSettings.Default, RegistryErrors.Http);
        Uri registry = new("https://ghcr.io/v2/app/blobs/x");
        Assert.Equal("https://cdn.example.com/y", channel.Target(registry, new Uri("https://cdn.example.com/y")).AbsoluteUri);
        Assert.Equal("https://ghcr.io/y", channel.Target(registry, new Uri("/y", UriKind.Relative)).AbsoluteUri);
        foreach (string bad in new[]
            { "http://ghcr.io/y", "https://127.0.0.1/y", "https://10.0.0.1/y", "https://169.254.169.254/y", "https://a@b.com/y" })
        {
            SigstoreException e = Assert.Throws<SigstoreException>(() => channel.Target(registry, new Uri(bad)));
            Assert.Equal(SigstoreErrorCode.RegistryProtocolViolation, e.Code);
        }
    }

    [Fact]
    public void Equal_settings_are_one_pool()
    {
        using X509Certificate2 copy = X509CertificateLoader.LoadCertificate(Root.RawData);
        Assert.Equal(new TlsSettings(roots: [Root]), new TlsSettings(roots: [copy]));
        Assert.NotEqual(new TlsSettings(roots: [Root]), new TlsSettings());
        Assert.NotEqual(new TlsSettings(serverName: new("a", 443, "b")), new TlsSettings(serverName: new("a", 443, "c")));
        Assert.NotEqual(new TlsSettings(skipCertificateCheck: true), TlsSettings.Default);
    }

    private static X509Certificate2 CreateRoot()
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Loopback Root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static X509Certificate2 CreateServer(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using X509Certificate2 certificate = request.Create(
            Root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(29), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        // SslStream on Windows wants a key that is in a store, which a PKCS#12 import makes it.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
