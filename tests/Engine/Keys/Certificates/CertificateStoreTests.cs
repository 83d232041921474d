using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

/// <summary>
/// Keys of certificates in a real store of .NET, of a name nobody else uses: a folder of its own on Linux, a key of the
/// registry on Windows. macOS has no stores but its keychains, and the tests do not write into those.
/// </summary>
public sealed class CertificateStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly byte[] Message = "signed where it lives"u8.ToArray();

    private readonly string _name = $"sigstoreps-{Guid.NewGuid():N}";
    private readonly List<X509Certificate2> _stored = [];
    private readonly KeyWorld _world = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Algorithms() =>
    [
        "ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384", "ecdsa-sha2-512-nistp521", "rsa-sign-pkcs1-2048-sha256",
    ];

    public void Dispose()
    {
        _world.Dispose();
        if (_stored.Count > 0)
        {
            using X509Store store = new(_name, StoreLocation.CurrentUser);
            store.Open(OpenFlags.ReadWrite);
            _stored.ForEach(store.Remove);
            _stored.ForEach(static c => c.Dispose());
        }

        // .NET leaves the empty folder behind.
        string folder = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "corefx", "cryptography",
            "x509stores", _name);
        if (!OperatingSystem.IsWindows() && Directory.Exists(folder))
        {
            Directory.Delete(folder);
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Every_algorithm_signs_and_the_certificate_is_beside_the_key(string algorithm)
    {
        X509Certificate2 certificate = Store(algorithm);
        using SigstoreKey key = await OpenAsync(Reference(certificate));
        Assert.Equal(algorithm, key.Algorithm);
        Assert.Equal(certificate.RawData, key.Signer.Certificates[0].ToArray());
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);
        Assert.Equal(algorithm, key.Signer.PublicKey.Match(Message, signature)!.Name);
        SigstorePublicKey half = await Keys.ReadPublicKeyAsync(Reference(certificate), KeyAccess.WithoutPassword, Cancel);
        Assert.Equal(half.Key.KeyId, key.KeyId);
    }

    [Fact]
    public async Task Every_form_of_a_reference_finds_it()
    {
        X509Certificate2 certificate = Store();
        string sha256 = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        foreach (string reference in (string[])
        [
            $@"cert:\CurrentUser\{_name}\{certificate.Thumbprint}", $"cert:/CurrentUser/{_name}/{certificate.Thumbprint}",
            $"cert://CurrentUser/{_name}/{certificate.Thumbprint}", $@"Cert:\currentuser\{_name}\{certificate.Thumbprint.ToLowerInvariant()}",
            $@"cert:\CurrentUser\{_name}\{sha256}", $"cert:\\CurrentUser\\{_name}\\\u200E{Spaced(certificate.Thumbprint)}",
        ])
        {
            using SigstoreKey key = await OpenAsync(reference);
            Assert.Equal(reference, key.Reference);
        }
    }

    [Theory]
    [InlineData("cert:")]
    [InlineData("cert:abc")]
    [InlineData(@"cert:\CurrentUser\My")]
    [InlineData(@"cert:\Nobody\My\0123456789012345678901234567890123456789")]
    [InlineData(@"cert:\1\My\0123456789012345678901234567890123456789")]
    [InlineData(@"cert:\CurrentUser\..\0123456789012345678901234567890123456789")]
    [InlineData(@"cert:\CurrentUser\a.b\0123456789012345678901234567890123456789")]
    [InlineData(@"cert:\CurrentUser\My\more\0123456789012345678901234567890123456789")]
    [InlineData("cert:012345678901234567890123456789012345678901")]
    public async Task A_reference_of_another_form_is_refused(string reference) =>
        Assert.Equal(SigstoreErrorCode.InvalidKeyReference, await CodeOfAsync(() => OpenAsync(reference)));

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        string none = new('0', 40);
        foreach (string reference in (string[])
            [$"cert:{none}", $@"cert:\CurrentUser\{_name}\{none}", $@"cert:\LocalMachine\My\{none}"])
        {
            Assert.Equal(SigstoreErrorCode.KeyNotFound, await CodeOfAsync(() => OpenAsync(reference)));
        }

        X509Certificate2 bare = Store(withKey: false);
        Assert.Equal(SigstoreErrorCode.KeyNotFound, await CodeOfAsync(() => OpenAsync(Reference(bare))));
        Assert.NotNull(await Keys.ReadPublicKeyAsync(Reference(bare), KeyAccess.WithoutPassword, Cancel));
        Assert.Equal(SigstoreErrorCode.Unsupported, await CodeOfAsync(() => Keys.CreateAsync(
            KeyReference.Parse($"cert:{none}"), SigningAlgorithm.EcdsaP256, KeyAccess.WithoutPassword, false, null, Cancel)));
    }

    [Fact]
    public async Task Hashes_and_paddings_of_the_key_are_signed_and_no_others()
    {
        X509Certificate2 certificate = Store("rsa-sign-pkcs1-2048-sha256");
        SigningAlgorithm pss = SigningAlgorithm.All.First(static a => a.Scheme == SignatureScheme.RsaPss && a.KeySize == 2048);
        using SigstoreKey key = await Keys.OpenAsync(
            Reference(certificate), KeyAccess.WithoutPassword with { Algorithm = pss }, Cancel);
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);
        Assert.True(key.Signer.PublicKey.Verify(Message, signature, pss));
        Assert.Equal(SigstoreErrorCode.Unsupported, await CodeOfAsync(() => Keys.OpenAsync(
            Reference(certificate), KeyAccess.WithoutPassword with { Algorithm = SigningAlgorithm.EcdsaP256 }, Cancel)));

        X509Certificate2 curve = Store("ecdsa-sha2-384-nistp384");
        using SigstoreKey ec = await OpenAsync(Reference(curve));
        byte[] hash = SHA256.HashData(Message);
        byte[] shorter = await ec.Signer.SignHashAsync(hash, SigningAlgorithm.EcdsaP384Sha256, Cancel);
        Assert.True(ec.Signer.PublicKey.VerifyHash(hash, shorter, SigningAlgorithm.EcdsaP384Sha256));
        Assert.False(ec.Signer.SignsHash(SigningAlgorithm.EcdsaP256));
        Assert.False(ec.Signer.SignsHash(SigningAlgorithm.Ed25519Prehash));
    }

    [Fact]
    public async Task Many_at_once_sign_with_handles_of_their_own()
    {
        using SigstoreKey key = await OpenAsync(Reference(Store()));
        byte[][] messages = [.. Enumerable.Range(0, 200).Select(static i => Encoding.UTF8.GetBytes($"message {i}"))];
        byte[][] signatures = await Task.WhenAll(messages.Select(m => Task.Run(() => key.Signer.SignAsync(m, Cancel))));
        Assert.All(messages.Zip(signatures), pair =>
            Assert.True(key.Signer.PublicKey.Verify(pair.First, pair.Second, SigningAlgorithm.EcdsaP256)));
        key.Dispose();
        Assert.Throws<SigstoreException>(() => key.Signer);
    }

    [Fact]
    public async Task A_certificate_at_hand_signs_and_stays_its_owners()
    {
        using X509Certificate2 certificate = Make("ecdsa-sha2-256-nistp256", withKey: true);
        SigstoreKey key = KeyOperations.OpenCertificate(certificate, TimeProvider.System);
        Assert.Equal($"cert:{certificate.Thumbprint}", key.Reference);
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);
        Assert.NotNull(KeyOperations.PublicKeyOf(certificate).Key.Match(Message, signature));
        key.Dispose();
        Assert.True(certificate.HasPrivateKey);
        using ECDsa? still = certificate.GetECDsaPrivateKey();
        Assert.NotNull(still!.SignData(Message, HashAlgorithmName.SHA256));

        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(certificate.RawData);
        Assert.Equal(SigstoreErrorCode.KeyNotFound, Assert.Throws<SigstoreException>(
            () => KeyOperations.OpenCertificate(bare, TimeProvider.System)).Code);
    }

    /// <summary>It is no authority here, so nothing of this can make one trusted: only the look-up is tested.</summary>
    [Fact]
    public void An_authority_is_found_by_its_thumbprint_alone()
    {
        Assert.True(CertificateContent.IsThumbprint(new string('a', 40)));
        Assert.True(CertificateContent.IsThumbprint(new string('A', 64)));
        Assert.False(CertificateContent.IsThumbprint(new string('a', 41)));
        Assert.False(CertificateContent.IsThumbprint("./roots.pem"));
        Assert.Equal(SigstoreErrorCode.PathNotFound, Assert.Throws<SigstoreException>(
            () => CertificateContent.Authority(new string('0', 40))).Code);
        X509Certificate2 certificate = Store();
        foreach (string thumbprint in (string[])
            [certificate.Thumbprint, certificate.GetCertHashString(HashAlgorithmName.SHA256)])
        {
            using X509Certificate2? found = CertificateStores.Find([new(StoreLocation.CurrentUser, _name)], thumbprint);
            Assert.Equal(certificate.RawData, found!.RawData);
        }
    }

    private KeyOperations Keys => _world.Operations();

    private Task<SigstoreKey> OpenAsync(string reference) =>
        Keys.OpenAsync(reference, KeyAccess.WithoutPassword, Cancel);

    private string Reference(X509Certificate2 certificate) => $@"cert:\CurrentUser\{_name}\{certificate.Thumbprint}";

    private X509Certificate2 Store(string algorithm = "ecdsa-sha2-256-nistp256", bool withKey = true)
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "macOS has keychains only, and these tests leave yours alone");
        X509Certificate2 certificate = Make(algorithm, withKey);
        try
        {
            using X509Store store = new(_name, StoreLocation.CurrentUser);
            store.Open(OpenFlags.ReadWrite);
            store.Add(certificate);
        }
        catch (CryptographicException e)
        {
            certificate.Dispose();
            Assert.Skip($"the certificate store of this user cannot be written: {e.Message}");
        }

        _stored.Add(certificate);
        return certificate;
    }

    private static X509Certificate2 Make(string algorithm, bool withKey)
    {
        using AsymmetricAlgorithm key = algorithm switch
        {
            "ecdsa-sha2-256-nistp256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "ecdsa-sha2-384-nistp384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "ecdsa-sha2-512-nistp521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => RSA.Create(2048),
        };
        X500DistinguishedName name = new("CN=stored");
        CertificateRequest request = key is ECDsa ec
            ? new CertificateRequest(name, ec, HashAlgorithmName.SHA256)
            : new CertificateRequest(name, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));

        // As an import keeps it: Windows stores no key that lives in memory alone.
        return withKey
            ? X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.PersistKeySet)
            : X509CertificateLoader.LoadCertificate(made.RawData);
    }

    private static string Spaced(string thumbprint) =>
        string.Join(' ', thumbprint.Chunk(2).Select(static pair => new string(pair)));

    private static async Task<SigstoreErrorCode> CodeOfAsync(Func<Task> action) =>
        (await Assert.ThrowsAsync<SigstoreException>(action)).Code;
}
