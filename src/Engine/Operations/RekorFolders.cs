using System.Collections.Concurrent;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>
/// Where tiles are cached and where heads of logs are remembered. Two places: a cache may be emptied at any time, and
/// must not take along what the logs have shown, or a fork would never be noticed. Null: nowhere.
/// </summary>
internal sealed record RekorFolders(string? Cache, string? State)
{
    public static RekorFolders None { get; } = new(null, null);

    /// <summary>By the XDG variables where they are set, else the user's own folders of this system.</summary>
    public static RekorFolders Of(Func<string, string?> environment, string home) => new(
        Below(Chosen(environment, "XDG_CACHE_HOME") ?? System(home, ".cache")),
        Below(Chosen(environment, "XDG_DATA_HOME") ?? System(home, ".local/share")));

    /// <summary>A folder name for a log: readable, and different for different addresses.</summary>
    public static string NameOf(Uri address)
    {
        string host = new([.. address.IdnHost.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_')]);
        return $"{host}-{Digest.Sha256(Encoding.UTF8.GetBytes(address.AbsoluteUri)).Hex[..12]}";
    }

    private static string? Chosen(Func<string, string?> environment, string name) =>
        environment(name) is { Length: > 0 } path && Path.IsPathFullyQualified(path) ? path : null;

    private static string? System(string home, string unix)
    {
        string root = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            : home.Length == 0 ? string.Empty : Path.Combine(home, unix);
        return root.Length == 0 ? null : root;
    }

    private static string? Below(string? root) => root is null ? null : Path.Combine(root, "SigstorePS", "rekor");
}

/// <summary>Which logs were found to be tiled.</summary>
internal sealed class RekorProtocols
{
    private readonly ConcurrentDictionary<Uri, bool> _tiled = new();

    public bool? Known(Uri address) => _tiled.TryGetValue(address, out bool tiled) ? tiled : null;

    public void Learn(Uri address, bool tiled) => _tiled[address] = tiled;
}
