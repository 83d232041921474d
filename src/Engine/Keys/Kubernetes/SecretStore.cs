using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>Secrets of one API server (Kubernetes API reference, Secret v1 core: read, create, replace).</summary>
internal sealed class SecretStore(
    ApiServer server, Func<bool, CancellationToken, Task<Credential>> credentials, KeySurroundings surroundings)
{
    public string Display => server.Display;

    /// <summary>The text of a secret, to be zeroed by the caller.</summary>
    /// <exception cref="SigstoreException">KeyNotFound, KeyService…, KeyAccessDenied; those of credentials.</exception>
    public async Task<byte[]> ReadAsync(SecretName name, CancellationToken cancel)
    {
        (HttpReply reply, Credential shown) = await SendAsync(
            HttpMethod.Get, name.Path, null, cancel).ConfigureAwait(false);
        return reply.Status == HttpStatusCode.OK
            ? reply.Body : throw StatusReply.Failure(reply, Display, shown.Secrets);
    }

    /// <summary>Creates (POST) or replaces (PUT) a secret.</summary>
    /// <param name="method">POST or PUT.</param>
    /// <param name="name">Of the secret.</param>
    /// <param name="body">The secret.</param>
    /// <param name="pair">What is in it.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">As <see cref="ReadAsync"/>; KeyExists.</exception>
    public async Task WriteAsync(
        HttpMethod method, SecretName name, byte[] body, StoredKeyPair pair, CancellationToken cancel)
    {
        SigstoreException? unknown;
        try
        {
            string path = method == HttpMethod.Post ? name.Collection : name.Path;
            (HttpReply reply, Credential shown) = await SendAsync(method, path, body, cancel).ConfigureAwait(false);
            if (reply.IsSuccess && Holds(reply.Body, name, pair))
            {
                return;
            }

            unknown = reply.IsSuccess
                ? KeyServiceReplies.Violation(Display, "is not the secret that was written")
                : StatusReply.Failure(reply, Display, [.. shown.Secrets, Convert.ToBase64String(pair.PrivateKey!)]);
            if (!reply.IsSuccess && (int)reply.Status < 500)
            {
                throw unknown;
            }
        }
        catch (SigstoreException e) when (
            e.Code is SigstoreErrorCode.KeyServiceUnavailable or SigstoreErrorCode.Timeout)
        {
            unknown = e;
        }

        // The answer got lost, the secret perhaps not: a second run would only hear that it exists.
        if (!await HoldsAsync(name, pair, cancel).ConfigureAwait(false))
        {
            throw unknown;
        }
    }

    private async Task<bool> HoldsAsync(SecretName name, StoredKeyPair pair, CancellationToken cancel)
    {
        try
        {
            return Holds(await ReadAsync(name, cancel).ConfigureAwait(false), name, pair);
        }
        catch (SigstoreException)
        {
            // Who may create need not be allowed to read; what is known is then told.
            return false;
        }
    }

    /// <summary>Looks, and zeroes it.</summary>
    private static bool Holds(byte[] body, SecretName name, StoredKeyPair pair)
    {
        try
        {
            return SecretJson.Holds(body, name, pair);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private async Task<(HttpReply Reply, Credential Shown)> SendAsync(
        HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        Credential credential = await credentials(false, cancel).ConfigureAwait(false);
        HttpReply reply = await SendAsync(method, path, body, credential, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.Unauthorized && credential.Kept)
        {
            credential = await credentials(true, cancel).ConfigureAwait(false);
            reply = await SendAsync(method, path, body, credential, cancel).ConfigureAwait(false);
        }

        return (reply, credential);
    }

    private Task<HttpReply> SendAsync(
        HttpMethod method, string path, byte[]? body, Credential credential, CancellationToken cancel) =>
        surroundings.Http(server.Tls(credential.Certificate)).SendAsync(
            new HttpCall(method, server.At(path))
            {
                Authorization = credential.Authorization,
                Accept = "application/json",
                Content = body is null ? null : () => new ByteArrayContent(body)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
                ContentLength = body?.Length ?? 0,

                // A key of another host's would be as good as this one's, so no redirect leads there.
                SecretContent = true,
                BodyLimit = Limits.KeyServiceReply,
                Timeout = Limits.KeyService,
                Retry = body is null ? RetryRule.Idempotent : RetryRule.IfNotCarriedOut,
            },
            cancel);
}
