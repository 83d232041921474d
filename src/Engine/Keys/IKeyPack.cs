namespace SigstorePS.Keys;

/// <summary>
/// What a provider pack offers: one provider for one scheme. The pack has one class with this interface and a constructor
/// without parameters. Only types of the engine and of .NET cross the border, exceptions included.
/// </summary>
internal interface IKeyPack
{
    /// <summary>Makes the provider, once for each engine.</summary>
    IKeyProvider Create(KeySurroundings surroundings);
}
