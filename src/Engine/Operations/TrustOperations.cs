using System.Collections.Concurrent;
using System.Net;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Tuf;

namespace SigstorePS.Operations;

/// <summary>
/// Trust roots and signing configurations from TUF repositories. One refresh at a time for each repository, however
/// many verifications wait for it, and none while the last is fresh enough.
/// </summary>
internal sealed class TrustOperations
{
    private const string TrustedRootTarget = "trusted_root.json";
    private const string SigningConfigTarget = "signing_config.v0.2.json";
    private const string SigningConfigRekorV2Target = "signing_config_rekor_v2.v0.2.json";

    /// <summary>The public repository of sigstore.</summary>
    public static readonly Uri PublicMirror = TufMirror.Public.Address;

    private readonly Func<string, string?> _environment;
    private readonly string _home;
    private readonly TimeProvider _clock;
    private readonly HttpChannel _channel;
    private readonly Func<TufMirror, ITufSource> _open;
    private readonly ConcurrentDictionary<(TufMirror Mirror, string? Instance, bool Offline), SharedTrust> _shared = [];

    /// <param name="environment">Looks up TUF_ROOT, TUF_MIRROR, TUF_ROOT_JSON and XDG_CONFIG_HOME.</param>
    /// <param name="home">Where <c>.sigstore/root</c> and <c>.config</c> are.</param>
    /// <param name="channel">Reaches mirrors.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="open">Opens a mirror; null: as its address says.</param>
    public TrustOperations(
        Func<string, string?> environment, string home, HttpChannel channel, TimeProvider clock,
        Func<TufMirror, ITufSource>? open = null)
    {
        _environment = environment;
        _home = home;
        _channel = channel;
        _clock = clock;
        _open = open ?? (mirror => mirror.Open(channel));
    }

    /// <summary>Private deployments by name.</summary>
    public TrustInstances Instances => TrustInstances.Of(_environment, _home);

    /// <summary>cosign's folder for what it keeps of TUF repositories.</summary>
    private string CacheFolder =>
        Variable("TUF_ROOT") is { } folder ? Path.GetFullPath(folder) : Path.Combine(_home, ".sigstore", "root");

    /// <summary>The trust root of a repository or an instance: its trusted_root.json, or its older targets.</summary>
    /// <exception cref="SigstoreException">
    /// As <see cref="TufRepository.OpenAsync"/>; MalformedTrustRoot, Unsupported; InstanceNotFound, InvalidValue,
    /// ContradictoryPolicy.
    /// </exception>
    public async Task<SigstoreTrustRoot> GetAsync(TrustRequest request, CancellationToken cancel)
    {
        TrustPlace place = await PlaceAsync(request, cancel).ConfigureAwait(false);
        return place.Instance is { TrustedRoot: { } content, Mirror: null } files
            ? TrustFiles.ReadTrustRoot(content, files.TrustedRootPath, _clock.GetUtcNow())
            : (await OpenAsync(place, request, cancel).ConfigureAwait(false)).Root;
    }

