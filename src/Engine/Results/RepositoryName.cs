namespace SigstorePS;

/// <summary>A repository as the beginning of a reference.</summary>
internal static class RepositoryName
{
    /// <summary><c>registry/repository</c>, or <c>oci:directory</c> for a layout.</summary>
    public static string Of(string registry, string repository) =>
        registry == "oci" ? $"oci:{repository}" : $"{registry}/{repository}";
}
