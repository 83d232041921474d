using System.Security.Cryptography;
using System.Text.Json;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>Key pairs as cosign keeps them in secrets: <c>k8s://namespace/secret</c>.</summary>
/// <param name="surroundings">What it looks at and asks.</param>
/// <param name="serviceAccount">Where a pod finds the token, the cluster's certificate and its namespace.</param>
internal sealed class KubernetesKeyProvider(
    KeySurroundings surroundings, string serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount")
    : StoredKeyProvider
{
    private readonly ClusterFinder _clusters = new(surroundings, serviceAccount);

    /// <inheritdoc/>
    public override string Scheme => "k8s";

    /// <inheritdoc/>
    protected override async Task<StoredKeyPair> ReadAsync(KeyReference reference, CancellationToken cancel)
    {
        SecretName name = SecretName.Parse(reference);
        SecretStore store = await FindAsync(cancel).ConfigureAwait(false);
        byte[] body = await store.ReadAsync(name, cancel).ConfigureAwait(false);
        try
        {
            return Understood(store, () => SecretJson.Read(body, name));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    /// <inheritdoc/>
    protected override async Task WriteAsync(
        KeyReference reference, StoredKeyPair pair, bool replace, CancellationToken cancel)
    {
        SecretName name = SecretName.Parse(reference);
        SecretStore store = await FindAsync(cancel).ConfigureAwait(false);
        byte[] body = SecretJson.Create(name, pair);
        try
        {
            await store.WriteAsync(HttpMethod.Post, name, body, pair, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.KeyExists && replace)
        {
            await ReplaceAsync(store, name, pair, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    /// <summary>
    /// One PUT of what was read, with the new pair in it: the old one is there until the new one is. Nothing like that
    /// exists for an immutable secret, which can only be deleted and created anew. Between the two there would be
    /// neither key, and after a failure of the second for good; so deleting is left to a person who means it.
    /// </summary>
    private static async Task ReplaceAsync(
        SecretStore store, SecretName name, StoredKeyPair pair, CancellationToken cancel)
    {
        byte[] old = await store.ReadAsync(name, cancel).ConfigureAwait(false);
        byte[]? body = null;
        try
        {
            body = Understood(store, () => SecretJson.Replace(old, pair)) ?? throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"The secret is immutable, as cosign and this module make them, and nobody can change it. Delete it "
                + $"first ('kubectl -n {name.Namespace} delete secret {name.Name}'), or take another name.");
            await store.WriteAsync(HttpMethod.Put, name, body, pair, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(old);
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private async Task<SecretStore> FindAsync(CancellationToken cancel)
    {
        (ApiServer server, Func<bool, CancellationToken, Task<Credential>> credentials) =
            await _clusters.FindAsync(cancel).ConfigureAwait(false);
        return new SecretStore(server, credentials, surroundings);
    }

    private static T Understood<T>(SecretStore store, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException)
        {
            // The parser's message can quote the text, which has the key in it.
            throw KeyServiceReplies.Violation(store.Display, "is not JSON");
        }
        catch (FormatException e)
        {
            throw KeyServiceReplies.Violation(store.Display, $"cannot be used: {e.Message}");
        }
    }
}
