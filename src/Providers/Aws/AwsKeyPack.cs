using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>Keys of AWS KMS: <c>awskms://</c>.</summary>
internal sealed class AwsKeyPack : IKeyPack
{
    /// <inheritdoc/>
    public IKeyProvider Create(KeySurroundings surroundings) => new AwsKeyProvider(surroundings);
}
