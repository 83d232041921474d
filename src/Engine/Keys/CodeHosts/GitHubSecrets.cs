using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// The Actions secrets of a repository or organisation (docs.github.com/rest/actions/secrets), which can be written,
/// counted and deleted, and read by workflows only.
/// </summary>
/// <param name="host">GitHub's API.</param>
/// <param name="path"><c>repos/…/actions/secrets</c> or <c>orgs/…/actions/secrets</c>.</param>
/// <param name="ofOrganization">Whether a secret is for some of many repositories.</param>
internal sealed class GitHubSecrets(CodeHost host, string path, bool ofOrganization)
{
    /// <summary>
    /// Whom a new secret of an organisation is for: not for public repositories, where anybody forks.
    /// </summary>
    private const string NewVisibility = "private";

    /// <summary>The key that secrets are sealed for, and its name.</summary>
    /// <exception cref="SigstoreException">KeyNotFound, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task<GitHubSealingKey> ReadKeyAsync(CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(HttpMethod.Get, $"{path}/public-key", null, cancel)
            .ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyNotFound,
                $"{host.Service} has no such repository or organisation, or does not show it to this token (HTTP 404). "
                + host.Advice);
        }

        using JsonDocument json = host.Answer(reply);
        try
        {
            byte[] key = Base64Text.Decode(StrictJson.String(json.RootElement, "key"));
            string id = StrictJson.String(json.RootElement, "key_id");
            return key.Length == 32 ? new GitHubSealingKey(id, key) : throw new FormatException("not 32 bytes");
        }
        catch (FormatException e)
        {
            throw host.Violation($"holds no key to seal secrets with: {e.Message}");
        }
    }

    /// <summary>Whom a secret is for; empty for a repository's own. Null: there is no such secret.</summary>
    /// <exception cref="SigstoreException">As above.</exception>
    public async Task<string?> FindVisibilityAsync(string name, CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(HttpMethod.Get, $"{path}/{name}", null, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        using JsonDocument json = host.Answer(reply);
        try
        {
            return StrictJson.OptionalString(json.RootElement, "visibility") ?? string.Empty;
        }
        catch (FormatException)
        {
            throw host.Violation("is no secret");
        }
    }

    /// <summary>Writes a secret. True: there was none of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Sealed before it leaves.</param>
    /// <param name="key">What it is sealed with.</param>
    /// <param name="visibility">Whom one of an organisation is for; null: as new ones are.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">As above.</exception>
    public async Task<bool> PutAsync(
        string name, ReadOnlyMemory<byte> value, GitHubSealingKey key, string? visibility, CancellationToken cancel)
    {
        byte[] box = ClassicCrypto.Current.SealedBoxSeal(key.Key.Span, value.Span)
            ?? throw host.Violation("holds a key with which everybody could open what is sealed");
        JsonObject body = new() { ["encrypted_value"] = Convert.ToBase64String(box), ["key_id"] = key.Id };
        if (ofOrganization)
        {
            body["visibility"] = visibility ?? NewVisibility;
        }

        HttpReply reply = await host.SendAsync(HttpMethod.Put, $"{path}/{name}", body, cancel).ConfigureAwait(false);
        return reply.IsSuccess ? reply.Status == HttpStatusCode.Created : throw host.WriteFailure(reply);
    }

    /// <summary>Deletes a secret. False: there was none of that name.</summary>
    /// <exception cref="SigstoreException">As above.</exception>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(HttpMethod.Delete, $"{path}/{name}", null, cancel).ConfigureAwait(false);
        return reply.IsSuccess || reply.Status == HttpStatusCode.NotFound
            ? reply.IsSuccess : throw host.Failure(reply);
    }
}

/// <summary>What secrets are sealed with.</summary>
/// <param name="Id">GitHub's name of it.</param>
/// <param name="Key">32-byte X25519 public key.</param>
internal sealed record GitHubSealingKey(string Id, ReadOnlyMemory<byte> Key);
