namespace SigstorePS.Keys.CodeHosts;

/// <summary>What cosign calls the three texts of a key pair where secrets have names (pkg/cosign/git).</summary>
internal static class SecretNames
{
    public const string PrivateKey = "COSIGN_PRIVATE_KEY";
    public const string Password = "COSIGN_PASSWORD";
    public const string PublicKey = "COSIGN_PUBLIC_KEY";

    /// <summary>
    /// The texts in the order a new pair is written in. The public key is first: of two that write at the same time one
    /// stops there, where nothing secret is overwritten. The private key is last: without it nobody takes the rest for a
    /// pair.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Value)> InOrder(StoredKeyPair pair) =>
    [
        (PublicKey, pair.PublicKey ?? []), (Password, pair.Password ?? []), (PrivateKey, pair.PrivateKey ?? []),
    ];

    /// <summary>
    /// The order in which a pair is written over another. Whenever it stops, the private key that is there can be opened:
    /// the old one with the old password beside it, the new one with the password that its maker knows and is asked for.
    /// Were the password first, the old private key would lie under one that is nowhere any more.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Value)> InOrderOver(StoredKeyPair pair) =>
    [
        (PublicKey, pair.PublicKey ?? []), (PrivateKey, pair.PrivateKey ?? []), (Password, pair.Password ?? []),
    ];

    /// <summary>In the order of a new pair.</summary>
    public static IReadOnlyList<string> All { get; } = [PublicKey, Password, PrivateKey];

    /// <summary>
    /// Whether a write that failed so may have been carried out all the same: its answer was lost, or is none.
    /// </summary>
    public static bool MayBeWritten(Exception failure) => failure is not SigstoreException e
        || e.Code is SigstoreErrorCode.KeyServiceUnavailable or SigstoreErrorCode.Timeout
            or SigstoreErrorCode.LimitExceeded or SigstoreErrorCode.KeyServiceProtocolViolation;
}
