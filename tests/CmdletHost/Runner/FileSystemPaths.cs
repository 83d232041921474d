using System.Collections.ObjectModel;
using System.Management.Automation;
using Microsoft.PowerShell.Commands;
using DriveNotFoundException = System.Management.Automation.DriveNotFoundException;

namespace SigstorePS.CmdletHost;

/// <summary>The session's paths: a current location, drives, provider prefixes, "~" and wildcards.</summary>
internal sealed class FileSystemPaths(Session session)
{
    internal const string FileSystem = FileSystemProvider.ProviderName;

    private static readonly ProviderInfo Files = new(FileSystem, typeof(FileSystemProvider));
    private static readonly ProviderInfo Variables = new("Environment", typeof(EnvironmentProvider));
    private static readonly PSDriveInfo Root = new("/", Files, "/");
    private static readonly PSDriveInfo Environs = new("Env", Variables, string.Empty);

    internal PathInfo Here => new(session.Location, Files, Root);

    /// <summary>The absolute path a text means; nothing needs to exist there.</summary>
    internal string Locate(string path, out ProviderInfo provider, out PSDriveInfo? drive)
    {
        ArgumentNullException.ThrowIfNull(path);
        provider = Files;
        drive = Root;
        int qualifier = path.IndexOf("::", StringComparison.Ordinal);
        if (qualifier > 0)
        {
            string name = path[..qualifier].Split('\\')[^1];
            if (!string.Equals(name, FileSystem, StringComparison.OrdinalIgnoreCase))
            {
                throw new ProviderNotFoundException($"Cannot find a provider with the name '{path[..qualifier]}'.", name);
            }

            drive = null;
            return Absolute(path[(qualifier + 2)..]);
        }

        int colon = path.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && path.IndexOfAny(['/', '\\']) is int slash && (slash < 0 || slash > colon))
        {
            string name = path[..colon];
            if (string.Equals(name, "env", StringComparison.OrdinalIgnoreCase))
            {
                provider = Variables;
                drive = Environs;
                return path[(colon + 1)..];
            }

            if (!(OperatingSystem.IsWindows() && name.Length == 1))
            {
                throw new DriveNotFoundException($"Cannot find drive. A drive with the name '{name}' does not exist.", name);
            }
        }

        return Absolute(path);
    }

    /// <summary>The paths a pattern names. A plain path must exist; a pattern may match nothing.</summary>
    internal Collection<string> Resolve(string path, out ProviderInfo provider)
    {
        bool pattern = WildcardPattern.ContainsWildcardCharacters(path);
        string full = Locate(path, out provider, out _);
        if (provider != Files)
        {
            throw new GapException($"PathIntrinsics: resolving a path of the provider {provider}");
        }

        if (!pattern)
        {
            string plain = WildcardPattern.Unescape(full);
            return Path.Exists(plain)
                ? [plain]
                : throw new ItemNotFoundException($"Cannot find path '{plain}' because it does not exist.", path);
        }

        string root = Path.GetPathRoot(full)!;
        IEnumerable<string> found = [root];
        foreach (string segment in full[root.Length..].Split(Path.DirectorySeparatorChar))
        {
            found = found.SelectMany(folder => Match(folder, segment)).ToArray();
        }

        return [.. found];
    }

    /// <summary>Entries that begin with a word, written as the word was: from the location, or absolute.</summary>
    internal IEnumerable<CompletionResult> Complete(string word)
    {
        int slash = word.LastIndexOf('/');
        string prefix = slash < 0 ? "./" : word[..(slash + 1)];
        string folder = Absolute(prefix);
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.OrdinalIgnoreCase))
        {
            string name = Path.GetFileName(entry);
            if (!name.StartsWith(word[(slash + 1)..], StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            string text = prefix + WildcardPattern.Escape(name);
            yield return new CompletionResult(
                text.AsSpan().IndexOfAny(" '`[]") < 0 ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
                name,
                Directory.Exists(entry) ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
                entry);
        }
    }

    private static IEnumerable<string> Match(string folder, string segment)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(segment))
        {
            string plain = Path.Join(folder, WildcardPattern.Unescape(segment));
            return Path.Exists(plain) ? [plain] : [];
        }

        WildcardPattern pattern = new(segment, WildcardOptions.IgnoreCase);
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFileSystemEntries(folder)
            .Where(entry => pattern.IsMatch(Path.GetFileName(entry)) && !File.GetAttributes(entry).HasFlag(FileAttributes.Hidden))
            .Order(StringComparer.OrdinalIgnoreCase);
    }

    private string Absolute(string path)
    {
        if (path is "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal))
        {
            path = Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..]);
        }

        path = path.Replace('\\', Path.DirectorySeparatorChar);
        bool trailing = path.Length > 1 && path[^1] == Path.DirectorySeparatorChar;
        string full = Path.GetFullPath(path, session.Location);
        return trailing || full.Length == 1 ? full : Path.TrimEndingDirectorySeparator(full);
    }
}
