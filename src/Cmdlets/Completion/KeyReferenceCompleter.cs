using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -Key: key files, and the schemes of references.</summary>
public sealed class KeyReferenceCompleter : IArgumentCompleter
{
    private static readonly (string Scheme, string Tip)[] Schemes =
    [
        ("env://", "key in an environment variable"),
        ("https://", "public key at an address"),
        ("http://", "public key at an address"),
        ("pkcs11:", "key on a token (Get-Pkcs11Key lists them)"),
        ("cert:", "key of a certificate in the certificate store"),
        ("awskms:///", "key in AWS KMS: key id, alias/NAME or ARN"),
        ("azurekms://", "key in Azure Key Vault: vault host / key"),
        ("gcpkms://projects/", "key in Google Cloud KMS"),
        ("hashivault://", "key of the transit engine of HashiCorp Vault"),
        ("openbao://", "key of the transit engine of OpenBao"),
        ("k8s://", "key pair in a Kubernetes secret: namespace/name"),
        ("gitlab://", "key pair in GitLab variables: project or group"),
        ("github://", "key pair in GitHub secrets: owner/repository"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        if (word.StartsWith("env://", StringComparison.OrdinalIgnoreCase))
        {
            return Variables(word["env://".Length..]);
        }

        return Files(word).Concat(Schemes
            .Where(s => word.Length > 0 && s.Scheme.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(static s => new CompletionResult(
                s.Scheme, s.Scheme, CompletionResultType.ParameterValue, s.Tip)));
    }

    private static IEnumerable<CompletionResult> Variables(string prefix) =>
        Environment.GetEnvironmentVariables().Keys.OfType<string>()
            .Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(static name => Result($"env://{name}", name, "environment variable"));

    /// <summary>
    /// PowerShell's own file completion knows drives, ~ and quoting; folders and key files are kept of it.
    /// </summary>
    private static IEnumerable<CompletionResult> Files(string word)
    {
        try
        {
            return [.. CompletionCompleters.CompleteFilename(word).Where(static found =>
                found.ResultType == CompletionResultType.ProviderContainer
                || Path.GetExtension(found.ListItemText).ToUpperInvariant() is ".KEY" or ".PUB" or ".PEM" or ".CRT")];
        }
        catch (Exception e) when (e is RuntimeException or InvalidOperationException or IOException)
        {
            return [];
        }
    }

    private static CompletionResult Result(string text, string shown, string tip) =>
        new(Quoting.Quote(text), shown, CompletionResultType.ParameterValue, tip);
}
