using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Http;
using SigstorePS.Keys.Vault;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys.Vault;

/// <summary>Which server is asked, with which token.</summary>
public sealed class VaultSettingsTests : IDisposable
{
    private const string Scheme = "hashivault";
    private readonly KeyWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(Scheme, "VAULT_ADDR VAULT_TOKEN", "VAULT_ADDR VAULT_TOKEN")]
    [InlineData(Scheme, "BAO_ADDR BAO_TOKEN", "BAO_ADDR BAO_TOKEN")]
    [InlineData(Scheme, "BAO_ADDR VAULT_TOKEN", "BAO_ADDR VAULT_TOKEN")]
    [InlineData(Scheme, "VAULT_ADDR BAO_ADDR VAULT_TOKEN BAO_TOKEN", "VAULT_ADDR VAULT_TOKEN")]
    [InlineData(Scheme, "BAO_ADDR VAULT_TOKEN BAO_TOKEN", "BAO_ADDR BAO_TOKEN")]
    [InlineData("openbao", "VAULT_ADDR BAO_ADDR VAULT_TOKEN BAO_TOKEN", "BAO_ADDR BAO_TOKEN")]
    [InlineData("openbao", "VAULT_ADDR VAULT_TOKEN", "VAULT_ADDR VAULT_TOKEN")]
    [InlineData("openbao", "VAULT_ADDR VAULT_TOKEN BAO_TOKEN", "VAULT_ADDR VAULT_TOKEN")]
    public void Address_and_token_are_of_one_server(string scheme, string set, string used)
    {
        foreach (string name in set.Split(' '))
        {
            Set(name, name.EndsWith("ADDR", StringComparison.Ordinal) ? $"https://{name[..3].ToLowerInvariant()}.test:8200" : name);
        }

        VaultSettings settings = VaultSettings.Read(_world.Surroundings, scheme);
        string[] wanted = used.Split(' ');
        Assert.Equal($"https://{wanted[0][..3].ToLowerInvariant()}.test:8200/", settings.Address.AbsoluteUri);
        Assert.Equal(wanted[1], settings.Token);
        Assert.DoesNotContain(settings.Token, settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_token_of_one_server_does_not_go_to_the_other()
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("BAO_ADDR", "https://bao.test");
        Set("BAO_TOKEN", "hidden");
        Assert.Contains("VAULT_TOKEN", Refused(SigstoreErrorCode.KeyServiceUnauthorized), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_found_where_logging_in_puts_it()
    {
        Set("VAULT_ADDR", "https://vault.test/behind/a/proxy");
        Assert.Contains("vault login", Refused(SigstoreErrorCode.KeyServiceUnauthorized), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_world.Home, ".vault-token"), "hvs.kept\n");
        VaultSettings settings = VaultSettings.Read(_world.Surroundings, Scheme);
        Assert.Equal("hvs.kept", settings.Token);
        Assert.Equal("https://vault.test/behind/a/proxy/", settings.Address.AbsoluteUri);

        string other = Path.Combine(_world.Home, "other");
        File.WriteAllText(other, "hvs.other");
        Set("BAO_TOKEN_PATH", other);
        Assert.Equal("hvs.other", VaultSettings.Read(_world.Surroundings, Scheme).Token);
        File.WriteAllText(other, new string('x', Limits.ServiceToken + 1));
        Refused(SigstoreErrorCode.KeyServiceUnauthorized);
    }

    [Fact]
    public void A_token_file_is_for_its_own_server()
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("BAO_ADDR", "https://bao.test");
        File.WriteAllText(Path.Combine(_world.Home, ".vault-token"), "hvs.kept");
        string message = Refused(SigstoreErrorCode.KeyServiceUnauthorized, "openbao");
        Assert.Contains("BAO_TOKEN_PATH", message, StringComparison.Ordinal);

        string other = Path.Combine(_world.Home, "other");
        File.WriteAllText(other, "s.other");
        Set("BAO_TOKEN_PATH", other);
        Assert.Equal("hvs.kept", VaultSettings.Read(_world.Surroundings, Scheme).Token);
        Assert.Equal("s.other", VaultSettings.Read(_world.Surroundings, "openbao").Token);
        File.Delete(other);
        Refused(SigstoreErrorCode.KeyServiceUnauthorized, "openbao");
    }

    [Fact]
    public void A_token_file_is_not_looked_for_where_the_process_began()
    {
        Set("BAO_ADDR", "https://bao.test");
        Set("BAO_TOKEN_PATH", "token");
        Assert.Contains("full path", Refused(SigstoreErrorCode.InvalidValue, "openbao"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault.test:8200")]
    [InlineData("vault.test")]
    [InlineData("http://vault.test:8200")]
    [InlineData("http://10.0.0.1:8200")]
    [InlineData("https://user:hidden@vault.test")]
    [InlineData("https://vault.test/?token=hidden")]
    [InlineData("https://vault.test/#hidden")]
    [InlineData("unix:///run/vault.sock")]
    [InlineData("ftp://vault.test")]
    [InlineData("https://")]
    public void An_address_that_would_give_the_token_away_is_refused(string address)
    {
        Set("VAULT_ADDR", address);
        Set("VAULT_TOKEN", "hvs.token");
        string message = Refused(SigstoreErrorCode.InvalidValue);
        Assert.Contains("VAULT_ADDR", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_address_is_said() => Assert.Contains(
        "VAULT_ADDR is not set", Refused(SigstoreErrorCode.InvalidValue), StringComparison.Ordinal);

    [Theory]
    [InlineData("VAULT_TOKEN", "hvs.a\r\nX-Evil: 1")]
    [InlineData("VAULT_TOKEN", "hvs.a b")]
    [InlineData("VAULT_TOKEN", "hvs.ä")]
    [InlineData("VAULT_NAMESPACE", "a\r\nX-Evil: 1")]
    [InlineData("TRANSIT_SECRET_ENGINE_PATH", "../sys")]
    [InlineData("TRANSIT_SECRET_ENGINE_PATH", "a//b")]
    [InlineData("TRANSIT_SECRET_ENGINE_PATH", "/")]
    [InlineData("VAULT_CACERT", "relative.pem")]
    [InlineData("VAULT_CACERT_BYTES", "no pem")]
    [InlineData("VAULT_CLIENT_CERT", "/a/certificate/without/a/key.pem")]
    public void A_variable_that_is_wrong_is_named(string name, string value)
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("VAULT_TOKEN", "hvs.token");
        Set(name, value);
        string message = Refused(SigstoreErrorCode.InvalidValue);
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.DoesNotContain("hvs.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("yes", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    public void An_unchecked_server_gets_no_token(string value, bool refused)
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("VAULT_TOKEN", "hvs.token");
        Set("VAULT_SKIP_VERIFY", value);
        if (refused)
        {
            Assert.Contains("VAULT_SKIP_VERIFY", Refused(SigstoreErrorCode.Unsupported), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("hvs.token", VaultSettings.Read(_world.Surroundings, Scheme).Token);
        }
    }

    [Fact]
    public void Authorities_client_certificate_and_server_name_are_used()
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("VAULT_TOKEN", "hvs.token");
        string plain = VaultSettings.Read(_world.Surroundings, Scheme).Tls.Key;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        string folder = Path.Combine(_world.Home, "ca"), file = Path.Combine(folder, "a.pem");
        string keyFile = Path.Combine(_world.Home, "a.key");
        Directory.CreateDirectory(folder);
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        string print = certificate.GetCertHashString(HashAlgorithmName.SHA256);

        HashSet<string> keys = [plain];
        Set("VAULT_CAPATH", folder);
        string byFolder = Next();
        Set("VAULT_CACERT", file);
        Assert.Equal(byFolder, VaultSettings.Read(_world.Surroundings, Scheme).Tls.Key);
        Assert.Contains(print, byFolder, StringComparison.Ordinal);

        // In place of the system's: a box on the way is not trusted besides.
        Assert.Equal(new TlsSettings(roots: [certificate], onlyRoots: true).Key, byFolder);
        Set("VAULT_TLS_SERVER_NAME", "inner.test");
        Assert.Contains("inner.test", Next(), StringComparison.Ordinal);
        Set("VAULT_CLIENT_CERT", file);
        Set("VAULT_CLIENT_KEY", keyFile);
        Next();

        string Next()
        {
            string next = VaultSettings.Read(_world.Surroundings, Scheme).Tls.Key;
            Assert.True(keys.Add(next));
            return next;
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_said()
    {
        Set("VAULT_ADDR", "https://vault.test");
        Set("VAULT_TOKEN", "hvs.token");
        Set("VAULT_CACERT", Path.Combine(_world.Home, "none.pem"));
        Refused(SigstoreErrorCode.FileUnavailable);
    }

    private void Set(string name, string value) => _world.Variables[name] = value;

    private string Refused(SigstoreErrorCode code, string scheme = Scheme)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => VaultSettings.Read(_world.Surroundings, scheme));
        Assert.True(code == e.Code, e.ToString());
        return e.Message;
    }
}
