using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Azure;

/// <summary>To whom a token may be sent, by the reference alone: nothing here reaches a network.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class VaultReferenceTests : IAsyncLifetime
{
    private readonly AzureWorld _world = new(new JumpingClock());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("azurekms://vault.example.com/key")]
    [InlineData("azurekms://myvault.vault.azure.net.example.com/key")]
    [InlineData("azurekms://myvaultXvault.azure.net/key")]
    [InlineData("azurekms://evilvault.azure.net/key")]
    [InlineData("azurekms://vault.azure.net/key")]
    [InlineData("azurekms://myvault.blob.core.windows.net/key")]
    [InlineData("azurekms://myvault/key")]
    [InlineData("azurekms://10.0.0.1/key")]
    [InlineData("azurekms://169.254.169.254/key")]
    [InlineData("azurekms://myvault.vault.azure.net:8443/key")]
    [InlineData("azurekms://user@myvault.vault.azure.net/key")]
    [InlineData("azurekms://evil.example@127.0.0.1/key")]
    [InlineData("azurekms://myvault.vault.azure.net/key?x=y")]
    [InlineData("azurekms://myvault.vault.azure.net/key#x")]
    [InlineData("azurekms://myvault.vault.azure.net/")]
    [InlineData("azurekms://myvault.vault.azure.net")]
    [InlineData("azurekms:///key")]
    [InlineData("azurekms://myvault.vault.azure.net/key/version/more")]
    [InlineData("azurekms://myvault.vault.azure.net/../key")]
    [InlineData("azurekms://myvault.vault.azure.net/k%2Fy")]
    [InlineData("azurekms://myvault.vault.azure.net/key\n")]
    [InlineData("azurekms://127.0.0.1:99999/key")]
    public async Task No_token_is_asked_for(string reference)
    {
        await CloudSecrets.FailsAsync(SigstoreErrorCode.InvalidKeyReference, () => OpenAsync(reference));
        Assert.Empty(_world.Vault.Requests);
    }

    /// <summary>The scope that is asked for, told by what the imitation of Entra refuses or lets through.</summary>
    [Theory]
    [InlineData("myvault.vault.azure.net", "https://vault.azure.net/.default")]
    [InlineData("MyVault.Vault.Azure.Net", "https://vault.azure.net/.default")]
    [InlineData("myhsm.managedhsm.azure.net", "https://managedhsm.azure.net/.default")]
    [InlineData("myvault.vault.azure.cn", "https://vault.azure.cn/.default")]
    [InlineData("myhsm.managedhsm.azure.cn", "https://managedhsm.azure.cn/.default")]
    [InlineData("myvault.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default")]
    [InlineData("myhsm.managedhsm.usgovcloudapi.net", "https://managedhsm.usgovcloudapi.net/.default")]
    [InlineData("myvault.vault.microsoftazure.de", "https://vault.microsoftazure.de/.default")]
    public async Task The_host_decides_what_a_token_is_for(string host, string scope)
    {
        string? asked = null;
        _world.Vault.Instead = async context =>
        {
            asked = (await context.Request.ReadFormAsync())["scope"];
            await VirtualAzure.FailAsync(context, 400, "invalid_scope", "no");
            return true;
        };
        await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync($"azurekms://{host}/key"));
        Assert.Contains(scope, asked!.Split(' '));
    }

    [Theory]
    [InlineData("AzureChinaCloud", "https://vault.azure.cn/.default")]
    [InlineData("AZUREUSGOVERNMENT", "https://vault.usgovcloudapi.net/.default")]
    [InlineData("AzurePublicCloud", "https://vault.azure.net/.default")]
    public async Task On_this_machine_the_environment_decides(string environment, string scope)
    {
        _world.Set("AZURE_ENVIRONMENT", environment);
        string? asked = null;
        _world.Vault.Instead = async context =>
        {
            asked = (await context.Request.ReadFormAsync())["scope"];
            await VirtualAzure.FailAsync(context, 400, "invalid_scope", "no");
            return true;
        };
        await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync(_world.Reference("key")));
        Assert.Contains(scope, asked!.Split(' '));
    }

    [Fact]
    public async Task An_authority_without_TLS_is_refused()
    {
        _world.Set("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1/");
        await CloudSecrets.FailsAsync(SigstoreErrorCode.InvalidValue, () => OpenAsync(_world.Reference("key")));
    }

    private Task<SigstoreKey> OpenAsync(string reference) =>
        _world.Keys.Operations().OpenAsync(reference, KeyAccess.WithoutPassword, default);
}
