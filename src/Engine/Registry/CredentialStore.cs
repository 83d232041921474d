namespace SigstorePS.Registry;

internal sealed class CredentialStore
{
    public Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancel) =>
        Task.FromResult<RegistryCredential?>(null);
}
