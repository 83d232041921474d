using System.Reflection;
using System.Runtime.Loader;

namespace SigstorePS;

/// <summary>
/// One load context per provider pack: the engine's contract is shared, everything else is private, so a module that
/// ships another version of the same library meets it neither here nor there. Loads only from the module's own folder.
/// </summary>
internal sealed class ProviderLoadContext : AssemblyLoadContext
{
    private static readonly Assembly Contract = typeof(ProviderLoadContext).Assembly;
    private readonly AssemblyDependencyResolver _resolver;

    private ProviderLoadContext(string assemblyPath)
        : base(Path.GetFileNameWithoutExtension(assemblyPath)) => _resolver = new(assemblyPath);

    /// <summary>Creates the one <typeparamref name="T"/> of the pack <paramref name="name"/>.</summary>
    public static T Create<T>(string name)
        where T : class
    {
        string path = Path.Combine(
            Path.GetDirectoryName(Contract.Location)!, "providers", name, $"SigstorePS.{name}.dll");
        if (!File.Exists(path))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ProviderPackMissing,
                $"The provider pack '{name}' is not installed: {path} does not exist. Get it with 'Install-PSResource "
                + "Sigstore -Reinstall', or copy the folder providers/" + name + " of a complete installation there.");
        }

        Assembly pack = new ProviderLoadContext(path).LoadFromAssemblyPath(path);
        Type type = pack.GetTypes().Single(static t => t.IsAssignableTo(typeof(T)) && !t.IsAbstract);
        return (T)Activator.CreateInstance(type)!;
    }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == Contract.GetName().Name ? Contract
        : _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path)
        : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
