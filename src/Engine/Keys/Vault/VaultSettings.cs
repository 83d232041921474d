using SigstorePS.Http;

namespace SigstorePS.Keys.Vault;

/// <summary>Which server is asked, as whom, and where in it the keys are.</summary>
/// <param name="Address">Ends with a slash.</param>
/// <param name="Token">Fit for a header.</param>
/// <param name="Namespace">Of Vault Enterprise and OpenBao.</param>
/// <param name="Mount">Where the transit engine is, each segment escaped, no slash around.</param>
/// <param name="Tls">How it is reached.</param>
internal sealed record VaultSettings(Uri Address, string Token, string? Namespace, string Mount, TlsSettings Tls)
{
    private const string PathVariable = "BAO_TOKEN_PATH";
    private const string MountVariable = "TRANSIT_SECRET_ENGINE_PATH";

    /// <summary>For people: no secret in it.</summary>
    public string Service => $"Vault at {Address.Authority}";

    /// <exception cref="SigstoreException">
    /// InvalidValue, FileUnavailable, Unsupported; KeyServiceUnauthorized: there is no token.
    /// </exception>
    public static VaultSettings Read(KeySurroundings surroundings, string scheme)
    {
        VaultVariables variables = new(surroundings, scheme);
        (string name, string text) = variables.Find("ADDR") ?? throw ServiceEnvironment.Invalid(
            $"{variables.Name("ADDR")} is not set: the address of the server, such as https://vault.example.com:8200.");
        Uri address = ServiceEnvironment.Address(text, name);
        string? space = variables.Find("NAMESPACE") is { } found
            ? Header(found.Value.Trim('/'), found.Name) : null;
        return new VaultSettings(
            address, ReadToken(surroundings, variables), space,
            ReadMount(surroundings.Variable(MountVariable) ?? "transit"), VaultTls.Read(variables, address));
    }

    /// <summary>A record prints its members.</summary>
    public override string ToString() => Service;

    private static string ReadToken(KeySurroundings surroundings, VaultVariables variables)
    {
        if (variables.Find("TOKEN") is { } given)
        {
            return ServiceEnvironment.Token(given.Value, given.Name);
        }

        // A token helper, a program that ~/.vault names, is not started.
        string path = TokenFile(surroundings, variables) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyServiceUnauthorized,
            $"There is no token: {variables.Name("TOKEN")} is not set, and no file is named in {PathVariable}. With "
            + "VAULT_ADDR and BAO_ADDR both set, ~/.vault-token is Vault's.");
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length <= Limits.ServiceToken
                && File.ReadAllText(path).Trim() is { Length: > 0 } kept)
            {
                return ServiceEnvironment.Token(kept, path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"{path} cannot be read: {e.Message}", e);
        }

        throw new SigstoreException(
            SigstoreErrorCode.KeyServiceUnauthorized,
            $"There is no token: {variables.Name("TOKEN")} is not set, and {path} holds none. Log in with 'vault login' "
            + "or 'bao login', or set the variable.");
    }

    /// <summary>
    /// Where 'vault login' and 'bao login' put it; null: nowhere. Of two servers each has its own, as with the variables.
    /// </summary>
    private static string? TokenFile(KeySurroundings surroundings, VaultVariables variables)
    {
        if (!variables.IsOpenBao || surroundings.Variable(PathVariable) is not { } path)
        {
            return variables.IsVault ? Path.Combine(surroundings.Home, ".vault-token") : null;
        }

        // A relative one would begin in the process's folder, where somebody else may have put a file.
        return Path.IsPathFullyQualified(path)
            ? path : throw ServiceEnvironment.Invalid($"{PathVariable} must be a full path.");
    }

    private static string ReadMount(string text)
    {
        string[] segments = text.Trim('/').Split('/');
        return segments.All(static s => s is not ("" or "." or "..") && !s.Any(char.IsControl))
            ? string.Join('/', segments.Select(Uri.EscapeDataString))
            : throw ServiceEnvironment.Invalid(
                $"{MountVariable} is not the path of a secrets engine, such as transit.");
    }

    private static string Header(string value, string variable) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? value
            : throw ServiceEnvironment.Invalid($"{variable} holds characters that no namespace has.");
}
