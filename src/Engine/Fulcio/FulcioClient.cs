using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Fulcio;

/// <summary>
/// Asks a Fulcio for certificates (fulcio.proto; fulcio_legacy.proto where there is nothing newer). What comes back is
/// well formed; whether it is what was asked for, and of an authority that is trusted, is for others to find out.
/// </summary>
internal sealed class FulcioClient
{
    private static readonly TimeSpan AdviceTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpChannel _channel;

    public FulcioClient(HttpChannel channel, Uri server)
    {
        _channel = channel;
        Server = server.AbsolutePath.EndsWith('/') ? server : new UriBuilder(server) { Path = server.AbsolutePath + "/" }.Uri;
    }

    public Uri Server { get; }

    /// <summary>Gets a certificate.</summary>
    /// <exception cref="SigstoreException">
    /// FulcioRejected, FulcioUnavailable, FulcioProtocolViolation, LimitExceeded, Timeout; InvalidValue: the token
    /// would go over a network in the clear.
    /// </exception>
    public async Task<IssuedCertificate> RequestAsync(FulcioRequest request, CancellationToken cancel)
    {
        if (!MayLearnTokens(Server))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"No identity token is sent to {Server.Authority} over plain HTTP: whoever reads it on the way could get "
                + "certificates for this identity. Use https://, or http:// on this machine.");
        }

        HttpReply reply = await PostAsync("api/v2/signingCert", Version2(request), request, cancel).ConfigureAwait(false);
        if (IsIssued(reply))
        {
            return FulcioAnswers.ReadCertificate(Server, reply.Body);
        }

        if (reply.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
        {
            reply = await PostAsync("api/v1/signingCert", Version1(request), request, cancel).ConfigureAwait(false);
            if (IsIssued(reply))
            {
                return FulcioAnswers.ReadPem(Server, reply.Body, reply.Header("SCT"));
            }
        }

        throw FulcioReplies.Failure(reply, await AdviseAsync(reply, request, cancel).ConfigureAwait(false));
    }

    /// <summary>Whose tokens the server takes.</summary>
    /// <exception cref="SigstoreException">As <see cref="RequestAsync"/>.</exception>
    public async Task<IReadOnlyList<FulcioIssuer>> GetConfigurationAsync(CancellationToken cancel) =>
        FulcioAnswers.ReadConfiguration(
            Server,
            await GetAsync(Get("api/v2/configuration"), cancel).ConfigureAwait(false));

    /// <summary>The authorities the server says it issues by: to be shown, never to verify with.</summary>
    /// <returns>Chains of DER certificates, each nearest to a leaf first.</returns>
    /// <exception cref="SigstoreException">As <see cref="RequestAsync"/>.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>>> GetTrustBundleAsync(
        CancellationToken cancel) => FulcioAnswers.ReadBundle(
        Server,
        await GetAsync(Get("api/v2/trustBundle"), cancel).ConfigureAwait(false));

    /// <summary>Whether nobody on the way can read what is sent there.</summary>
    public static bool MayLearnTokens(Uri server) =>
        server.Scheme == Uri.UriSchemeHttps
        || (server.Scheme == Uri.UriSchemeHttp && HostScope.IsLoopback(server.IdnHost));

    private static bool IsIssued(HttpReply reply) => reply.Status is HttpStatusCode.OK or HttpStatusCode.Created;

    private static JsonObject Version2(FulcioRequest request) => request.SigningRequest is { } pkcs10
        ? new JsonObject { ["certificateSigningRequest"] = Convert.ToBase64String(pkcs10) }
        : new JsonObject
        {
            ["publicKeyRequest"] = new JsonObject
            {
                ["publicKey"] = new JsonObject
                {
                    ["algorithm"] = AlgorithmOf(request.Key), ["content"] = request.Key.ToPem(),
                },
                ["proofOfPossession"] = Convert.ToBase64String(request.Proof ?? []),
            },
        };

    private static JsonObject Version1(FulcioRequest request) => request.SigningRequest is { } pkcs10
        ? new JsonObject { ["certificateSigningRequest"] = Convert.ToBase64String(pkcs10) }
        : new JsonObject
        {
            ["publicKey"] = new JsonObject
            {
                ["algorithm"] = AlgorithmOf(request.Key).ToLowerInvariant(),
                ["content"] = Convert.ToBase64String(request.Key.Spki.Span),
            },
            ["signedEmailAddress"] = Convert.ToBase64String(request.Proof ?? []),
        };

    /// <summary>RSA_PSS is a misnomer of the protocol's: it means RSA, and PKCS#1 v1.5 at that (fulcio.proto).</summary>
    private static string AlgorithmOf(PublicKey key) => key.Algorithm.Scheme switch
    {
        SignatureScheme.Ecdsa => "ECDSA",
        SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss => "RSA_PSS",
        _ => "ED25519",
    };

    private Task<HttpReply> PostAsync(string path, JsonObject json, FulcioRequest request, CancellationToken cancel)
    {
        byte[] content = CompactJson.Bytes(json);
        return _channel.SendAsync(
            new HttpCall(HttpMethod.Post, new Uri(Server, path))
            {
                Accept = "application/json, application/pem-certificate-chain",
                Authorization = new AuthenticationHeaderValue("Bearer", request.Token.Raw),
                SecretContent = true,
                ContentLength = content.Length,
                Content = () => new ByteArrayContent(content)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
                BodyLimit = Limits.FulcioAnswer,
                Timeout = Limits.SigningService,

                // Asked twice, it may issue two certificates for one key and one identity: the log has a line more.
                Retry = RetryRule.Idempotent,
            },
            cancel);
    }

    private HttpCall Get(string path) => new(HttpMethod.Get, new Uri(Server, path))
    {
        Accept = "application/json", BodyLimit = Limits.FulcioAnswer, Timeout = Limits.SigningService,
    };

    private async Task<byte[]> GetAsync(HttpCall call, CancellationToken cancel)
    {
        HttpReply reply = await _channel.SendAsync(call, cancel).ConfigureAwait(false);
        return reply.Status == HttpStatusCode.OK ? reply.Body : throw FulcioReplies.Failure(reply, string.Empty);
    }

    /// <summary>A server says only that it cannot use a token; its configuration says why.</summary>
    private async Task<string> AdviseAsync(HttpReply reply, FulcioRequest request, CancellationToken cancel)
    {
        if (!FulcioReplies.ConcernsToken(reply))
        {
            return string.Empty;
        }

        try
        {
            HttpCall call = Get("api/v2/configuration") with { Timeout = AdviceTimeout, Retry = RetryRule.Once };
            IReadOnlyList<FulcioIssuer> accepted = FulcioAnswers.ReadConfiguration(
                Server, await GetAsync(call, cancel).ConfigureAwait(false));
            return FulcioReplies.Advice(accepted, request.Token.Issuer, request.Token.Audience);
        }
        catch (SigstoreException)
        {
            // Older servers have no such page; the refusal itself is what counts.
            return string.Empty;
        }
    }
}
