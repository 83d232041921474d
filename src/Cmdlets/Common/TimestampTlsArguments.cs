using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>What is said of TLS to timestamp authorities: paths of PEM files, and a name.</summary>
internal static class TimestampTlsArguments
{
    /// <returns>Null: nothing was said.</returns>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, InvalidValue, ContradictoryPolicy.
    /// </exception>
    public static TimestampTls? Read(
        PathResolver paths, string? caCertificate, string? clientCertificate, string? clientKey, string? serverName) =>
        caCertificate is null && clientCertificate is null && clientKey is null && serverName is null
            ? null
            : TimestampTls.Read(
                Content(paths, caCertificate), Content(paths, clientCertificate), Content(paths, clientKey), serverName);

    private static byte[]? Content(PathResolver paths, string? path) =>
        path is null ? null : paths.Read(path, Limits.KeyFile);
}
