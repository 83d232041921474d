using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Azure;

/// <summary>Who may be the caller: what DefaultAzureCredential finds, against imitations of what it asks.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class VaultCredentialTests : IAsyncLifetime
{
    private static readonly string[] Secrets =
    [
        VirtualAzure.Token, VirtualAzure.ClientSecret, VirtualAzure.FederatedToken, VirtualAzure.IdentityHeader,
        "another~secret~value",
    ];

    private readonly AzureWorld _world = new(new JumpingClock());

    public VaultCredentialTests() => _world.Vault.Add("release", "EC", 256);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public Task A_client_secret_is_enough() => SignsAsync();

    [Fact]
    public async Task Workload_identity_is_enough()
    {
        string file = Path.Combine(_world.Keys.Home, "token");
        await File.WriteAllTextAsync(file, VirtualAzure.FederatedToken);
        _world.Set("AZURE_CLIENT_SECRET", null);
        _world.Set("AZURE_FEDERATED_TOKEN_FILE", file);
        await SignsAsync();
        Assert.DoesNotContain(_world.Vault.Requests, static r => r.Contains("msi", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Managed_identity_is_enough()
    {
        Managed();
        await SignsAsync();
        Assert.Contains("GET /msi/token", _world.Vault.Requests);
    }

    [Fact]
    public async Task A_wrong_secret_is_told_and_not_shown()
    {
        _world.Set("AZURE_CLIENT_SECRET", "another~secret~value");
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        Assert.Contains("no token: AADSTS7000215: Invalid client secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task A_refused_workload_is_told_and_its_token_not_shown()
    {
        string file = Path.Combine(_world.Keys.Home, "token");
        await File.WriteAllTextAsync(file, "another~secret~value");
        _world.Set("AZURE_CLIENT_SECRET", null);
        _world.Set("AZURE_FEDERATED_TOKEN_FILE", file);
        await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
    }

    [Fact]
    public async Task A_refused_machine_is_told()
    {
        Managed();
        _world.Set("IDENTITY_HEADER", "another~secret~value");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync());
        Assert.True(
            e.Code is SigstoreErrorCode.KeyServiceUnauthorized or SigstoreErrorCode.KeyAccessDenied,
            $"{e.Code}: {e.Message}");
        Assert.DoesNotContain("another~secret~value", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_who_did_not_sign_in_is_told_how()
    {
        _world.Set("AZURE_CLIENT_SECRET", null);
        _world.Set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential");
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        Assert.Contains("az login", e.Message, StringComparison.Ordinal);
        Assert.Empty(_world.Vault.Requests);
    }

    [Fact]
    public async Task One_who_signs_in_after_that_is_known()
    {
        _world.Set("AZURE_CLIENT_SECRET", null);
        _world.Set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential");
        SigstorePS.Operations.KeyOperations operations = _world.Keys.Operations();
        await Assert.ThrowsAsync<SigstoreException>(
            () => operations.OpenAsync(_world.Reference("release"), KeyAccess.WithoutPassword, default));
        _world.Set("AZURE_CLIENT_SECRET", VirtualAzure.ClientSecret);
        using SigstoreKey key =
            await operations.OpenAsync(_world.Reference("release"), KeyAccess.WithoutPassword, default);
        Assert.NotNull(key);
    }

    [Theory]
    [InlineData("InteractiveBrowserCredential")]
    [InlineData("interactivebrowsercredential")]
    public async Task No_browser_is_opened(string selection)
    {
        _world.Set("AZURE_TOKEN_CREDENTIALS", selection);
        await FailsAsync(SigstoreErrorCode.InvalidValue);
    }

    [Fact]
    public async Task A_selection_that_is_none_is_told()
    {
        _world.Set("AZURE_TOKEN_CREDENTIALS", "Whatever");
        await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
    }

    [Fact]
    public async Task Entra_that_fails_is_told()
    {
        _world.Vault.Instead = static async context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/token", StringComparison.Ordinal))
            {
                return false;
            }

            await VirtualAzure.FailAsync(context, 503, "temporarily_unavailable", "AADSTS90033");
            return true;
        };
        await FailsAsync(SigstoreErrorCode.KeyServiceUnavailable);
    }

    [Fact]
    public async Task Entra_that_is_not_there_is_told()
    {
        _world.Set("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1/");
        await FailsAsync(SigstoreErrorCode.KeyServiceUnavailable);
    }

    [Fact]
    public async Task Another_secret_is_another_caller()
    {
        SigstorePS.Operations.KeyOperations operations = _world.Keys.Operations();
        (await operations.OpenAsync(_world.Reference("release"), KeyAccess.WithoutPassword, default)).Dispose();
        _world.Set("AZURE_CLIENT_SECRET", "another~secret~value");
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.KeyServiceUnauthorized,
            () => operations.OpenAsync(_world.Reference("release"), KeyAccess.WithoutPassword, default), Secrets);
    }

    /// <summary>The library gives up by itself with a cancellation, which nobody asked for.</summary>
    [Fact]
    public async Task A_service_of_identities_that_is_slow_is_no_cancellation()
    {
        await using AzureWorld world = new(requestTime: TimeSpan.FromSeconds(1));
        world.Vault.Add("release", "EC", 256);
        using CancellationTokenSource end = new();
        world.Vault.Instead = async context =>
        {
            if (context.Request.Path.Value!.EndsWith("/token", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromSeconds(30), end.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return true;
            }

            return false;
        };
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => world.Keys.Operations().OpenAsync(
            world.Reference("release"), KeyAccess.WithoutPassword, default));
        await end.CancelAsync();
        Assert.Equal(SigstoreErrorCode.Timeout, e.Code);
    }

    [Theory]
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
        _world.Vault.Instead = context =>
        {
            bool token = context.Request.Path.Value!.EndsWith("/token", StringComparison.Ordinal);
            if (token)
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = $"{thief.Address}/token";
            }

            return Task.FromResult(token);
        };
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation);
        Assert.Equal("", other);
    }

    private void Managed()
    {
        foreach (string name in (string[])["AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"])
        {
            _world.Set(name, null);
        }

        _world.Set("IDENTITY_ENDPOINT", $"{_world.Vault.Address}/msi/token");
        _world.Set("IDENTITY_HEADER", VirtualAzure.IdentityHeader);
    }

    private async Task SignsAsync()
    {
        using SigstoreKey key = await OpenAsync();
        byte[] signature = await key.Signer.SignAsync(new byte[] { 1 }, default);
        Assert.NotNull(key.Signer.PublicKey.Match([1], signature));
        Assert.Empty(_world.Vault.Violations);
    }

    private Task<SigstoreException> FailsAsync(SigstoreErrorCode code) =>
        CloudSecrets.FailsAsync(code, () => OpenAsync(), Secrets);

    private Task<SigstoreKey> OpenAsync() => _world.Keys.Operations().OpenAsync(
        _world.Reference("release"), KeyAccess.WithoutPassword, default);
}
