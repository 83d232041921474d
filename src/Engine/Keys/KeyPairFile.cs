using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>Writes <c>prefix.key</c> (encrypted, 0600) and <c>prefix.pub</c> (0644): both or neither.</summary>
internal static class KeyPairFile
{
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PublicMode = PrivateMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Encrypts the key and writes the pair.</summary>
    /// <param name="prefix">Full path without extension; its directory exists.</param>
    /// <param name="pkcs8">The private key, DER.</param>
    /// <param name="password">What to encrypt with; empty is legal.</param>
    /// <param name="force">Whether files that exist are replaced.</param>
    /// <param name="cancel">Looked at until the first file gets its final name.</param>
    /// <exception cref="SigstoreException">
    /// FileExists, PathNotFound, FileUnavailable, MalformedKey, Unsupported.
    /// </exception>
    public static async Task<SigstoreKeyPair> WriteAsync(
        string prefix,
        ReadOnlyMemory<byte> pkcs8,
        ReadOnlyMemory<byte> password,
        bool force,
        CancellationToken cancel)
    {
        PublicKey publicKey;
        using (LocalSigner signer = LocalSigner.FromPkcs8(pkcs8.Span))
        {
            publicKey = signer.PublicKey;
        }

        Pair final = new(prefix + ".key", prefix + ".pub");
        Refuse(final, force);
        byte[] privateText = CosignKeyFile.Seal(pkcs8.Span, password.Span);
        byte[] publicText = Encoding.ASCII.GetBytes(publicKey.ToPem());
        string suffix = $".{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.tmp";
        Pair temporary = new(final.Key + suffix, final.Public + suffix);
        try
        {
            await CreateAsync(temporary.Key, privateText, PrivateMode, cancel).ConfigureAwait(false);
            await CreateAsync(temporary.Public, publicText, PublicMode, cancel).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            if (force)
            {
                Replace(temporary, final, temporary.Public + "2");
            }
            else
            {
                Claim(temporary, final);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"The key pair '{prefix}' cannot be written: {e.Message}", e);
        }
        finally
        {
            Remove(temporary.Key);
            Remove(temporary.Public);
        }

        return new SigstoreKeyPair
        {
            Reference = final.Key,
            PrivateKeyPath = final.Key,
            PublicKeyPath = final.Public,
            Algorithm = publicKey.Algorithm.Name,
            KeyId = publicKey.KeyId,
            PublicKey = publicKey.ToPem(),
        };
    }

    /// <summary>The cheap answer, before scrypt takes its time; <see cref="Claim"/> has the last word.</summary>
    private static void Refuse(Pair final, bool force)
    {
        string? directory = Path.GetDirectoryName(final.Key);
        if (!string.IsNullOrEmpty(directory) && !Directory.Exists(directory))
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"The directory '{directory}' does not exist.");
        }

        foreach (string path in new[] { final.Key, final.Public })
        {
            if (!force && Path.Exists(path))
            {
                throw Exists(path);
            }
        }
    }

    /// <summary>
    /// The final names are taken by O_EXCL, then our own empty files are replaced. File.Move without overwriting would
    /// not do: on Unix it looks first and renames then, and destroys what came in between.
    /// </summary>
    private static void Claim(Pair temporary, Pair final)
    {
        List<string> claimed = [];
        try
        {
            foreach ((string path, UnixFileMode mode) in new[]
                { (final.Key, PrivateMode), (final.Public, PublicMode) })
            {
                try
                {
                    using FileStream claim = new(path, NewFile(mode));
                }
                catch (IOException) when (Path.Exists(path))
                {
                    throw Exists(path);
                }

                claimed.Add(path);
            }

            File.Move(temporary.Public, final.Public, overwrite: true);
            File.Move(temporary.Key, final.Key, overwrite: true);
        }
        catch
        {
            claimed.ForEach(Remove);
            throw;
        }
    }

    /// <summary>
    /// The private key goes last, in one rename: up to there the old one is untouched, and the old public key, kept
    /// aside under another name, comes back if the rename fails.
    /// </summary>
    private static void Replace(Pair temporary, Pair final, string aside)
    {
        bool hadPublic = File.Exists(final.Public);
        if (hadPublic)
        {
            File.Move(final.Public, aside);
        }

        try
        {
            File.Move(temporary.Public, final.Public, overwrite: true);
            File.Move(temporary.Key, final.Key, overwrite: true);
        }
        catch
        {
            if (hadPublic)
            {
                File.Move(aside, final.Public, overwrite: true);
            }
            else
            {
                Remove(final.Public);
            }

            throw;
        }

        Remove(aside);
    }

    private static async Task CreateAsync(string path, byte[] content, UnixFileMode mode, CancellationToken cancel)
    {
        FileStream file = new(path, NewFile(mode));
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(content, cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }
    }

    /// <summary>The mode goes to open(2): a chmod afterwards would leave a moment in which others can read.</summary>
    private static FileStreamOptions NewFile(UnixFileMode mode)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        return options;
    }

    /// <summary>Clean-up after success or a failure that is already on its way to the user.</summary>
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static SigstoreException Exists(string path) =>
        new(SigstoreErrorCode.FileExists, $"'{path}' exists; use -Force to replace it, or another -OutputPrefix.");

    private sealed record Pair(string Key, string Public);
}
