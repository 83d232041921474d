using System.Text.Json.Nodes;
using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Google;

/// <summary>Who may be the caller: application default credentials, against imitations of what they ask; and where to.</summary>
public sealed class KmsCredentialTests : IAsyncLifetime
{
    private const string Endpoint = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS";

    private readonly GoogleWorld _world = new(new JumpingClock());

    public KmsCredentialTests() => _world.Kms.Add("image", "EC_SIGN_P256_SHA256");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_service_account_is_enough()
    {
        await SignsAsync();
        Assert.Contains("POST /token", _world.Kms.Requests);
    }

    [Fact]
    public async Task Workload_identity_federation_is_enough()
    {
        _world.Use(_world.Federated(await FileAsync(VirtualGoogle.SubjectToken)));
        await SignsAsync();
        Assert.Contains("POST /v1/token", _world.Kms.Requests);
    }

    [Fact]
    public async Task A_machine_of_Googles_is_enough()
    {
        _world.UseNothing();
        _world.Keys.Variables["GCE_METADATA_HOST"] = _world.Kms.Address["http://".Length..];
        await SignsAsync();
        Assert.Contains(
            _world.Kms.Requests, static r => r.StartsWith("GET /computeMetadata/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_file_of_gcloud_is_found(bool elsewhere)
    {
        string folder = Path.Combine(_world.Keys.Home, elsewhere ? "cloudsdk" : Path.Combine(".config", "gcloud"));
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "application_default_credentials.json"), _world.Account().ToJsonString());
        _world.UseNothing();
        if (elsewhere || OperatingSystem.IsWindows())
        {
            _world.Keys.Variables["CLOUDSDK_CONFIG"] = folder;
        }

        await SignsAsync();
    }

    [Fact]
    public async Task A_refused_account_is_told()
    {
        using System.Security.Cryptography.RSA other = System.Security.Cryptography.RSA.Create(2048);
        JsonObject account = _world.Account();
        account["private_key"] = other.ExportPkcs8PrivateKeyPem();
        _world.Use(account);
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        Assert.Contains("Invalid JWT Signature", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_workload_is_told_and_its_token_not_shown()
    {
        _world.Use(_world.Federated(await FileAsync("another~secret~value~that~is~as~long~as~tokens~are")));
        await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("""{"type":"service_account"}""")]
    [InlineData("""{"type":"service_account","client_email":"a@b.c","private_key":"another~secret~value"}""")]
    [InlineData("""{"type":"another~secret~value"}""")]
    [InlineData("""{"type":"external_account","credential_source":{"executable":{"command":"touch x"}}}""")]
    [InlineData("""{"type":5}""")]
    public async Task Credentials_that_cannot_be_read_are_told_and_not_shown(string json)
    {
        _world.Keys.Variables["GOOGLE_APPLICATION_CREDENTIALS"] = await FileAsync(json);
        await FailsAsync(SigstoreErrorCode.InvalidValue);
        Assert.Empty(_world.Kms.Requests);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told()
    {
        _world.Keys.Variables["GOOGLE_APPLICATION_CREDENTIALS"] = Path.Combine(_world.Keys.Home, "none.json");
        await FailsAsync(SigstoreErrorCode.FileUnavailable);
    }

    [Fact]
    public async Task Another_universe_is_unsupported()
    {
        JsonObject account = _world.Account();
        account["universe_domain"] = "example.test";
        _world.Use(account);
        await FailsAsync(SigstoreErrorCode.Unsupported);
        Assert.Empty(_world.Kms.Requests);
    }

    [Fact]
    public async Task Somebody_who_did_not_sign_in_is_told_how()
    {
        Assert.SkipWhen(
            File.Exists("/sys/class/dmi/id/product_name")
            && (await File.ReadAllTextAsync("/sys/class/dmi/id/product_name")).StartsWith("Google", StringComparison.Ordinal),
            "this machine is one of Google's");
        _world.UseNothing();
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        Assert.Contains("gcloud auth application-default login", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_service_that_fails_is_told()
    {
        _world.Kms.Instead = static async context =>
        {
            await VirtualGoogle.FailAsync(context, 503, "UNAVAILABLE", "another~secret~value");
            return true;
        };
        await FailsAsync(SigstoreErrorCode.KeyServiceUnavailable);
    }

    [Fact]
    public async Task A_token_service_that_is_not_there_is_told()
    {
        JsonObject account = _world.Account();
        account["token_uri"] = "http://127.0.0.1:1/token";
        _world.Use(account);
        await FailsAsync(SigstoreErrorCode.KeyServiceUnavailable);
    }

    /// <summary>Google's library follows these by itself, with the body, wherever they lead.</summary>
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    public async Task A_redirect_takes_no_secret_elsewhere(int status)
    {
        string other = "";
        await using LoopbackServer thief = LoopbackServer.Start(context =>
        {
            other += context.Request.Path;
            return Task.CompletedTask;
        });
        _world.Kms.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{thief.Address}/token";
            return Task.FromResult(true);
        };
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation);
        Assert.Equal("", other);
    }

    [Theory]
    [InlineData("http://tokens.example.test/token")]
    [InlineData("http://10.0.0.1/token")]
    public async Task A_token_service_without_TLS_gets_nothing(string address)
    {
        JsonObject account = _world.Account();
        account["token_uri"] = address;
        _world.Use(account);
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation);
        Assert.Contains("without TLS", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://kms.example.test/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("https://user@kms.example.test/")]
    [InlineData("kms.example.test")]
    [InlineData("ftp://127.0.0.1/")]
    public async Task An_endpoint_without_TLS_elsewhere_is_refused(string endpoint)
    {
        _world.Keys.Variables[Endpoint] = endpoint;
        await FailsAsync(SigstoreErrorCode.InvalidValue);
        Assert.Empty(_world.Kms.Requests);
    }

    [Theory]
    [InlineData("gcpkms://")]
    [InlineData("gcpkms://projects/p")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/0")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/latest")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k:destroy")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k?x=y")]
    [InlineData("gcpkms://projects/../locations/l/keyRings/r/cryptoKeys/k")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k%2F..")]
    [InlineData("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k\n")]
    public Task What_is_no_reference_is_told(string reference) =>
        CloudSecrets.FailsAsync(SigstoreErrorCode.InvalidKeyReference, () => OpenAsync(reference));

    private async Task<string> FileAsync(string text)
    {
        string path = Path.Combine(_world.Keys.Home, $"{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private async Task SignsAsync()
    {
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        byte[] signature = await key.Signer.SignAsync(new byte[] { 1 }, default);
        Assert.NotNull(key.Signer.PublicKey.Match([1], signature));
        Assert.Empty(_world.Kms.Violations);
    }

    private Task<SigstoreException> FailsAsync(SigstoreErrorCode code) => CloudSecrets.FailsAsync(
        code, () => OpenAsync(GoogleWorld.Reference("image")), VirtualGoogle.Token, VirtualGoogle.SubjectToken,
        "another~secret~value", VirtualGoogle.PrivateKeyPem[30..90]);

    private Task<SigstoreKey> OpenAsync(string reference) =>
        _world.Keys.Operations().OpenAsync(reference, KeyAccess.WithoutPassword, default);
}
