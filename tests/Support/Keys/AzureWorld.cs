namespace SigstorePS.Support.Keys;

/// <summary>A <see cref="VirtualAzure"/>, and surroundings of a caller that it knows by a client secret.</summary>
public sealed class AzureWorld : IAsyncDisposable
{
    /// <summary>Variables of Azure's that are not to come from outside.</summary>
    private static readonly string[] Cleared =
    [
        "AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_ENVIRONMENT",
        "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS", "AZURE_USERNAME",
        "AZURE_PASSWORD", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET",
        "AZURE_KUBERNETES_TOKEN_PROXY",
    ];

    private readonly ProcessVariables _process = new();

    public AzureWorld(TimeProvider? clock = null, TimeSpan? requestTime = null)
    {
        Keys = new KeyWorld(clock, Vault.Roots, requestTime);
        foreach (string name in Cleared)
        {
            Set(name, null);
        }

        Set("AZURE_AUTHORITY_HOST", Vault.Address);
        Set("AZURE_TENANT_ID", VirtualAzure.Tenant);
        Set("AZURE_CLIENT_ID", VirtualAzure.Client);
        Set("AZURE_CLIENT_SECRET", VirtualAzure.ClientSecret);
    }

    public VirtualAzure Vault { get; } = new();

    public KeyWorld Keys { get; }

    /// <summary>Here and in the process, where Azure.Identity looks.</summary>
    public void Set(string name, string? value)
    {
        _process[name] = value;
        if (value is null)
        {
            Keys.Variables.Remove(name);
        }
        else
        {
            Keys.Variables[name] = value;
        }
    }

    public string Reference(string key) => $"azurekms://{Vault.Host}/{key}";

    public async ValueTask DisposeAsync()
    {
        _process.Dispose();
        Keys.Dispose();
        await Vault.DisposeAsync();
    }
}
