using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Verification;
using static SigstorePS.Commands.ObjectValues;

namespace SigstorePS.Commands;

/// <summary>
/// What -Key takes: paths and references as text, keys, key pairs and certificates as objects, and what is left of such objects after
/// a job or CliXml. Everything is opened once per command, before the first image.
/// </summary>
internal sealed class KeyArguments(
    SigstoreCmdlet cmdlet, PathResolver paths, SecureString? password = null, SecureString? pin = null) : IDisposable
{
    private readonly PasswordSource _passwords = new(cmdlet, password);
    private readonly TokenPins _pins = new(cmdlet, pin);
    private readonly List<SigstoreKey> _opened = [];

    /// <summary>Opens private keys; those opened here are closed with this object.</summary>
    public IReadOnlyList<SigningKey> ForSigning(IEnumerable<object> keys)
    {
        List<SigningKey> opened = [];
        foreach (object key in keys)
        {
            SigningKey next = OpenForSigning(Unwrap(key));
            if (next.Signer.Algorithm.Scheme == SignatureScheme.RsaPss)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The key {next.Reference} signs with {next.Signer.Algorithm}, and whoever verifies expects PKCS#1 v1.5 of "
                    + "an RSA key. Make one for that.");
            }

            if (opened.Any(known => known.Signer.PublicKey.Equals(next.Signer.PublicKey)))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy, $"-Key names the same key twice: {next.Reference}.");
            }

            opened.Add(next);
        }

        return opened;
    }

    /// <summary>Reads public keys. One key under two names counts once.</summary>
    public IReadOnlyList<TrustedKey> ForVerifying(IEnumerable<object> keys) =>
    [
        .. keys.Select(key => ReadPublic(key))
            .Select(static key => new TrustedKey(key.Name, key.Key.Key))
            .DistinctBy(static key => key.Key.KeyId),
    ];

    /// <summary>Opens one private key; the caller disposes it.</summary>
    public SigstoreKey Open(object key)
    {
        if (Unwrap(key) is X509Certificate2 certificate)
        {
            return KeyOperations.OpenCertificate(certificate, cmdlet.Engine.Options.Clock);
        }

        string reference = SigningReference(Unwrap(key));
        return cmdlet.Await(cancel => cmdlet.Engine.Keys.OpenAsync(FullReference(reference), Access, cancel));
    }

    /// <summary>Reads one public key and tells the name the user knows it by.</summary>
    public (string Name, SigstorePublicKey Key) ReadPublic(object key)
    {
        switch (Unwrap(key))
        {
            case SigstorePublicKey known:
                return (known.Reference, known);
            case SigstoreKey open:
                return (open.Reference, new SigstorePublicKey(open.Reference, open.Signer.PublicKey));
            case SigstoreKeyPair pair:
                return (pair.PublicKeyPath ?? pair.Reference, KeyOperations.PublicKeyOf(pair.Reference, pair.PublicKey));
            case Pkcs11Key onToken:
                return FromReference(onToken.Uri);
            case X509Certificate2 certificate:
                SigstorePublicKey certified = KeyOperations.PublicKeyOf(certificate);
                return (certified.Reference, certified);
            case FileInfo file:
                return FromReference(file.FullName);
            case string text when text.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal):
                return ("(PEM text)", KeyOperations.PublicKeyOf("(PEM text)", text));
            case string text:
                return FromReference(text);
            case PSObject twin when (Exact(twin, "Pem") ?? Exact(twin, "PublicKey")) is { } pem:
                // Whoever wrote the object down wrote its name as well: a key may be called what it is not.
                SigstorePublicKey written = KeyOperations.PublicKeyOf("(PEM text)", pem);
                return ($"(deserialized) sha256:{written.KeyId}", written);
            case PSObject twin when Exact(twin, "PublicKeyPath") is { } path:
                return FromReference(path);
            case PSObject twin when TokenUri(twin) is { } uri:
                return FromReference(uri);
            case var other:
                throw NotAKey(other);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _opened.ForEach(static key => key.Dispose());

    private KeyAccess Access => _pins.For(new((reference, cancel) =>
        cmdlet.AskAsync<byte[]?>(() => _passwords.Existing(reference.ToString()), cancel)));

    private SigningKey OpenForSigning(object key)
    {
        if (key is SigstoreKey open)
        {
            return new SigningKey(open.Reference, open.Signer);
        }

        SigstoreKey mine = Open(key);
        _opened.Add(mine);
        return new SigningKey(
            key is X509Certificate2 ? mine.Reference : Name(SigningReference(key), mine.Reference), mine.Signer);
    }

    private (string Name, SigstorePublicKey Key) FromReference(string text)
    {
        SigstorePublicKey key = cmdlet.Await(
            cancel => cmdlet.Engine.Keys.ReadPublicKeyAsync(FullReference(text), Access, cancel));
        return (Name(text, key.Reference), key);
    }

    private string FullReference(string text) =>
        KeyReference.Parse(text).Scheme == "file" ? paths.Unresolved(text) : text;

    /// <summary>Files keep the name the user typed; others the engine's, which leaves out what may be secret.</summary>
    private static string Name(string typed, string opened) =>
        KeyReference.Parse(typed).Scheme == "file" ? typed : opened;

    private static string SigningReference(object key) => key switch
    {
        string text when KeyReference.IsText(text) => throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference,
            "The text of a key was given, not where it is. Give the path of its file, or put the text into an environment "
            + "variable and give env://NAME."),
        string text => text,
        SigstoreKeyPair pair => pair.Reference,
        Pkcs11Key onToken => onToken.Uri,
        FileInfo file => file.FullName,
        PSObject twin when Exact(twin, "PrivateKeyPath") is { } path => path,
        PSObject twin when TokenUri(twin) is { } uri => uri,
        PSObject twin when Exact(twin, "Pem") is null && Exact(twin, "Reference") is { } reference => reference,
        SigstorePublicKey or PSObject => throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference, "A public key or another object was given, and a private key signs."),
        _ => throw NotAKey(key),
    };

    /// <summary>The object under the wrapper; a deserialized or custom object has none and stays wrapped.</summary>
    internal static object Unwrap(object key) => key switch
    {
        PSObject { BaseObject: PSCustomObject } twin => twin,
        PSObject { BaseObject: { } inner } wrapped when inner.GetType().Name == "PSObject" => wrapped,
        PSObject wrapped => wrapped.BaseObject,
        _ => key,
    };

    /// <summary>The target of an error about a key: the key, unless it is its own text, or a reference with a secret in it.</summary>
    internal static object Shown(object key) => Unwrap(key) switch
    {
        string text when KeyReference.IsText(text) => "(key text)",
        string text when !string.IsNullOrWhiteSpace(text) => KeyReference.Parse(text).ToString(),
        _ => key,
    };

    /// <summary>
    /// What is left of a <see cref="Pkcs11Key"/>. Its module is not taken: who wrote the object down could name any library.
    /// </summary>
    private static string? TokenUri(PSObject twin) =>
        Exact(twin, "Token") is not null && Exact(twin, "Uri") is { } uri
            && uri.StartsWith("pkcs11:", StringComparison.OrdinalIgnoreCase)
            ? uri.Split('?')[0] : null;

    private static SigstoreException NotAKey(object? key) => new(
        SigstoreErrorCode.InvalidKeyReference,
        $"A {key?.GetType().Name ?? "null"} is no key; give a path, a reference, or what Get-SigstoreKey or "
        + "Get-SigstorePublicKey returned.");
}
