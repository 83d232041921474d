using SigstorePS.Policies;

namespace SigstorePS.Commands;

/// <summary>Which resource an image is used in: it decides what policies with <c>match</c> are about.</summary>
/// <param name="given">All of -Resource and -TrustRootResource.</param>
internal sealed class PolicySubjects(PolicyResources given)
{
    public PolicyResources Given => given;

    /// <summary>The resource that came with the image; of -Resource the one it is, or the only one there is.</summary>
    /// <exception cref="SigstoreException">ContradictoryPolicy: nothing tells, and a policy might be passed over.</exception>
    public PolicyResource Find(string? kind, string? apiVersion, string? name, string? space, object? label)
    {
        IReadOnlyList<PolicyResource> known = given.Others;
        PolicyResource? same = string.IsNullOrEmpty(kind) ? null : known.FirstOrDefault(
            r => r.Kind == kind && r.Name == (name ?? string.Empty)
                && (string.IsNullOrEmpty(apiVersion) || r.ApiVersion == apiVersion)
                && (string.IsNullOrEmpty(space) || string.IsNullOrEmpty(r.Namespace) || r.Namespace == space));
        if (same is not null)
        {
            return same;
        }

        if (!string.IsNullOrEmpty(kind) && !string.IsNullOrEmpty(apiVersion))
        {
            return new PolicyResource
            {
                Kind = kind,
                ApiVersion = apiVersion,
                Name = name,
                Namespace = space,
                Labels = PolicyFileArguments.Labels(label),
            };
        }

        // What Get-DockerfileImage and Get-ComposeImage return has a kind, too, and is no resource.
        if (!string.IsNullOrEmpty(kind) && PolicyResource.IsWatched(kind))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"Policies are about resources by kind and version: give -ApiVersion with -Kind {kind}, such as apps/v1.");
        }

        return known.Count <= 1 ? known.FirstOrDefault() ?? PolicyResource.None : throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy,
            $"-Resource has {known.Count} resources, and nothing says which of them the image is used in: pipe what "
            + "Get-KubernetesImage returns, or give -Kind, -ApiVersion and -Name.");
    }
}
