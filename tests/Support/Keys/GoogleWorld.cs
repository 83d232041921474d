using System.Text.Json.Nodes;

namespace SigstorePS.Support.Keys;

/// <summary>A <see cref="VirtualGoogle"/>, and surroundings of a caller that it knows as a service account.</summary>
public sealed class GoogleWorld : IAsyncDisposable
{
    private const string FileVariable = "GOOGLE_APPLICATION_CREDENTIALS";

    public GoogleWorld(TimeProvider? clock = null, TimeSpan? requestTime = null)
    {
        Keys = new KeyWorld(clock, requestTime: requestTime);
        Keys.Variables["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS"] = Kms.Address;
        Use(Account());
    }

    public VirtualGoogle Kms { get; } = new();

    public KeyWorld Keys { get; }

    public static string Reference(string key) => $"gcpkms://{VirtualGoogle.Ring}/cryptoKeys/{key}";

    /// <summary>A service account's key file (cloud.google.com/iam/docs/keys-create-delete).</summary>
    public JsonObject Account() => Account(Kms);

    /// <summary>As <see cref="Account()"/>.</summary>
    public static JsonObject Account(VirtualGoogle google) => new()
    {
        ["type"] = "service_account", ["project_id"] = "my-project", ["private_key_id"] = "0123456789abcdef",
        ["private_key"] = VirtualGoogle.PrivateKeyPem, ["client_email"] = VirtualGoogle.Account, ["client_id"] = "1234",
        ["token_uri"] = $"{google.Address}/token", ["universe_domain"] = "googleapis.com",
    };

    /// <summary>
    /// Workload identity federation with a token in a file (cloud.google.com/iam/docs/workload-identity-federation,
    /// google.aip.dev/auth/4117).
    /// </summary>
    public JsonObject Federated(string tokenFile) => new()
    {
        ["type"] = "external_account", ["audience"] = VirtualGoogle.Audience,
        ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt", ["token_url"] = $"{Kms.Address}/v1/token",
        ["credential_source"] = new JsonObject { ["file"] = tokenFile },
    };

    /// <summary>Writes a file and lets the variable name it.</summary>
    public void Use(JsonObject credentials)
    {
        string path = Path.Combine(Keys.Home, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, credentials.ToJsonString());
        Keys.Variables[FileVariable] = path;
    }

    public void UseNothing() => Keys.Variables.Remove(FileVariable);

    public async ValueTask DisposeAsync()
    {
        Keys.Dispose();
        await Kms.DisposeAsync();
    }
}
