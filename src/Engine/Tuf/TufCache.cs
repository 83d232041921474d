using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Tuf;

/// <summary>Which files of a cache belong together; replaced as one file, so that nobody sees half a change.</summary>
/// <param name="Generation">Folder of everything since the cache was initialized.</param>
/// <param name="Set">Folder of metadata that was verified as a whole; null when no refresh has been completed.</param>
/// <param name="Root">Version of the root it was verified with.</param>
/// <param name="Refreshed">When the repository was last asked.</param>
/// <param name="Id">Another one after each refresh.</param>
internal sealed record TufCachePointer(string Generation, string? Set, int Root, DateTimeOffset? Refreshed, string Id);

/// <summary>
/// What one user keeps of one TUF repository, below cosign's cache folder but in a folder of its own
/// (<c>sigstoreps/&lt;mirror&gt;</c>): cosign writes its files one by one and without a lock, so a kill or a second
/// process would leave a mixture in them. Nothing here is trusted: all is verified each time it is read.
/// <code>
/// current.json                    which generation and set count
/// &lt;generation&gt;/root/15.root.json  the chain of roots; the first one is where trust starts
/// &lt;generation&gt;/seen/              newest timestamp and snapshot that verified: nothing older is taken (rollback)
/// &lt;generation&gt;/sets/&lt;set&gt;/        timestamp, snapshot, targets and delegated roles that belong together
/// &lt;generation&gt;/targets/           by hashes and name
/// </code>
/// </summary>
/// <param name="root">The folder that holds caches.</param>
/// <param name="mirror">Which repository it is of.</param>
/// <param name="written">Told after each write.</param>
/// <param name="shared">The folder is cosign's as well, which is told of the mirror.</param>
internal sealed class TufCache(string root, TufMirror mirror, Action<string>? written = null, bool shared = true)
{
    private const int PointerSize = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly TufCacheFiles _files = new(written);

    public string Folder { get; } = Path.Combine(root, "sigstoreps", mirror.CacheName);

    /// <summary>Whether what is written stays.</summary>
    public bool Works => _files.Broken is null;

    private string PointerFile => Path.Combine(Folder, "current.json");

