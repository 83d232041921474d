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
    private readonly ProviderLibraries _libraries;
    private readonly AssemblyDependencyResolver _resolver;

    private ProviderLoadContext(string assemblyPath)
        : base(Path.GetFileNameWithoutExtension(assemblyPath))
    {
        _libraries = new ProviderLibraries(assemblyPath, Contract.GetName().Name!);
        try
        {
            _resolver = new AssemblyDependencyResolver(assemblyPath);
        }
        catch (InvalidOperationException e)
        {
            throw _libraries.Incomplete("its libraries cannot be told", e);
        }
    }

    /// <summary>Creates the one <typeparamref name="T"/> of the pack <paramref name="name"/>.</summary>
    /// <exception cref="SigstoreException">ProviderPackMissing: it is not there, or not all of it.</exception>
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

        ProviderLoadContext context = new(path);
        try
        {
            Type type = context.LoadFromAssemblyPath(path).GetTypes()
                .Single(static t => t.IsAssignableTo(typeof(T)) && !t.IsAbstract);
            return (T)Activator.CreateInstance(type)!;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or ReflectionTypeLoadException
            or TypeLoadException or InvalidOperationException)
        {
            throw context._libraries.Incomplete($"SigstorePS.{name}.dll cannot be loaded", e);
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == Contract.GetName().Name ? Contract
        : _resolver.ResolveAssemblyToPath(assemblyName) is { } path && File.Exists(path) ? LoadFromAssemblyPath(path)
        : string.IsNullOrEmpty(assemblyName.CultureName) && _libraries.Contains(assemblyName.Name)
            ? throw _libraries.Missing(assemblyName.Name!)
        : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
