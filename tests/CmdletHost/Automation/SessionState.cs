using System.Collections.ObjectModel;
using System.Management.Automation.Host;
using System.Management.Automation.Provider;
using SigstorePS.CmdletHost;

namespace System.Management.Automation
{
    public sealed class SessionState
    {
        private readonly Session _session;

        internal SessionState(Session session)
        {
            _session = session;
            Path = new PathIntrinsics(session);
            PSVariable = new PSVariableIntrinsics(session);
        }

        public PathIntrinsics Path { get; }

        public PSVariableIntrinsics PSVariable { get; }

        public PSModuleInfo? Module => _session.Module;
    }

    public class EngineIntrinsics
    {
        private readonly Session _session;

        internal EngineIntrinsics(Session session) => _session = session;

        public PSHost Host => _session.Host;

        public SessionState SessionState => _session.State;
    }

    public class PSVariable(string name, object? value)
    {
        public PSVariable(string name)
            : this(name, null)
        {
        }

        public string Name { get; } = name;

        public virtual object? Value { get; set; } = value;
    }

    public sealed class PSVariableIntrinsics
    {
        private readonly Session _session;

        internal PSVariableIntrinsics(Session session) => _session = session;

        public PSVariable? Get(string name) =>
            _session.Variables.TryGetValue(Plain(name), out object? value) ? new PSVariable(Plain(name), value) : null;

        public object? GetValue(string name) => GetValue(name, null);

        public object? GetValue(string name, object? defaultValue)
        {
            if (name.StartsWith("env:", StringComparison.OrdinalIgnoreCase))
            {
                return Environment.GetEnvironmentVariable(name[4..]) ?? defaultValue;
            }

            return _session.Variables.TryGetValue(Plain(name), out object? value) ? value : defaultValue;
        }

        public void Set(string name, object? value) => _session.Variables[Plain(name)] = value;

        public void Set(PSVariable variable) => _session.Variables[variable.Name] = variable.Value;

        public void Remove(string name) => _session.Variables.Remove(Plain(name));

        private static string Plain(string name)
        {
            int colon = name.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? name
                : name[..colon].ToUpperInvariant() is "GLOBAL" or "SCRIPT" or "LOCAL" or "VARIABLE" ? name[(colon + 1)..]
                : throw new GapException($"PSVariableIntrinsics: a variable of the drive \"{name[..colon]}\"");
        }
    }

    public sealed class PathInfo
    {
        internal PathInfo(string path, ProviderInfo provider, PSDriveInfo drive)
        {
            Path = path;
            Provider = provider;
            Drive = drive;
        }

        public PSDriveInfo Drive { get; }

        public string Path { get; }

        public ProviderInfo Provider { get; }

        public string ProviderPath => Path;

        public override string ToString() => Path;
    }

    public class ProviderInfo
    {
        internal ProviderInfo(string name, Type implementingType)
        {
            Name = name;
            ImplementingType = implementingType;
        }

        public Type ImplementingType { get; }

        public string ModuleName => "Microsoft.PowerShell.Core";

        public string Name { get; }

        public override string ToString() => $"{ModuleName}\\{Name}";
    }

    public class PSDriveInfo
    {
        internal PSDriveInfo(string name, ProviderInfo provider, string root)
        {
            Name = name;
            Provider = provider;
            Root = root;
        }

        public string Name { get; }

        public ProviderInfo Provider { get; }

        public string Root { get; }

        public override string ToString() => Name;
    }

    public sealed class PathIntrinsics
    {
        private readonly Session _session;

        internal PathIntrinsics(Session session) => _session = session;

        public PathInfo CurrentFileSystemLocation => _session.Paths.Here;

        public PathInfo CurrentLocation => _session.Paths.Here;

        public PathInfo CurrentProviderLocation(string providerName) =>
            providerName.EndsWith(FileSystemPaths.FileSystem, StringComparison.OrdinalIgnoreCase)
                ? _session.Paths.Here
                : throw new GapException($"PathIntrinsics.CurrentProviderLocation of {providerName}");

        public string Combine(string parent, string child) => IO.Path.Join(parent, child);

        public Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider) =>
            _session.Paths.Resolve(path, out provider);

        public string GetUnresolvedProviderPathFromPSPath(string path) => _session.Paths.Locate(path, out _, out _);

        public string GetUnresolvedProviderPathFromPSPath(string path, out ProviderInfo provider, out PSDriveInfo? drive) =>
            _session.Paths.Locate(path, out provider, out drive);

        public bool IsProviderQualified(string path) => path.Contains("::", StringComparison.Ordinal);

        public PathInfo SetLocation(string path)
        {
            _session.Location = _session.Paths.Resolve(path, out _)[0];
            return CurrentLocation;
        }
    }
}

namespace System.Management.Automation.Provider
{
    public abstract class CmdletProvider;

    public abstract class DriveCmdletProvider : CmdletProvider;

    public abstract class ItemCmdletProvider : DriveCmdletProvider;

    public abstract class ContainerCmdletProvider : ItemCmdletProvider;

    public abstract class NavigationCmdletProvider : ContainerCmdletProvider;
}

namespace Microsoft.PowerShell.Commands
{
    public sealed class FileSystemProvider : NavigationCmdletProvider
    {
        public const string ProviderName = "FileSystem";
    }

    internal sealed class EnvironmentProvider;
}
