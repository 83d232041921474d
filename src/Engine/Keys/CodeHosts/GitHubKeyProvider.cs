using System.Net.Http.Headers;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Key pairs in the Actions secrets of a GitHub repository or organisation: <c>github://OWNER/REPOSITORY</c>,
/// <c>github://OWNER</c> (cosign pkg/cosign/git/github). Nobody outside a workflow reads them back.
/// </summary>
internal sealed class GitHubKeyProvider(KeySurroundings surroundings) : StoredKeyProvider
{
    private const string TokenVariable = "GITHUB_TOKEN";
    private const string HostVariable = "GITHUB_HOST";

    /// <inheritdoc/>
    public override string Scheme => "github";

    /// <inheritdoc/>
    protected override Task<StoredKeyPair> ReadAsync(KeyReference reference, CancellationToken cancel)
    {
        Parse(reference);
        throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            "GitHub gives a secret to workflows only. In one, pass the secrets COSIGN_PRIVATE_KEY and COSIGN_PASSWORD on "
            + "as variables and use env://COSIGN_PRIVATE_KEY; to verify, use the public key that New-SigstoreKeyPair "
            + "showed.");
    }

    /// <inheritdoc/>
    protected override async Task WriteAsync(
        KeyReference reference, StoredKeyPair pair, bool replace, CancellationToken cancel)
    {
        string[] names = Parse(reference);
        GitHubSecrets secrets = names is [var owner, var repository]
            ? new GitHubSecrets(Host(), $"repos/{owner}/{repository}/actions/secrets", ofOrganization: false)
            : new GitHubSecrets(Host(), $"orgs/{names[0]}/actions/secrets", ofOrganization: true);

        // Also tells whether the repository is there at all: where secrets are, 404 means that there is none.
        GitHubSealingKey key = await secrets.ReadKeyAsync(cancel).ConfigureAwait(false);
        Dictionary<string, string> before = [];
        foreach (string name in SecretNames.All)
        {
            if (await secrets.FindVisibilityAsync(name, cancel).ConfigureAwait(false) is { } visibility)
            {
                before.Add(name, visibility);
            }
        }

        if (before.Count > 0 && !replace)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"There already is {string.Join(", ", before.Keys)}; -Force replaces the key pair.");
        }

        if (before.FirstOrDefault(static s => s.Value == "selected").Key is { } selected)
        {
            // The selection would be lost with the secret.
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"{selected} is for selected repositories, which cannot be kept here; delete the secrets first.");
        }

        await new GitHubWriting(secrets, key, before).WriteAsync(pair, cancel).ConfigureAwait(false);
    }

    private string[] Parse(KeyReference reference)
    {
        string[] names = reference.Text[(Scheme.Length + "://".Length)..].Split('/');
        return names.Length is 1 or 2 && names.All(static n =>
                n.Length is > 0 and <= 100 && n is not ("." or "..")
                && n.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            ? names
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "Secrets are written as github://OWNER/REPOSITORY, those of an organisation as github://OWNER.");
    }

    private CodeHost Host()
    {
        string token = ServiceEnvironment.Token(
            surroundings.Variable(TokenVariable) ?? throw new SigstoreException(
                SigstoreErrorCode.KeyServiceUnauthorized,
                $"{TokenVariable} is not set: a token that may write secrets."),
            TokenVariable);
        return new CodeHost(
            surroundings.Http(TlsSettings.Default), "GitHub",
            new HttpCall(HttpMethod.Get, Api(surroundings.Variable(HostVariable) ?? "github.com"))
            {
                Accept = "application/vnd.github+json",
                Authorization = new AuthenticationHeaderValue("Bearer", token),
                Headers = [("X-GitHub-Api-Version", "2022-11-28")],
            },
            token)
        {
            Advice = $"{TokenVariable} must be a token with the permission 'Secrets: write', or a classic one with the "
                + "scope repo (admin:org for an organisation); the one that a workflow is given cannot have it.",
        };
    }

    /// <summary>A host, or an address with or without <c>/api/v3</c>, as cosign's client takes it.</summary>
    private static Uri Api(string host)
    {
        string text = host.Contains("://", StringComparison.Ordinal) ? host : "https://" + host;
        Uri address = ServiceEnvironment.Address(text, HostVariable);
        return address.Host switch
        {
            "github.com" or "www.github.com" => new Uri("https://api.github.com/"),

            // GitHub Enterprise Cloud with data residency has its API on a host of its own.
            var name when name.EndsWith(".ghe.com", StringComparison.Ordinal)
                && !name.StartsWith("api.", StringComparison.Ordinal) => new Uri($"https://api.{name}/"),
            var name when name.StartsWith("api.", StringComparison.Ordinal) => address,
            _ => address.AbsolutePath.EndsWith("/api/v3/", StringComparison.Ordinal)
                ? address : new Uri(address, "api/v3/"),
        };
    }
}
