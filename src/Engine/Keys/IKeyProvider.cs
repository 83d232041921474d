namespace SigstorePS.Keys;

/// <summary>Opens keys of one kind of place.</summary>
public interface IKeyProvider
{
    /// <summary>The scheme this provider answers to, such as <c>awskms</c>; <c>file</c> for plain paths.</summary>
    string Scheme { get; }

    /// <summary>Whether it asks somebody outside this machine; such keys are not to be had with -Offline.</summary>
    bool NeedsNetwork => false;

    /// <summary>Opens a private key for signing.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidKeyReference, KeyNotFound, FileUnavailable, MalformedKey, PasswordRequired, WrongPassword, Unsupported,
    /// LimitExceeded; of services KeyService…, KeyAccessDenied; of tokens Pkcs11…, PinRequired, WrongPin, PinLocked.
    /// </exception>
    Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel);

    /// <summary>Reads the public half only; a key pair's private half is opened when there is no other way.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidKeyReference, KeyNotFound, FileUnavailable, MalformedKey, PasswordRequired, WrongPassword, Unsupported,
    /// LimitExceeded.
    /// </exception>
    Task<Crypto.PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel);

    /// <summary>Makes a new key where keys of this kind live.</summary>
    /// <param name="reference">Where; the key does not exist yet.</param>
    /// <param name="algorithm">What it is to sign with.</param>
    /// <param name="access">Gives the password of a key that is stored encrypted, or the PIN.</param>
    /// <param name="replace">Whether a stored key pair that exists is replaced. A key of a service or token never is.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">As <see cref="OpenAsync"/>; KeyExists; Unsupported where none can be made.</exception>
    Task<CreatedKey> CreateAsync(
        KeyReference reference, Crypto.SigningAlgorithm algorithm, KeyAccess access, bool replace,
        CancellationToken cancel) =>
        throw new SigstoreException(SigstoreErrorCode.Unsupported, $"No key can be made at a {Scheme} reference.");
}

/// <summary>A key that was made in its place.</summary>
/// <param name="Reference">What opens it: as given, or with the id that the service chose. Holds no secret.</param>
/// <param name="PublicKey">The public half.</param>
public sealed record CreatedKey(string Reference, Crypto.PublicKey PublicKey);

/// <summary>What a provider may ask for while it opens a key.</summary>
/// <param name="Password">
/// Asks for the password of an encrypted key; a fresh copy that the caller zeroes. Null result: none is to be had.
/// </param>
public sealed record KeyAccess(Func<KeyReference, CancellationToken, Task<byte[]?>> Password)
{
    /// <summary>Access for keys that are not encrypted.</summary>
    public static KeyAccess WithoutPassword { get; } = new(static (_, _) => Task.FromResult<byte[]?>(null));

    /// <summary>
    /// Asks for the PIN of a token; a fresh copy (UTF-8) that the caller zeroes. Null result: none is to be had.
    /// </summary>
    public Func<KeyReference, CancellationToken, Task<byte[]?>> Pin { get; init; } =
        static (_, _) => Task.FromResult<byte[]?>(null);

    /// <summary>
    /// Asked instead of <see cref="Pin"/> where it matters which token a PIN is for and who gave it; null: Pin is asked.
    /// </summary>
    internal Func<PinRequest, CancellationToken, Task<PinAnswer?>>? PinOf { get; init; }

    /// <summary>
    /// Which of its algorithms the key signs with, such as RSA-PSS or Ed25519ph; null: the key's own default.
    /// </summary>
    public Crypto.SigningAlgorithm? Algorithm { get; init; }
}
