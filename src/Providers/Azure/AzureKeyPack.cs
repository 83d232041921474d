using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary>Azure Key Vault and Managed HSM.</summary>
internal sealed class AzureKeyPack : IKeyPack
{
    public IKeyProvider Create(KeySurroundings surroundings) => new VaultKeyProvider(surroundings);
}
