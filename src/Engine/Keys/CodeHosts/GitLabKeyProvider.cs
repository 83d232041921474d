using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Key pairs in the CI/CD variables of a GitLab project or group: <c>gitlab://PROJECT</c>, a number or a path (cosign
/// pkg/cosign/git/gitlab).
/// </summary>
internal sealed class GitLabKeyProvider(KeySurroundings surroundings) : StoredKeyProvider
{
    private const string TokenVariable = "GITLAB_TOKEN";
    private const string HostVariable = "GITLAB_HOST";

    /// <inheritdoc/>
    public override string Scheme => "gitlab";

    /// <inheritdoc/>
    protected override async Task<StoredKeyPair> ReadAsync(KeyReference reference, CancellationToken cancel)
    {
        GitLabVariables variables = await OpenAsync(reference, cancel).ConfigureAwait(false);

        // What is secret comes last: should a request fail, there is nothing to zero.
        byte[]? publicKey = await ReadAsync(variables, SecretNames.PublicKey, cancel).ConfigureAwait(false);
        byte[]? privateKey = await ReadAsync(variables, SecretNames.PrivateKey, cancel).ConfigureAwait(false);
        return new StoredKeyPair
        {
            PublicKey = publicKey,
            PrivateKey = privateKey,
            Password = await ReadAsync(variables, SecretNames.Password, cancel).ConfigureAwait(false),
        };
    }

    /// <inheritdoc/>
    protected override async Task<StoredKeyPair> ReadPublicHalfAsync(KeyReference reference, CancellationToken cancel)
    {
        GitLabVariables variables = await OpenAsync(reference, cancel).ConfigureAwait(false);
        return await ReadAsync(variables, SecretNames.PublicKey, cancel).ConfigureAwait(false) is { } publicKey
            ? new StoredKeyPair { PublicKey = publicKey }
            : await ReadAsync(reference, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task WriteAsync(
        KeyReference reference, StoredKeyPair pair, bool replace, CancellationToken cancel)
    {
        GitLabVariables variables = await OpenAsync(reference, cancel).ConfigureAwait(false);
        Dictionary<string, GitLabVariable> before = [];
        foreach (string name in SecretNames.All)
        {
            if (await variables.FindAsync(name, cancel).ConfigureAwait(false) is { } there)
            {
                before.Add(name, there);
            }
        }

        if (before.Count > 0 && !replace)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"There already is {string.Join(", ", before.Keys)}; -Force replaces the key pair.");
        }

        await new GitLabWriting(variables, before).WriteAsync(pair, cancel).ConfigureAwait(false);
    }

    private static async Task<byte[]?> ReadAsync(GitLabVariables variables, string name, CancellationToken cancel) =>
        await variables.FindAsync(name, cancel).ConfigureAwait(false) is not { } variable ? null
        : variable.Value is { } value ? Encoding.UTF8.GetBytes(value)
        : throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            $"{name} is a hidden variable, which GitLab gives to jobs only: in a job use env://{name}.");

    private Task<GitLabVariables> OpenAsync(KeyReference reference, CancellationToken cancel)
    {
        string name = reference.Text[(Scheme.Length + "://".Length)..];
        return GitLabPlace.IsName(name)
            ? GitLabPlace.FindAsync(Host(), name, cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "A key pair is written as gitlab://PROJECT or gitlab://GROUP, with the path such as group/project; by "
                + "number as gitlab://N or gitlab://groups/N.");
    }

    private CodeHost Host()
    {
        if (surroundings.Variable(TokenVariable) is not { } given)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyServiceUnauthorized,
                $"{TokenVariable} is not set: a token that reads variables (scope api; read_api is enough to sign)."
                + (surroundings.Variable("CI_JOB_TOKEN") is null
                    ? string.Empty : " The CI_JOB_TOKEN of a job cannot read them."));
        }

        string token = ServiceEnvironment.Token(given, TokenVariable);
        return new CodeHost(
            surroundings.Http(TlsSettings.Default), "GitLab",
            new HttpCall(HttpMethod.Get, Api(surroundings.Variable(HostVariable) ?? "https://gitlab.com"))
            {
                Accept = "application/json",
                SecretHeaders = [("PRIVATE-TOKEN", token)],
            },
            token)
        {
            Advice = $"Variables are for Maintainers of the project and Owners of the group, and {TokenVariable} needs "
                + "the scope api, or read_api to sign.",
        };
    }

    /// <summary>A host, or an address with or without <c>/api/v4</c>, as GitLab's own client takes it.</summary>
    private static Uri Api(string host)
    {
        string text = host.Contains("://", StringComparison.Ordinal) ? host : "https://" + host;
        Uri address = ServiceEnvironment.Address(text, HostVariable);
        return address.AbsolutePath.EndsWith("/api/v4/", StringComparison.Ordinal)
            ? address : new Uri(address, "api/v4/");
    }
}
