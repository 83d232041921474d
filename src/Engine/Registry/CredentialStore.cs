using System.Collections.Concurrent;
using System.Text.Json;

namespace SigstorePS.Registry;

/// <summary>What of the surroundings decides where credentials are.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Home">The user's directory.</param>
internal sealed record CredentialEnvironment(Func<string, string?> Variable, string Home);

/// <summary>
/// Credentials as docker and podman keep them: their files, and the helpers these name. Order and lookup keys are
/// those of go-containerregistry, so that whoever is logged in for cosign is logged in here.
/// </summary>
internal sealed class CredentialStore
{
    private const string DockerHubKey = "https://index.docker.io/v1/";
    private static readonly string[] DockerHubHosts = ["index.docker.io", "docker.io", "registry-1.docker.io"];

    private readonly CredentialEnvironment _environment;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<(string Helper, string Server), Coalesced<HelperAnswer>> _answers = new();
    private volatile LoadedConfig? _loaded;

    public CredentialStore(CredentialEnvironment environment, TimeProvider? clock = null)
    {
        _environment = environment;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The credentials for a repository; null when there are none.</summary>
    /// <exception cref="SigstoreException">CredentialHelperFailed, FileUnavailable.</exception>
    public async Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancel)
    {
        if (ReadPath() is not { } path)
        {
            return null;
        }

        DockerConfig config = Load(path);
        string[] names = Names(registry, repository);
        try
        {
            if (HelperFor(config, registry, names) is { } helper
                && await AskAsync(helper.Helper, helper.Server, cancel).ConfigureAwait(false) is { } kept)
            {
                return kept;
            }

            return config.CredentialFor(names);
        }
        catch (FormatException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Keeps credentials where docker or podman would look for them.</summary>
    /// <returns>The file, or the helper's name.</returns>
    /// <exception cref="SigstoreException">CredentialHelperFailed, FileUnavailable.</exception>
    public async Task<string> StoreAsync(string registry, string user, string password, CancellationToken cancel)
    {
        string path = WritePath();
        DockerConfig config = Load(path);
        _answers.Clear();
        if (HelperFor(config, registry, Names(registry, null)) is { } helper)
        {
            await CredentialHelper.Find(helper.Helper, _environment.Variable("PATH"))
                .StoreAsync(helper.Server, user, password, cancel).ConfigureAwait(false);
            return $"docker-credential-{helper.Helper}";
        }

        config.Set(ServerKey(registry), user, password);
        await SaveAsync(path, config, cancel).ConfigureAwait(false);
        return path;
    }

    /// <summary>Removes the credentials of a registry from helper and file; false when there were none.</summary>
    /// <exception cref="SigstoreException">CredentialHelperFailed, FileUnavailable.</exception>
    public async Task<bool> EraseAsync(string registry, CancellationToken cancel)
    {
        string path = WritePath();
        DockerConfig config = Load(path);
        string[] names = Names(registry, null);
        _answers.Clear();
        bool erased = HelperFor(config, registry, names) is { } helper
            && await CredentialHelper.Find(helper.Helper, _environment.Variable("PATH"))
                .EraseAsync(helper.Server, cancel).ConfigureAwait(false);
        if (!config.Remove(names))
        {
            return erased;
        }

        await SaveAsync(path, config, cancel).ConfigureAwait(false);
        return true;
    }

    /// <summary>Lookup keys, the longest first: podman keeps credentials for a part of a registry too.</summary>
    private static string[] Names(string registry, string? repository)
    {
        bool hub = DockerHubHosts.Contains(registry);
        string[] hosts = hub ? DockerHubHosts : [registry];
        List<string> names = [];
        for (string path = repository ?? string.Empty; path.Length > 0;
            path = path[..Math.Max(path.LastIndexOf('/'), 0)])
        {
            names.AddRange(hosts.Select(h => $"{h}/{path}"));
        }

        return hub ? [.. names, DockerHubKey, .. hosts] : [.. names, .. hosts];
    }

    private static string ServerKey(string registry) => DockerHubHosts.Contains(registry) ? DockerHubKey : registry;

    private static (string Helper, string Server)? HelperFor(DockerConfig config, string registry, string[] names) =>
        config.HelperFor(names)
        ?? (string.IsNullOrEmpty(config.CredsStore) ? null : (config.CredsStore, ServerKey(registry)));

    private async Task<RegistryCredential?> AskAsync(string name, string server, CancellationToken cancel)
    {
        Coalesced<HelperAnswer> slot = _answers.GetOrAdd(
            (name, server), static (_, clock) => new Coalesced<HelperAnswer>(a => a.Until > clock.GetUtcNow()), _clock);
        HelperAnswer answer = await slot.GetAsync(AskOnceAsync, cancel).ConfigureAwait(false);
        return answer.Credential;

        async Task<HelperAnswer> AskOnceAsync()
        {
            RegistryCredential? credential = await CredentialHelper.Find(name, _environment.Variable("PATH"))
                .GetAsync(server, CancellationToken.None).ConfigureAwait(false);
            return new HelperAnswer(credential, _clock.GetUtcNow() + Limits.CredentialAge);
        }
    }

    /// <summary>
    /// docker's file if there is one at either of its places (then the one DOCKER_CONFIG names, even if that is the
    /// missing one), else podman's in its own order.
    /// </summary>
    private string? ReadPath()
    {
        string? named = Variable("DOCKER_CONFIG") is { } folder ? Path.Combine(folder, "config.json") : null;
        string home = Path.Combine(_environment.Home, ".docker", "config.json");
        if (File.Exists(home) || (named is not null && File.Exists(named)))
        {
            return named ?? home;
        }

        return PodmanPaths().FirstOrDefault(File.Exists);
    }

    private string WritePath() => ReadPath()
        ?? Path.Combine(Variable("DOCKER_CONFIG") ?? Path.Combine(_environment.Home, ".docker"), "config.json");

    private IEnumerable<string> PodmanPaths()
    {
        if (Variable("REGISTRY_AUTH_FILE") is { } file)
        {
            yield return file;
        }

        if (Variable("XDG_RUNTIME_DIR") is { } runtime)
        {
            yield return Path.Combine(runtime, "containers", "auth.json");
        }

        if (Variable("XDG_CONFIG_HOME") is { } configuration)
        {
            yield return Path.Combine(configuration, "containers", "auth.json");
        }
    }

    private string? Variable(string name) => _environment.Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Read again when it changed: somebody may log in while a session lasts.</summary>
    private DockerConfig Load(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
            {
                return DockerConfig.Empty;
            }

            if (_loaded is { } loaded && loaded.Path == path && loaded.Length == file.Length
                && loaded.Changed == file.LastWriteTimeUtc)
            {
                return DockerConfig.Parse(loaded.Content);
            }

            if (file.Length > Limits.DockerConfig)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"{path} is over {Limits.DockerConfig} bytes.");
            }

            byte[] content = File.ReadAllBytes(path);
            DockerConfig config = DockerConfig.Parse(content);
            _loaded = new LoadedConfig(path, file.Length, file.LastWriteTimeUtc, content);
            return config;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            throw Unreadable(path, e);
        }
    }

    private async Task SaveAsync(string path, DockerConfig config, CancellationToken cancel)
    {
        try
        {
            // A linked configuration stays linked.
            FileSystemInfo? linked = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true) : null;
            string target = linked?.FullName ?? path;
            string folder = Path.GetDirectoryName(target)!;
            if (!Directory.Exists(folder))
            {
                CreatePrivate(folder);
            }

            string temporary = Path.Combine(folder, $".config-{Guid.NewGuid():N}.tmp");
            try
            {
                FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                FileStream stream = new(temporary, options);
                await using (stream.ConfigureAwait(false))
                {
                    await stream.WriteAsync(config.ToBytes(), cancel).ConfigureAwait(false);
                }

                File.Move(temporary, target, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
                _loaded = null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"{path} could not be written: {e.Message}", e);
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The cause is told by its kind only: a parser's message may quote what is in the file.</summary>
    private static SigstoreException Unreadable(string path, Exception e) => new(
        SigstoreErrorCode.FileUnavailable,
        e is IOException or UnauthorizedAccessException
            ? $"{path} could not be read: {e.Message}"
            : $"{path} is not a docker configuration that can be read; correct it or give -Credential.");

    private sealed record HelperAnswer(RegistryCredential? Credential, DateTimeOffset Until);

    private sealed record LoadedConfig(string Path, long Length, DateTime Changed, byte[] Content);
}
