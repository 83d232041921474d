using SigstorePS.Oci;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>
/// How to reach the repositories that policies name as sources. Credentials are read on the pipeline thread, before any
/// work begins.
/// </summary>
internal sealed class PolicySources
{
    private readonly Dictionary<string, RegistryAccess> _access = new(StringComparer.Ordinal);

    public PolicySources(IEnumerable<SigstorePolicy> policies, Func<ImageReference, RegistryAccess> access)
    {
        foreach (string? text in policies.SelectMany(static p => p.Definition!.Authorities)
            .Select(static a => a.Source?.Repository))
        {
            if (text is not null)
            {
                ImageReference repository = ImageReference.Parse(text);
                _access[repository.Registry] = access(repository);
            }
        }
    }

    public RegistryAccess AccessTo(ImageReference repository) =>
        _access.GetValueOrDefault(repository.Registry, RegistryAccess.Default);
}
