namespace SigstorePS.Keys.CodeHosts;

/// <summary>What cosign calls the three texts of a key pair where secrets have names (pkg/cosign/git).</summary>
internal static class SecretNames
{
    public const string PrivateKey = "COSIGN_PRIVATE_KEY";
    public const string Password = "COSIGN_PASSWORD";
    public const string PublicKey = "COSIGN_PUBLIC_KEY";

    /// <summary>
    /// The texts in the order they are written in. The private key is last: without it nobody takes the rest for a
    /// pair. The password is first: of two that write at the same time, one stops there.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Value)> InOrder(StoredKeyPair pair) =>
    [
        (Password, pair.Password ?? []), (PublicKey, pair.PublicKey ?? []), (PrivateKey, pair.PrivateKey ?? []),
    ];

    /// <summary>In the same order.</summary>
    public static IReadOnlyList<string> All { get; } = [Password, PublicKey, PrivateKey];
}
