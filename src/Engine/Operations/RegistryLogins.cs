using System.Net;
using SigstorePS.Http;
using SigstorePS.Registry;

namespace SigstorePS.Operations;

/// <summary>Tries a login, and keeps it where docker keeps it.</summary>
internal sealed class RegistryLogins(RegistryConnections registries, CredentialStore credentials)
{
    /// <summary>Asks the registry for its root with the credentials (distribution-spec, end-1).</summary>
    /// <exception cref="SigstoreException">
    /// RegistryUnauthorized, TokenRefused, RegistryUnavailable and the like.
    /// </exception>
    public async Task CheckAsync(string registry, RegistryAccess access, CancellationToken cancel)
    {
        registries.Forget();
        RegistryConnection connection = registries.Connect(registry, access);
        Uri root = await connection.GetEndpointAsync(cancel).ConfigureAwait(false);
        HttpReply reply = await connection
            .SendAsync(new HttpCall(HttpMethod.Get, root), string.Empty, string.Empty, cancel).ConfigureAwait(false);
        bool anonymous = access.Credential is null && access.Token is null;
        if (!reply.IsSuccess && !(anonymous && reply.Status == HttpStatusCode.Unauthorized))
        {
            throw RegistryErrors.From(reply, registry, "the login");
        }
    }

    /// <summary>Keeps the credentials; the file or the helper that has them now.</summary>
    public Task<string> StoreAsync(string registry, NetworkCredential credential, CancellationToken cancel) =>
        credentials.StoreAsync(registry, credential.UserName, credential.Password, cancel);

    /// <summary>Erases the credentials; false when there were none.</summary>
    public Task<bool> EraseAsync(string registry, CancellationToken cancel) => credentials.EraseAsync(registry, cancel);
}