    /// <summary>The same, asking the repository unless it was asked within <see cref="TrustRequest.MaxAge"/>.</summary>
    /// <exception cref="SigstoreException">As <see cref="GetAsync"/>; InvalidValue: an instance of files.</exception>
    public async Task<SigstoreTrustRoot> UpdateAsync(TrustRequest request, CancellationToken cancel)
    {
        TrustPlace place = await PlaceAsync(request, cancel).ConfigureAwait(false);
        return place.Instance is { Mirror: null } files
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"The instance '{files.Name}' has no TUF repository to ask; Initialize-SigstoreTrustRoot -Instance "
                + $"{files.Name} -TrustedRoot takes a new trust root.")
            : (await OpenAsync(place, request with { Offline = false }, cancel).ConfigureAwait(false)).Root;
    }

    /// <summary>The signing configuration that comes with a trust root.</summary>
    /// <param name="request">Which repository or instance, and how fresh.</param>
    /// <param name="rekorV2">The one that names logs of version 2; an instance's own file is one for all.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">As <see cref="GetAsync"/>; TargetNotFound,
    /// MalformedSigningConfig.</exception>
    public async Task<SigstoreSigningConfig> GetSigningConfigAsync(
        TrustRequest request, bool rekorV2, CancellationToken cancel)
    {
        TrustPlace place = await PlaceAsync(request, cancel).ConfigureAwait(false);
        if (place.Instance is { SigningConfig: { } own } instance)
        {
            return TrustFiles.ReadSigningConfig(own, instance.SigningConfigPath, _clock.GetUtcNow());
        }

        byte[] content = await GetTargetAsync(
            place, request, rekorV2 ? SigningConfigRekorV2Target : SigningConfigTarget, cancel).ConfigureAwait(false);
        return TrustFiles.ReadSigningConfig(content, place.Mirror!.ToString(), _clock.GetUtcNow());
    }

    /// <summary>Any target of a repository, delegated ones too.</summary>
    /// <exception cref="SigstoreException">As <see cref="TufView.ReadAsync(string, CancellationToken)"/>.</exception>
    public async Task<byte[]> GetTargetAsync(TrustRequest request, string name, CancellationToken cancel) =>
        await GetTargetAsync(await PlaceAsync(request, cancel).ConfigureAwait(false), request, name, cancel)
            .ConfigureAwait(false);

    /// <summary>
    /// Starts a cache anew and makes its mirror the one that is used when none is named, or keeps it under the name of
    /// an instance. Until that has succeeded what was there stays.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// As <see cref="GetAsync"/>; PathNotFound, DigestMismatch, InvalidValue, FileUnavailable.
    /// </exception>
    public async Task<SigstoreTrustRoot> InitializeAsync(TrustInitialization wanted, CancellationToken cancel)
    {
        string? folder = wanted.Instance is null ? null : Instances.FolderOf(wanted.Instance);
        if (wanted.TrustedRoot is { } files)
        {
            TrustInstance kept = Instance(wanted, folder!) with { TrustedRoot = Encoding.UTF8.GetBytes(files.Json) };
            await Instances.WriteAsync(kept, cancel).ConfigureAwait(false);
            return await GetAsync(new TrustRequest { Instance = kept.Name }, cancel).ConfigureAwait(false);
        }

        TufMirror mirror = wanted.Mirror is null ? TufMirror.Public : TufMirror.Of(wanted.Mirror);
        TufCache cache = Cache(mirror, wanted.Instance);
        byte[] root = await FirstRootAsync(wanted, mirror, cache, cancel).ConfigureAwait(false);
        Check(root, wanted);
        TufView view = await Repository(mirror, cache, root).InitializeAsync(root, cancel).ConfigureAwait(false);
        if (!cache.Works)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"The TUF cache in '{cache.Folder}' cannot be written.");
        }

        SigstoreTrustRoot trusted = (await ReadAsync(view, cancel).ConfigureAwait(false)).Root;
        if (folder is not null)
        {
            await Instances.WriteAsync(
                Instance(wanted, folder) with { Mirror = mirror, FirstRoot = root }, cancel).ConfigureAwait(false);
        }

        _shared.Clear();
        return trusted;
    }

    /// <summary>
    /// The address that is used: the one given, TUF_MIRROR, what the cache was initialized with, the public one.
    /// </summary>
    public async Task<TufMirror> MirrorAsync(Uri? given, CancellationToken cancel)
    {
        if (given is not null)
        {
            return TufMirror.Of(given);
        }

        string? text = Variable("TUF_MIRROR")
            ?? await TufCache.ReadMirrorAsync(CacheFolder, cancel).ConfigureAwait(false);
        return text is null ? TufMirror.Public : TufMirror.Parse(text);
    }

    private async Task<TrustPlace> PlaceAsync(TrustRequest request, CancellationToken cancel)
    {
        if (request.Instance is not { } name)
        {
            return new TrustPlace(await MirrorAsync(request.Mirror, cancel).ConfigureAwait(false), null);
        }

        if (request.Mirror is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Instance and -Mirror both say whom to ask: give one.");
        }

        TrustInstance instance = await Instances.GetAsync(name, cancel).ConfigureAwait(false);
        return new TrustPlace(instance.Mirror, instance);
    }

    /// <summary>
    /// An instance has a cache of its own: the same mirror may have been set up with another root without a name, and
    /// neither may decide where the other's trust starts.
    /// </summary>
    private TufCache Cache(TufMirror mirror, string? instance) => instance is null
        ? new TufCache(CacheFolder, mirror)
        : new TufCache(Path.Combine(CacheFolder, "sigstoreps", "instances", instance), mirror, shared: false);

    private static TrustInstance Instance(TrustInitialization wanted, string folder) => new()
    {
        Name = wanted.Instance!,
        Folder = folder,
        SigningConfig = wanted.SigningConfig is { } config ? Encoding.UTF8.GetBytes(config.Json) : null,
    };

    private async Task<byte[]> GetTargetAsync(
        TrustPlace place, TrustRequest request, string name, CancellationToken cancel)
    {
        if (place.Mirror is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TargetNotFound,
                $"The instance '{place.Instance!.Name}' has no {name}; Initialize-SigstoreTrustRoot -Instance "
                + $"{place.Instance.Name} takes a signing configuration as -SigningConfig.");
        }

        OpenedTrust opened = await OpenAsync(place, request, cancel).ConfigureAwait(false);
        return await opened.View.ReadAsync(name, cancel).ConfigureAwait(false);
    }

    private async Task<OpenedTrust> OpenAsync(TrustPlace place, TrustRequest request, CancellationToken cancel)
    {
        TufMirror mirror = place.Mirror!;
        string? instance = place.Instance?.Name;
        SharedTrust shared = _shared.GetOrAdd((mirror, instance, request.Offline), static _ => new SharedTrust());
        byte[]? first = place.Instance?.FirstRoot ?? await ChosenRootAsync(mirror, cancel).ConfigureAwait(false);
        return await shared.GetAsync(
            request.MaxAge, _clock,
            async () => await ReadAsync(
                await Repository(mirror, Cache(mirror, instance), first)
                    .OpenAsync(request.Offline, request.MaxAge, CancellationToken.None).ConfigureAwait(false),
                CancellationToken.None).ConfigureAwait(false),
            cancel).ConfigureAwait(false);
    }

    private TufRepository Repository(TufMirror mirror, TufCache cache, byte[]? first) => new(
        mirror, _open(mirror), cache, first is null ? (ReadOnlyMemory<byte>?)null : first, Needed, _clock);

    /// <summary>What must be there before a refresh counts, so that an offline run finds all of one state.</summary>
    private static IEnumerable<TufTarget> Needed(TufTargets targets)
    {
        foreach (string name in (string[])[TrustedRootTarget, SigningConfigTarget, SigningConfigRekorV2Target])
        {
            if (targets.Targets.TryGetValue(name, out TufTarget? target))
            {
                yield return target;
            }
        }

        foreach (TufTarget target in targets.Targets.ContainsKey(TrustedRootTarget) ? [] : LegacyTargets.In(targets))
        {
            yield return target;
        }
    }

    private async Task<OpenedTrust> ReadAsync(TufView view, CancellationToken cancel)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        SigstoreTrustRoot root =
            await view.TryReadAsync(TrustedRootTarget, cancel).ConfigureAwait(false) is { } content
                ? TrustFiles.ReadTrustRoot(content, view.Mirror.ToString(), now)
                : TrustFiles.Describe(
                    await LegacyTargets.ReadAsync(view, cancel).ConfigureAwait(false), view.Mirror.ToString(), now);
        root.Versions = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["root"] = view.Trust.Root.Version,
            ["timestamp"] = view.Trust.Timestamp!.Version,
            ["snapshot"] = view.Trust.Snapshot!.Version,
            ["targets"] = view.Trust.Targets!.Version,
        };
        root.Expires = view.Trust.Expires;
        root.LastRefreshed = view.Refreshed;
        return new OpenedTrust(view, root, now);
    }

    /// <summary>Null: the cache says.</summary>
    private async Task<byte[]?> ChosenRootAsync(TufMirror mirror, CancellationToken cancel) =>
        Variable("TUF_ROOT_JSON") is { } path
            ? await ReadFileAsync(Path.GetFullPath(path), cancel).ConfigureAwait(false)
        : mirror.IsPublic ? Embedded()
        : null;

    private async Task<byte[]> FirstRootAsync(
        TrustInitialization wanted, TufMirror mirror, TufCache cache, CancellationToken cancel)
    {
        if (wanted.Root is { } root)
        {
            return Uri.TryCreate(root, UriKind.Absolute, out Uri? url) && !url.IsFile
                ? await DownloadAsync(url, wanted.RootChecksum is not null, cancel).ConfigureAwait(false)
                : await ReadFileAsync(url?.LocalPath ?? root, cancel).ConfigureAwait(false);
        }

        TufCachePointer? pointer = await cache.ReadPointerAsync(cancel).ConfigureAwait(false);
        return await ChosenRootAsync(mirror, cancel).ConfigureAwait(false)
            ?? await cache.ReadFirstRootAsync(pointer?.Generation, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.TrustRootUnavailable,
                $"Nothing says whom to trust in {mirror}; give its first root.json as -RootPath.");
    }

    private async Task<byte[]> DownloadAsync(Uri url, bool checkedLater, CancellationToken cancel)
    {
        if (!checkedLater && url.Scheme != Uri.UriSchemeHttps)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"A root from {url.GetLeftPart(UriPartial.Path)} could be anybody's; give its checksum as -RootChecksum.");
        }

        if (!checkedLater)
        {
            AmbientReports.Send(EngineReport.Warning(
                $"The root from {url.Authority} is trusted because TLS says so; give its checksum as -RootChecksum."));
        }

        HttpReply reply = await _channel
            .SendAsync(new HttpCall(HttpMethod.Get, url) { BodyLimit = Limits.TufRoot }, cancel).ConfigureAwait(false);
        return reply.Status == HttpStatusCode.OK ? reply.Body : throw new SigstoreException(
            SigstoreErrorCode.TufUnavailable,
            $"{url.GetLeftPart(UriPartial.Path)} answered with HTTP {(int)reply.Status}.");
    }

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancel) =>
        await TufCacheFiles.ReadAsync(path, Limits.TufRoot, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
            SigstoreErrorCode.PathNotFound, $"'{path}' cannot be read, or is over {Limits.TufRoot} bytes.");

    private static void Check(byte[] root, TrustInitialization wanted)
    {
        if (wanted.RootChecksum is not { } checksum)
        {
            return;
        }

        string text = checksum.ToLowerInvariant();
        if (!Digest.TryParse(
            text.Contains(':', StringComparison.Ordinal) ? text : $"sha256:{text}", out Digest? digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(checksum, 200)}' is not a checksum; give hex, sha256:hex or sha512:hex.");
        }

        Digest actual = Digest.OfSameAlgorithm(digest, root);
        if (actual != digest)
        {
            throw new SigstoreException(
                SigstoreErrorCode.DigestMismatch, $"The root has the checksum {actual}, not {digest}.");
        }
    }

    private string? Variable(string name) => _environment(name) is { Length: > 0 } value ? value : null;

    private static byte[] Embedded()
    {
        using Stream resource = typeof(TufRepository).Assembly.GetManifestResourceStream("root.json")
            ?? throw new InvalidOperationException("the build left out the root of the public repository");
        byte[] root = new byte[resource.Length];
        resource.ReadExactly(root);
        return root;
    }
}

/// <summary>Where trust is taken from. The mirror is null for an instance of files.</summary>
internal sealed record TrustPlace(TufMirror? Mirror, TrustInstance? Instance);
