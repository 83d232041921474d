using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary>Google Cloud KMS.</summary>
internal sealed class GoogleKeyPack : IKeyPack
{
    public IKeyProvider Create(KeySurroundings surroundings) => new KmsKeyProvider(surroundings);
}
