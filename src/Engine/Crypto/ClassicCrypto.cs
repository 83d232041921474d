namespace SigstorePS.Crypto;

/// <summary>The pack's primitives, loaded at first use and kept for the process: pure functions, no state.</summary>
internal static class ClassicCrypto
{
    private static readonly Lazy<IClassicCrypto> Pack =
        new(static () => ProviderLoadContext.Create<IClassicCrypto>("BouncyCastle"), LazyThreadSafetyMode.PublicationOnly);

    public static IClassicCrypto Current => Pack.Value;
}
