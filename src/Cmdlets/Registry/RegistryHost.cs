using SigstorePS.Oci;

namespace SigstorePS.Commands;

/// <summary>A registry as a user names it, in the form image references use.</summary>
internal static class RegistryHost
{
    /// <summary>
    /// A reference into the registry; its <see cref="ImageReference.Registry"/> is the canonical host.
    /// </summary>
    /// <exception cref="SigstoreException">InvalidImageReference.</exception>
    public static ImageReference Parse(string text)
    {
        string host = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? text[8..] : text;
        host = host.TrimEnd('/');

        // What docker calls its registry in its own configuration.
        host = host is "index.docker.io/v1" ? "docker.io" : host;
        bool isHost = host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal)
            || host == "localhost";
        return isHost && !host.Contains('/', StringComparison.Ordinal) && !host.StartsWith("oci:", StringComparison.Ordinal)
            ? ImageReference.Parse($"{host}/any")
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference, $"'{text}' is no registry; write host or host:port.");
    }
}
