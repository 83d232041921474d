namespace SigstorePS.Keys;

/// <summary>Opens keys of one kind of place.</summary>
public interface IKeyProvider
{
    /// <summary>The scheme this provider answers to, such as <c>awskms</c>; <c>file</c> for plain paths.</summary>
    string Scheme { get; }

    /// <summary>Opens a private key for signing.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidKeyReference, KeyNotFound, FileUnavailable, MalformedKey, PasswordRequired, WrongPassword, Unsupported,
    /// LimitExceeded.
    /// </exception>
    Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel);

    /// <summary>Reads the public half only; a key pair's private half is opened when there is no other way.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidKeyReference, KeyNotFound, FileUnavailable, MalformedKey, PasswordRequired, WrongPassword, Unsupported,
    /// LimitExceeded.
    /// </exception>
    Task<Crypto.PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel);
}

/// <summary>What a provider may ask for while it opens a key.</summary>
/// <param name="Password">
/// Asks for the password of an encrypted key; a fresh copy that the caller zeroes. Null result: none is to be had.
/// </param>
public sealed record KeyAccess(Func<KeyReference, CancellationToken, Task<byte[]?>> Password)
{
    /// <summary>Access for keys that are not encrypted.</summary>
    public static KeyAccess WithoutPassword { get; } = new(static (_, _) => Task.FromResult<byte[]?>(null));

    /// <summary>
    /// Which of its algorithms the key signs with, such as RSA-PSS or Ed25519ph; null: the key's own default.
    /// </summary>
    public Crypto.SigningAlgorithm? Algorithm { get; init; }
}
