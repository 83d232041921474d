using System.Text.Json.Nodes;
using SigstorePS.Support.Keys;

namespace SigstorePS.Stack;

/// <summary>The imitations of Azure and Google, for PowerShell in another process.</summary>
internal static class Clouds
{
    /// <summary>Starts them, writes where they are, and runs until stdin ends.</summary>
    /// <param name="file">
    /// Gets <c>{"azure":{"address","root","tenant","client","secret","token"},"google":{"address","ring","credentials",
    /// "token"}}</c>; <c>root</c> and <c>credentials</c> are files beside it.
    /// </param>
    public static async Task RunAsync(string file)
    {
        await using VirtualAzure azure = new();
        await using VirtualGoogle google = new();
        string root = file + ".pem";
        string credentials = file + ".google.json";
        await File.WriteAllTextAsync(root, azure.RootPem);
        await File.WriteAllTextAsync(credentials, GoogleWorld.Account(google).ToJsonString());
        JsonObject description = new()
        {
            ["azure"] = new JsonObject
            {
                ["address"] = azure.Address, ["host"] = azure.Host, ["root"] = root, ["tenant"] = VirtualAzure.Tenant,
                ["client"] = VirtualAzure.Client, ["secret"] = VirtualAzure.ClientSecret,
                ["token"] = VirtualAzure.Token,
            },
            ["google"] = new JsonObject
            {
                ["address"] = google.Address, ["ring"] = VirtualGoogle.Ring, ["credentials"] = credentials,
                ["token"] = VirtualGoogle.Token,
            },
        };

        // Written whole, then named: who waits for the file reads no half of it.
        await File.WriteAllTextAsync(file + ".new", description.ToJsonString());
        File.Move(file + ".new", file, overwrite: true);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }
}
