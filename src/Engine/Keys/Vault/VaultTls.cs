using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Http;

namespace SigstorePS.Keys.Vault;

/// <summary>
/// How the server is reached over TLS: _CACERT, _CACERT_BYTES, _CAPATH, _CLIENT_CERT, _CLIENT_KEY, _TLS_SERVER_NAME of
/// its own command line program (developer.hashicorp.com/vault/docs/commands, "Environment variables").
/// </summary>
internal static class VaultTls
{
    private static readonly string[] No = ["0", "f", "F", "FALSE", "false", "False"];

    /// <exception cref="SigstoreException">InvalidValue, FileUnavailable, Unsupported: not to check.</exception>
    public static TlsSettings Read(VaultVariables variables, Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps)
        {
            return TlsSettings.Default;
        }

        if (variables.Find("SKIP_VERIFY") is { } skip && !No.Contains(skip.Value))
        {
            // The token goes out with the first request: whoever answers would have it.
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"{skip.Name} is set, and a token is not sent to a server that nobody has checked. Unset it, and name "
                + $"the server's authority in {variables.Name("CACERT")}.");
        }

        // Who names the server's authority means that one: a box on the way whose authority the system trusts would have
        // the token, and say which public key is the right one.
        return new TlsSettings(
            roots: Roots(variables),
            onlyRoots: true,
            clientCertificate: Client(variables),
            serverName: variables.Find("TLS_SERVER_NAME") is { } name
                ? new ServerNameOverride(address.IdnHost, address.Port, name.Value) : null);
    }

    private static X509Certificate2Collection Roots(VaultVariables variables)
    {
        X509Certificate2Collection roots = [];
        if (variables.Find("CACERT_BYTES") is { } bytes)
        {
            Add(roots, bytes.Value, bytes.Name);
        }
        else if (variables.Find("CACERT") is { } file)
        {
            Add(roots, Text(file.Value, file.Name), file.Name);
        }
        else if (variables.Find("CAPATH") is { } folder)
        {
            foreach (string path in Files(folder.Value, folder.Name))
            {
                Add(roots, Text(path, folder.Name), folder.Name);
            }
        }

        return roots;
    }

    private static void Add(X509Certificate2Collection roots, string pem, string variable)
    {
        int before = roots.Count;
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw ServiceEnvironment.Invalid($"{variable} leads to a certificate that cannot be read.", e);
        }

        if (roots.Count == before)
        {
            throw ServiceEnvironment.Invalid($"{variable} leads to no PEM certificate.");
        }
    }

    private static X509Certificate2? Client(VaultVariables variables)
    {
        (string Name, string Value)? certificate = variables.Find("CLIENT_CERT"), key = variables.Find("CLIENT_KEY");
        if (certificate is null && key is null)
        {
            return null;
        }

        if (certificate is not { } shown || key is not { } held)
        {
            throw ServiceEnvironment.Invalid(
                $"{variables.Name("CLIENT_CERT")} and {variables.Name("CLIENT_KEY")} are needed together.");
        }

        string text = Text(shown.Value, shown.Name), keyText = Text(held.Value, held.Name);
        try
        {
            return ClientCertificates.FromPem(text, keyText);
        }
        catch (CryptographicException e)
        {
            throw ServiceEnvironment.Invalid(
                $"{shown.Name} and {held.Name} do not lead to a PEM certificate and its key, not encrypted.", e);
        }
    }

    private static IEnumerable<string> Files(string folder, string variable)
    {
        RequireFull(folder, variable);
        try
        {
            return [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Take(Limits.AuthorityFiles)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(variable, e);
        }
    }

    private static string Text(string path, string variable)
    {
        RequireFull(path, variable);
        try
        {
            return new FileInfo(path).Length <= Limits.TrustedRoot
                ? File.ReadAllText(path)
                : throw ServiceEnvironment.Invalid(
                    $"{variable} leads to a file of more than {Limits.TrustedRoot} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(variable, e);
        }
    }

    /// <summary>
    /// The folder that a relative path would begin in is the process's, not the one the prompt shows.
    /// </summary>
    private static void RequireFull(string path, string variable)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            throw ServiceEnvironment.Invalid($"{variable} must be a full path.");
        }
    }

    private static SigstoreException Unavailable(string variable, Exception e) =>
        new(SigstoreErrorCode.FileUnavailable, $"What {variable} names cannot be read: {e.Message}", e);
}
