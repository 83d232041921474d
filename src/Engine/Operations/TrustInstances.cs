using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SigstorePS.Encodings;
using SigstorePS.Tuf;

namespace SigstorePS.Operations;

/// <summary>
/// Private deployments under names, in the user's configuration folder. A folder each, replaced as a whole:
/// <code>
/// instance.json        version, and the mirror if it has one
/// root.json            where trust in the mirror starts
/// trusted_root.json    without a mirror
/// signing_config.json  if one was given
/// </code>
/// What cannot be read is an error and never the public sigstore instead.
/// </summary>
/// <param name="folder">Null: there is no such folder, and no instance.</param>
internal sealed partial class TrustInstances(string? folder)
{
    public const string TrustedRootFile = "trusted_root.json";
    public const string SigningConfigFile = "signing_config.json";
    private const string FirstRootFile = "root.json";
    private const string DescriptionFile = "instance.json";
    private const int Version = 1;
    private const int DescriptionSize = 16 * 1024;
    private const UnixFileMode FileMode0644 =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>By XDG_CONFIG_HOME where it is set, else the user's own configuration folder of this system.</summary>
    public static TrustInstances Of(Func<string, string?> environment, string home)
    {
        string? root = environment("XDG_CONFIG_HOME") is { Length: > 0 } chosen && Path.IsPathFullyQualified(chosen)
            ? chosen
            : OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
                ? Environment.GetFolderPath(
                    Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify)
                : home.Length == 0 ? null : Path.Combine(home, ".config");
        return new TrustInstances(
            string.IsNullOrEmpty(root) ? null : Path.Combine(root, "sigstoreps", "instances"));
    }

    /// <summary>Names that exist, in order.</summary>
    public IReadOnlyList<string> Names()
    {
        try
        {
            return folder is null || !Directory.Exists(folder) ? [] :
            [
                .. Directory.EnumerateDirectories(folder).Select(static path => Path.GetFileName(path))
                    .Where(static name => Name().IsMatch(name)).Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The name, if it can be one: it becomes the name of a folder.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static string Check(string name) =>
        Name().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal) && !name.EndsWith('.')
            && !Device().IsMatch(name)
            ? name
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(name, 100)}' cannot name an instance: a-z, 0-9, '.', '_' and '-', beginning with a "
                + "letter or digit, at most 64 characters.");

    /// <summary>The instance of this name.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue, InstanceNotFound, TrustRootUnavailable, Unsupported.
    /// </exception>
    public async Task<TrustInstance> GetAsync(string name, CancellationToken cancel)
    {
        Check(name);
        string place = Path.Combine(folder ?? string.Empty, name);
        if (folder is null
            || await ReadAsync(place, DescriptionFile, DescriptionSize, cancel).ConfigureAwait(false) is not { } text)
        {
            // A folder that another process replaces at this moment is there again in the next.
            throw Directory.Exists(place) ? Damaged(name, "it has no instance.json") : Missing(name);
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(text);
            int version = document.RootElement.GetProperty("version").GetInt32();
            string? mirror = StrictJson.OptionalString(document.RootElement, "mirror");
            TrustInstance instance = new()
            {
                Name = name,
                Folder = place,
                Mirror = mirror is null ? null : TufMirror.Parse(mirror),
                FirstRoot = await ReadAsync(place, FirstRootFile, Limits.TufRoot, cancel).ConfigureAwait(false),
                TrustedRoot = await ReadAsync(place, TrustedRootFile, Limits.TrustedRoot, cancel).ConfigureAwait(false),
                SigningConfig =
                    await ReadAsync(place, SigningConfigFile, Limits.TrustedRoot, cancel).ConfigureAwait(false),
            };
            return version != Version ? throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The instance '{name}' is of version {version}; this module reads {Version}.")
                : (mirror is null ? instance.TrustedRoot : instance.FirstRoot) is null
                    ? throw Damaged(name, "a file of it is missing")
                    : instance;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException
            or KeyNotFoundException or SigstoreException { Code: SigstoreErrorCode.InvalidValue })
        {
            throw Damaged(name, e.Message, e);
        }
    }

    /// <summary>Where an instance of this name is or would be.</summary>
    /// <exception cref="SigstoreException">InvalidValue, FileUnavailable.</exception>
    public string FolderOf(string name) => Path.Combine(
        folder ?? throw new SigstoreException(
            SigstoreErrorCode.FileUnavailable, "There is no configuration folder of the user; set XDG_CONFIG_HOME."),
        Check(name));

    /// <summary>Keeps an instance, in place of the one of that name.</summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public async Task WriteAsync(TrustInstance instance, CancellationToken cancel)
    {
        string name = Path.GetRandomFileName();
        string made = Path.Combine(folder!, $".{name}.tmp");
        string old = Path.Combine(folder!, $".{name}.old");
        try
        {
            Directory.CreateDirectory(made);
            JsonObject description = new() { ["version"] = Version };
            if (instance.Mirror is not null)
            {
                description["mirror"] = instance.Mirror.ToString();
            }

            await PutAsync(made, FirstRootFile, instance.FirstRoot, cancel).ConfigureAwait(false);
            await PutAsync(made, TrustedRootFile, instance.TrustedRoot, cancel).ConfigureAwait(false);
            await PutAsync(made, SigningConfigFile, instance.SigningConfig, cancel).ConfigureAwait(false);
            await PutAsync(made, DescriptionFile, CompactJson.Bytes(description), cancel).ConfigureAwait(false);
            if (Directory.Exists(instance.Folder))
            {
                Directory.Move(instance.Folder, old);
            }

            Directory.Move(made, instance.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Restore(old, instance.Folder);
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"'{instance.Folder}' cannot be written: {e.Message}", e);
        }
        finally
        {
            Remove(made);
            Remove(old);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    /// <summary>Windows opens a device by these names, in whatever folder.</summary>
    [GeneratedRegex(@"\A(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Device();

    private static Task<byte[]?> ReadAsync(string place, string file, int limit, CancellationToken cancel) =>
        TufCacheFiles.ReadAsync(Path.Combine(place, file), limit, cancel);

    private static async Task PutAsync(string place, string file, byte[]? content, CancellationToken cancel)
    {
        if (content is null)
        {
            return;
        }

        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FileMode0644;
        }

        FileStream stream = new(Path.Combine(place, file), options);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(content, cancel).ConfigureAwait(false);
        }
    }

    private static void Restore(string old, string place)
    {
        if (Directory.Exists(old) && !Directory.Exists(place))
        {
            Directory.Move(old, place);
        }
    }

    private static void Remove(string place)
    {
        if (Directory.Exists(place))
        {
            TufCacheFiles.DeleteFolder(place);
        }
    }

    private SigstoreException Missing(string name)
    {
        IReadOnlyList<string> names = Names();
        return new SigstoreException(
            SigstoreErrorCode.InstanceNotFound,
            $"There is no instance '{name}'. "
            + (names.Count == 0 ? "None was set up" : $"There are: {string.Join(", ", names)}")
            + $"; Initialize-SigstoreTrustRoot -Instance {name} sets it up.");
    }

    private static SigstoreException Damaged(string name, string reason, Exception? inner = null) => new(
        SigstoreErrorCode.TrustRootUnavailable,
        $"The instance '{name}' is damaged ({reason.TrimEnd('.')}); run Initialize-SigstoreTrustRoot -Instance {name} "
        + "again.",
        inner);
}
