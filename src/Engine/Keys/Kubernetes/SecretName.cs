
namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// Namespace and name of a secret. Both become parts of a path, so both must be what Kubernetes allows: an RFC 1123
/// label of at most 63 characters, and an RFC 1123 subdomain of at most 253.
/// </summary>
internal sealed record SecretName(string Namespace, string Name)
{
    private const int LongestLabel = 63;
    private const int LongestName = 253;

    /// <summary>Where the secrets of the namespace are, below the address of the API server.</summary>
    public string Collection => $"/api/v1/namespaces/{Namespace}/secrets";

    public string Path => $"{Collection}/{Name}";

    /// <exception cref="SigstoreException">InvalidKeyReference.</exception>
    public static SecretName Parse(KeyReference reference)
    {
        string[] parts = reference.Text["k8s://".Length..].Split('/');
        return parts is [var space, var name] && IsLabel(space) && name.Length <= LongestName
            && name.Split('.').All(IsPart)
            ? new SecretName(space, name)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "A key in Kubernetes is written as k8s://namespace/secret, in lower-case letters, digits, hyphens and, "
                + "in the secret's name, dots.");
    }

    public override string ToString() => $"{Namespace}/{Name}";

    private static bool IsLabel(string text) => text.Length <= LongestLabel && IsPart(text);

    private static bool IsPart(string text) =>
        text.Length > 0 && text[0] != '-' && text[^1] != '-'
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
