using System.Management.Automation;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Commands;

/// <summary>
/// PowerShell paths to file system paths; pipeline thread only. The process has a working directory of its own that
/// Set-Location does not move, so nothing else may turn a relative path into a full one.
/// </summary>
internal sealed class PathResolver(PSCmdlet cmdlet)
{
    /// <summary>The existing files of one -Path (wildcards) or -LiteralPath.</summary>
    /// <exception cref="SigstoreException">PathNotFound: nothing matches, or not the file system.</exception>
    public IReadOnlyList<string> Existing(string path, bool literal)
    {
        if (literal)
        {
            string file = Unresolved(path);
            return File.Exists(file) || Directory.Exists(file) ? [file] : throw Missing(path);
        }

        return Guarded(path, () =>
        {
            IReadOnlyList<string> found =
                [.. cmdlet.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider)];
            RequireFileSystem(path, provider);

            // A pattern without a match gives nothing and no error: `a[1].bin` piped by name would sign nothing.
            return found.Count > 0 ? found : throw Missing(path);
        });
    }

    /// <summary>The one existing file that a parameter such as -PayloadPath names.</summary>
    public string ExistingFile(string path)
    {
        string file = Unresolved(path);
        return File.Exists(file) ? file : throw Missing(path);
    }

    /// <summary>A path that need not exist, wildcards taken literally.</summary>
    public string Unresolved(string path) => Guarded(path, () =>
    {
        string file = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(
            path, out ProviderInfo provider, out PSDriveInfo _);
        RequireFileSystem(path, provider);
        return file;
    });

    /// <summary>
    /// The full path of a key pair to be written; what is in the way is told before anybody types a password.
    /// </summary>
    public string KeyPairPrefix(string path, bool force)
    {
        string prefix = Unresolved(path);
        Refuse($"{prefix}.key", force);
        Refuse($"{prefix}.pub", force);
        return prefix;
    }

    /// <summary>The file of the public key alone, refused early if it exists.</summary>
    public string PublicKeyPath(string prefix, bool force)
    {
        string file = $"{Unresolved(prefix)}.pub";
        Refuse(file, force);
        return file;
    }

    /// <summary>An image reference; the directory of a layout is taken relative to the current location.</summary>
    public ImageReference Image(string text)
    {
        ImageReference reference = ImageReference.Parse(text);
        return reference.IsLayout ? reference.WithLayoutDirectory(Unresolved(reference.Repository)) : reference;
    }

    /// <summary>The content of a file a user named, bounded.</summary>
    public byte[] Read(string path, long limit) => BoundedFile.TryRead(ExistingFile(path), limit) ?? throw Missing(path);

    private static T Guarded<T>(string path, Func<T> resolve)
    {
        try
        {
            return resolve();
        }
        catch (ItemNotFoundException)
        {
            throw Missing(path);
        }
        catch (Exception e) when (e is SessionStateException or PSArgumentException or NotSupportedException)
        {
            throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"'{path}' was not found: {e.Message}", e);
        }
    }

    private static void RequireFileSystem(string path, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"'{path}' is a path of provider {provider.Name}, not of a file.");
        }
    }

    private static SigstoreException Missing(string path) =>
        new(SigstoreErrorCode.PathNotFound, $"'{path}' was not found.");

    private static void Refuse(string file, bool force)
    {
        if (!force && File.Exists(file))
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists, $"'{file}' exists; give -Force to overwrite it, or another -OutputPrefix.");
        }
    }
}
