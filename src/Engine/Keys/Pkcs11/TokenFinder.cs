using System.Globalization;
using System.Security.Cryptography;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>From a reference to a token: which module, which slot, which PIN.</summary>
internal sealed class TokenFinder(KeySurroundings surroundings, Func<string, Pkcs11Module> load)
{
    public const string ModuleVariable = "COSIGN_PKCS11_MODULE_PATH";

    private const string File = "file";

    public TokenFinder(KeySurroundings surroundings)
        : this(surroundings, Pkcs11Module.Load)
    {
    }

    /// <summary>The module of a path that was given, else of the variable. Blocks.</summary>
    /// <param name="path">Full path; null: none was given.</param>
    /// <param name="name">The module's name, which the variable's must then be.</param>
    /// <exception cref="SigstoreException">Pkcs11ModuleUnavailable.</exception>
    public Pkcs11Module Module(string? path, string? name = null)
    {
        string module = path ?? surroundings.Variable(ModuleVariable) ?? throw new SigstoreException(
            SigstoreErrorCode.Pkcs11ModuleUnavailable,
            "No PKCS #11 module is named: give its full path in the reference (?module-path=/full/path), or as -ModulePath, "
            + $"or in {ModuleVariable}.");
        if (!Path.IsPathFullyQualified(module))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Pkcs11ModuleUnavailable,
                $"The PKCS #11 module '{module}' is not named by its full path.");
        }

        string file = Path.GetFileNameWithoutExtension(module);
        if (path is null && name is not null && file != name && file != $"lib{name}")
        {
            throw new SigstoreException(
                SigstoreErrorCode.Pkcs11ModuleUnavailable,
                $"The reference wants the module '{name}', and {ModuleVariable} names {module}; give module-path.");
        }

        return load(Path.GetFullPath(module));
    }

    /// <summary>The module and the one token that a URI means. Blocks.</summary>
    /// <exception cref="SigstoreException">
    /// Pkcs11ModuleUnavailable, Pkcs11TokenNotFound, KeyAmbiguous, LimitExceeded.
    /// </exception>
    public (Pkcs11Module Module, TokenSlot Token) Find(Pkcs11Uri uri)
    {
        Pkcs11Module module = Module(uri.ModulePath, uri.ModuleName);
        TokenSlot[] tokens = [.. module.Slots().Where(static slot => slot.Initialized)];
        TokenSlot[] fitting = [.. tokens.Where(slot => slot.Fits(uri))];
        return fitting.Length switch
        {
            1 => (module, fitting[0]),
            0 => throw new SigstoreException(
                SigstoreErrorCode.Pkcs11TokenNotFound,
                tokens.Length == 0 ? $"The module {module.Path} sees no token."
                    : $"None of the tokens fits: {string.Join<TokenSlot>(", ", tokens)}."),
            _ => throw new SigstoreException(
                SigstoreErrorCode.KeyAmbiguous,
                $"Several tokens fit; add serial= or slot-id=: {string.Join<TokenSlot>(", ", fitting)}."),
        };
    }

    /// <summary>The PIN: of the URI, of the file it names, else whoever is asked.</summary>
    /// <param name="uri">May have it; null: has not.</param>
    /// <param name="token">Whose PIN.</param>
    /// <param name="reference">For people.</param>
    /// <param name="access">Whom to ask.</param>
    /// <param name="given">Only one that somebody gave for this (<see cref="PinRequest.Explicit"/>).</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">
    /// PinRequired, PinLocked, InvalidKeyReference, FileUnavailable, LimitExceeded; of access.
    /// </exception>
    public static async Task<TokenPin> PinAsync(
        Pkcs11Uri? uri, TokenSlot token, KeyReference reference, KeyAccess access, bool given,
        CancellationToken cancel)
    {
        if (token.HasPinPad)
        {
            AmbientReports.Send(EngineReport.Information("The token wants its PIN on its own keys."));
            return TokenPin.AtToken();
        }

        if (token.PinLocked)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PinLocked, "The PIN of the token is locked. The token's own program unlocks it.");
        }

        byte[]? pin;
        bool unattended = true;
        if (uri?.PinValue is { } value)
        {
            pin = [.. value];
        }
        else if (uri?.PinSource is { } source)
        {
            pin = await ReadAsync(source, cancel).ConfigureAwait(false);
        }
        else if (access.PinOf is { } ask)
        {
            string identity = string.Create(CultureInfo.InvariantCulture, $"{token.SlotId}\0{token.Identity}");
            PinAnswer? answer = await ask(new PinRequest(reference, identity, given), cancel).ConfigureAwait(false);
            (pin, unattended) = (answer?.Pin, answer?.Unattended ?? false);
        }
        else
        {
            (pin, unattended) = (await access.Pin(reference, cancel).ConfigureAwait(false), false);
        }

        try
        {
            // An empty one would count as a try at some tokens.
            return pin is { Length: > 0 } ? new TokenPin(pin, unattended) : throw new SigstoreException(
                SigstoreErrorCode.PinRequired,
                "The token wants a PIN: give -Pin or COSIGN_PKCS11_PIN, or pin-source in the reference.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    /// <summary>
    /// The file of a pin-source (RFC 7512 section 2.4) without the end of its line; a command after "|" is not run: a
    /// reference is data.
    /// </summary>
    private static async Task<byte[]> ReadAsync(string source, CancellationToken cancel)
    {
        string path = source;
        if (source.StartsWith(File + ":", StringComparison.OrdinalIgnoreCase))
        {
            path = Uri.TryCreate(source, UriKind.Absolute, out Uri? url) && url is { IsFile: true, IsUnc: false }
                ? url.LocalPath : source[(File.Length + 1)..];
        }

        if (!Path.IsPathFullyQualified(path))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "pin-source of a PKCS #11 URI must be the full path of a file, or a file: URI.");
        }

        byte[] buffer = GC.AllocateArray<byte>(Limits.PinFile + 1, pinned: true);
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
            await using (file.ConfigureAwait(false))
            {
                int length = await file.ReadAtLeastAsync(
                    buffer, buffer.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
                return length <= Limits.PinFile ? [.. buffer.AsSpan(0, length).TrimEnd("\r\n"u8)]
                    : throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded,
                        $"The file of pin-source has more than {Limits.PinFile} bytes.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, "The file that pin-source names cannot be read.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