    public static string NewName() => Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);

    /// <summary>
    /// One refresh at a time. The lock is held by the open file: it ends with the process, however that ends. Null
    /// where no lock can be had because nothing can be written.
    /// </summary>
    /// <exception cref="SigstoreException">TufUnavailable: another process holds it too long.</exception>
    public async Task<IDisposable?> LockAsync(CancellationToken cancel)
    {
        string path = Path.Combine(Folder, "lock");
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Folder);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (IsHeld(e))
            {
                if (TimeProvider.System.GetElapsedTime(start) > Limits.TufLock)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.TufUnavailable,
                        $"Another process keeps the TUF cache in '{Folder}' locked.", e);
                }

                await Task.Delay(Pause, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    public async Task<TufCachePointer?> ReadPointerAsync(CancellationToken cancel)
    {
        byte[]? text = await TufCacheFiles.ReadAsync(PointerFile, PointerSize, cancel).ConfigureAwait(false);
        try
        {
            using JsonDocument? document = text is null ? null : StrictJson.Parse(text);
            if (document?.RootElement is not { } pointer)
            {
                return null;
            }

            string? set = StrictJson.OptionalString(pointer, "set");
            string? refreshed = StrictJson.OptionalString(pointer, "refreshed");
            return new TufCachePointer(
                Name(StrictJson.String(pointer, "generation")),
                set is null ? null : Name(set),
                pointer.GetProperty("root").GetInt32(),
                refreshed is null ? null : DateTimeOffset.Parse(
                    refreshed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                StrictJson.String(pointer, "id"));
        }
        catch (Exception e) when (
            e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    public Task WritePointerAsync(TufCachePointer pointer, CancellationToken cancel) => _files.WriteAsync(
        PointerFile,
        CompactJson.Bytes(new JsonObject
        {
            ["generation"] = pointer.Generation,
            ["set"] = pointer.Set,
            ["root"] = pointer.Root,
            ["refreshed"] = pointer.Refreshed?.ToString("O", CultureInfo.InvariantCulture),
            ["id"] = pointer.Id,
            ["mirror"] = mirror.ToString(),
        }),
        cancel);

    /// <summary>The root that trust in a repository of one's own starts from; null when it was never given.</summary>
    public async Task<byte[]?> ReadFirstRootAsync(string? generation, CancellationToken cancel)
    {
        string folder = Path.Combine(Folder, generation ?? "none", "root");
        int? first = null;
        try
        {
            first = Directory.EnumerateFiles(folder, "*.root.json")
                .Select(static f => int.TryParse(
                    Path.GetFileName(f).AsSpan(0, Path.GetFileName(f).IndexOf('.', StringComparison.Ordinal)),
                    NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : (int?)null)
                .Min();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            first = null;
        }

        return first is { } version && generation is not null
            ? await ReadRootAsync(generation, version, cancel).ConfigureAwait(false)
            : await TufCacheFiles.ReadAsync(
                Path.Combine(root, mirror.CosignName, "root.json"), Limits.TufRoot, cancel).ConfigureAwait(false);
    }

    public Task<byte[]?> ReadRootAsync(string generation, int version, CancellationToken cancel) =>
        TufCacheFiles.ReadAsync(RootFile(generation, version), Limits.TufRoot, cancel);

    public Task WriteRootAsync(string generation, int version, ReadOnlyMemory<byte> root, CancellationToken cancel) =>
        _files.WriteAsync(RootFile(generation, version), root, cancel);

    public Task<byte[]?> ReadSeenAsync(string generation, string role, CancellationToken cancel) =>
        TufCacheFiles.ReadAsync(SeenFile(generation, role), Limits.TufSnapshot, cancel);

    public Task WriteSeenAsync(string generation, TufMetadata metadata, string role, CancellationToken cancel) =>
        _files.WriteAsync(SeenFile(generation, role), metadata.Bytes, cancel);

    /// <summary>Section 5.3.11: recovery from a fast-forward attack.</summary>
    public void ForgetSeen(string generation)
    {
        TufCacheFiles.Delete(SeenFile(generation, "timestamp"));
        TufCacheFiles.Delete(SeenFile(generation, "snapshot"));
    }

    public Task<byte[]?> ReadSetAsync(TufCachePointer pointer, string role, CancellationToken cancel) =>
        pointer.Set is null
            ? Task.FromResult<byte[]?>(null)
            : TufCacheFiles.ReadAsync(SetFile(pointer.Generation, pointer.Set, role), Limits.TufTargets, cancel);

    public Task WriteSetAsync(
        TufCachePointer pointer, string role, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        _files.WriteAsync(SetFile(pointer.Generation, pointer.Set!, role), content, cancel);

    /// <summary>
    /// Delegated roles that the old set had go on in the new one; what no longer fits is fetched again.
    /// </summary>
    public async Task CarryDelegatedAsync(TufCachePointer from, TufCachePointer to, CancellationToken cancel)
    {
        foreach (string file in from.Set is null ? [] : FilesOf(SetFolder(from), "delegated.*.json"))
        {
            if (await TufCacheFiles.ReadAsync(file, Limits.TufTargets, cancel).ConfigureAwait(false) is { } content)
            {
                await _files.WriteAsync(Path.Combine(SetFolder(to), Path.GetFileName(file)), content, cancel)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>A target by what its metadata says of it; null when there is none that is exactly that.</summary>
    public async Task<byte[]?> ReadTargetAsync(string generation, TufTarget target, CancellationToken cancel)
    {
        byte[]? content = await TufCacheFiles
            .ReadAsync(TargetFile(generation, target), Limits.TufTarget, cancel).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        try
        {
            TufTrust.CheckFile(content, target.Length, target.Hashes, target.Path, SigstoreErrorCode.MetadataMismatch);
            return content;
        }
        catch (SigstoreException)
        {
            return null;
        }
    }

    public Task WriteTargetAsync(
        string generation, TufTarget target, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        _files.WriteAsync(TargetFile(generation, target), content, cancel);

    /// <summary>Removes what no pointer of now or just before names. Best effort: it is only disk space.</summary>
    public void Sweep(TufCachePointer? before, TufCachePointer now)
    {
        string[] generations = [now.Generation, before?.Generation ?? now.Generation];
        string[] sets = [now.Set ?? "", before?.Set ?? ""];
        foreach (string folder in FoldersOf(Folder).Where(f => !generations.Contains(Path.GetFileName(f))))
        {
            TufCacheFiles.DeleteFolder(folder);
        }

        foreach (string set in FoldersOf(Path.Combine(Folder, now.Generation, "sets")).Where(
            f => !sets.Contains(Path.GetFileName(f))))
        {
            TufCacheFiles.DeleteFolder(set);
        }
    }

    /// <summary>
    /// Tells cosign of the mirror, in its own files and words: from these two it makes the rest of its cache itself.
    /// The first root of the public repository it has itself.
    /// </summary>
    public async Task TellCosignAsync(ReadOnlyMemory<byte> firstRoot, CancellationToken cancel)
    {
        if (!shared)
        {
            return;
        }

        if (!mirror.IsPublic)
        {
            await _files.WriteAsync(
                Path.Combine(root, mirror.CosignName, "root.json"), firstRoot, cancel).ConfigureAwait(false);
        }

        await _files.WriteAsync(
            Path.Combine(root, "remote.json"),
            CompactJson.Bytes(new JsonObject { ["mirror"] = mirror.ToString() }), cancel).ConfigureAwait(false);
    }

    /// <summary>The mirror this cache was initialized with, by us or by cosign; null when it never was.</summary>
    public static async Task<string?> ReadMirrorAsync(string root, CancellationToken cancel)
    {
        byte[]? text = await TufCacheFiles.ReadAsync(
            Path.Combine(root, "remote.json"), PointerSize, cancel).ConfigureAwait(false);
        try
        {
            using JsonDocument? document = text is null ? null : StrictJson.Parse(text);
            return document is null ? null : StrictJson.OptionalString(document.RootElement, "mirror");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Whom the user chose to trust cannot be told any more; the public repository is not what was chosen.
            throw new SigstoreException(
                SigstoreErrorCode.TrustRootUnavailable,
                $"'{Path.Combine(root, "remote.json")}' is damaged; run Initialize-SigstoreTrustRoot again.", e);
        }
    }

    private static string Name(string text) =>
        text.Length is > 0 and < 32 && !text.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789")
            ? text
            : throw new FormatException("a folder of the cache has a strange name");

    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; EWOULDBLOCK of Linux and of macOS.
    private static bool IsHeld(IOException e) => (uint)e.HResult is 0x80070020 or 0x80070021 or 11 or 35;

    private static string[] FilesOf(string folder, string pattern)
    {
        try
        {
            return Directory.GetFiles(folder, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string[] FoldersOf(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private string RootFile(string generation, int version) => Path.Combine(
        Folder, generation, "root", $"{version.ToString(CultureInfo.InvariantCulture)}.root.json");

    private string SeenFile(string generation, string role) => Path.Combine(Folder, generation, "seen", $"{role}.json");

    private string SetFolder(TufCachePointer pointer) => Path.Combine(Folder, pointer.Generation, "sets", pointer.Set!);

    private string SetFile(string generation, string set, string role) => Path.Combine(
        Folder, generation, "sets", set,
        role is "timestamp" or "snapshot" or "targets" ? $"{role}.json" : $"delegated.{TufPath.FileName(role)}.json");

    /// <summary>All hashes are in the name: a target of the same name and other content is another file.</summary>
    private string TargetFile(string generation, TufTarget target)
    {
        string hashes = string.Join(',', target.Hashes.OrderBy(static h => h.Key, StringComparer.Ordinal));
        return Path.Combine(
            Folder, generation, "targets",
            $"{TufPath.HashOf(hashes)[..32]}.{TufPath.FileName(TufPath.Segments(target.Path)[^1])}");
    }
}
