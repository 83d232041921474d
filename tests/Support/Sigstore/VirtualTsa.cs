using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SigstorePS.Trust;

namespace SigstorePS.Support.Sigstore;

/// <summary>
/// A timestamp authority in this process, on a loopback port, with the endpoints of sigstore's own. Its certificates
/// hang below a root that <see cref="Root"/> trusts; it lies when told to.
/// </summary>
internal sealed class VirtualTsa : IAsyncDisposable
{
    private const string Endpoint = "/api/v1/timestamp";
    private const string ReplyType = "application/timestamp-reply";

    private readonly WebApplication _server;
    private readonly ConcurrentQueue<byte[]> _requests = new();
    private readonly TestCertificate[] _chain;
    private readonly X509Certificate2? _tls;

    private VirtualTsa(X509Certificate2? tls, bool wantsClient)
    {
        _tls = tls;
        DateTimeOffset start = TimeProvider.System.GetUtcNow().AddYears(-1);
        DateTimeOffset end = start.AddYears(11);
        TestCertificate root = TestAuthority.Issue(
            null, "CN=virtual tsa root,O=virtual.test", start, end, TestAuthority.Authority());
        TestCertificate middle = TestAuthority.Issue(
            root, "CN=virtual tsa intermediate,O=virtual.test", start, end,
            [
                .. TestAuthority.Authority(pathLength: 0),
                TestAuthority.Purposes(false, Certificates.Oids.TimeStamping),
            ]);
        TestCertificate leaf = TestAuthority.Issue(
            middle, "CN=virtual tsa,O=virtual.test", start, end, TestTimestamps.Extensions);
        _chain = [leaf, middle, root];

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => Configure(listen, wantsClient)));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        Server = new Uri(_server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public Uri Server { get; }

    /// <summary>What is posted to.</summary>
    public Uri Address => new(Server, Endpoint);

    public TsaLie Lie { get; set; }

    /// <summary>How far its clock is ahead.</summary>
    public TimeSpan ClockOff { get; set; }

    /// <summary>Waited before each answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Status to answer everything with, so many times.</summary>
    public (int Status, int Times) Outage { get; set; }

    /// <summary>Every TimeStampReq posted, in order.</summary>
    public IReadOnlyList<byte[]> Requests => [.. _requests];

    /// <summary>Names the leaf, as the trust roots of sigstore do.</summary>
    public CertificateAuthority Authority => Anchor(_chain);

    /// <summary>Without the leaf: the certificate in the token is needed.</summary>
    public CertificateAuthority AuthorityAbove => Anchor(_chain[1..]);

    public TrustedRoot Root => TrustedRoot.Empty with { TimestampAuthorities = [Authority] };

    public string RootJson => Encoding.UTF8.GetString(TrustedRootWriter.Write(Root));

    /// <summary>A signing configuration with this authority alone.</summary>
    public string SigningConfigJson => Encoding.UTF8.GetString(SigningConfigWriter.Write(SigningConfig.Empty with
    {
        Tsa =
        [
            new ServiceEndpoint
            {
                Url = Address.AbsoluteUri, MajorApiVersion = 1, Operator = "virtual.test",
                ValidFor = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
            },
        ],
        TsaSelector = new ServiceSelector(ServiceSelection.Any),
    }));

    /// <summary>Leaf first.</summary>
    public string ChainPem => string.Concat(_chain.Select(static c => c.Handle.ExportCertificatePem() + "\n"));

    /// <param name="tls">Certificate with key: HTTPS.</param>
    /// <param name="wantsClientCertificate">With TLS: any one.</param>
    public static VirtualTsa Start(X509Certificate2? tls = null, bool wantsClientCertificate = false) =>
        new(tls, wantsClientCertificate);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private static CertificateAuthority Anchor(params TestCertificate[] chain) => new()
    {
        Uri = "https://tsa.virtual.test",
        Chain = [.. chain.Select(static c => new ReadOnlyMemory<byte>(c.Der))],
        Validity = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
    };

    private void Configure(ListenOptions listen, bool wantsClient)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (_tls is not null)
        {
            listen.UseHttps(_tls, https =>
            {
                https.ClientCertificateMode =
                    wantsClient ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.AllowAnyClientCertificate();
            });
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        await Task.Delay(Latency, context.RequestAborted);
        if (Outage.Times > 0)
        {
            Outage = (Outage.Status, Outage.Times - 1);
            context.Response.Headers.RetryAfter = "0";
            await ErrorAsync(context, Outage.Status, "try \u001b[31mlater\r\n");
            return;
        }

        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("POST", Endpoint):
                using (MemoryStream body = new())
                {
                    await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                    await TimestampAsync(context, body.ToArray());
                }

                break;
            case ("GET", Endpoint + "/certchain"):
                await WriteAsync(context, 200, "application/pem-certificate-chain", Encoding.ASCII.GetBytes(ChainPem));
                break;
            default:
                await ErrorAsync(context, 404, $"path {context.Request.Path} was not found");
                break;
        }
    }

    private async Task TimestampAsync(HttpContext context, byte[] query)
    {
        _requests.Enqueue(query);
        if (context.Request.ContentType != "application/timestamp-query"
            || !Rfc3161TimestampRequest.TryDecode(query, out Rfc3161TimestampRequest? request, out int used)
            || used != query.Length)
        {
            await ErrorAsync(context, 400, "error parsing request");
        }
        else if (request.HashAlgorithmId.Value == "1.3.14.3.2.26")
        {
            await ErrorAsync(context, 400, "Weak hash algorithm in timestamp request");
        }
        else if (request.RequestedPolicyId is { } policy && policy.Value != TestTimestamps.Policy)
        {
            await ErrorAsync(context, 400, "unaccepted policy: requested TSA policy is not supported by the TSA");
        }
        else if (Lie == TsaLie.Page)
        {
            await WriteAsync(context, 200, "text/html; charset=utf-8", "<html>log in</html>"u8.ToArray());
        }
        else
        {
            await WriteAsync(context, 201, ReplyType, Answer(request));
        }
    }

    private byte[] Answer(Rfc3161TimestampRequest request) => Lie switch
    {
        TsaLie.Rejection => Status(2, "not \u001b[31mtoday\r\n", failure: 14),
        TsaLie.NoToken => Status(0),
        TsaLie.Garbage => "<html>"u8.ToArray(),
        TsaLie.Huge => new byte[Limits.TimestampToken + 1],
        TsaLie.Trailing => [.. Granted(request), 0],
        _ => Granted(request),
    };

    private byte[] Granted(Rfc3161TimestampRequest request)
    {
        BigInteger? nonce = request.GetNonce() is { } sent
            ? new BigInteger(sent.Span, isUnsigned: false, isBigEndian: true) : null;
        byte[] imprint = request.GetMessageHash().ToArray();
        if (Lie == TsaLie.WrongImprint)
        {
            imprint[0] ^= 1;
        }

        byte[] answer = new TestTimestamps(_chain[0])
        {
            Time = TimeProvider.System.GetUtcNow() + ClockOff,
            Hash = HashOf(request.HashAlgorithmId.Value!),
            PolicyOid = Lie == TsaLie.WrongPolicy ? "1.2.3.4" : TestTimestamps.Policy,
            SerialNumber = new BigInteger(RandomNumberGenerator.GetBytes(16), isUnsigned: true),
            Accuracy = 1,
            Nonce = Lie switch
            {
                TsaLie.NoNonce => null,
                TsaLie.WrongNonce => (nonce ?? 0) + 1,
                _ => nonce,
            },
            Embedded = request.RequestSignerCertificate && Lie != TsaLie.NoCertificates ? _chain[..2] : null,
        }.AnswerTo(imprint, Lie == TsaLie.Modified ? 1 : 0);

        // The last byte of an answer is the last of its signature.
        answer[^1] ^= (byte)(Lie == TsaLie.Forged ? 1 : 0);
        return answer;
    }

    private static HashAlgorithmName HashOf(string oid) => oid switch
    {
        "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };

    private static byte[] Status(int status, string? text = null, int? failure = null)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteInteger(status);
            if (text is not null)
            {
                using (writer.PushSequence())
                {
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
                }
            }

            if (failure is { } bit)
            {
                byte[] bits = new byte[(bit / 8) + 1];
                bits[bit / 8] = (byte)(0x80 >> (bit % 8));
                writer.WriteBitString(bits, 7 - (bit % 8));
            }
        }

        return writer.Encode();
    }

    private static Task ErrorAsync(HttpContext context, int status, string message) => WriteAsync(
        context, status, "application/json",
        Encoding.UTF8.GetBytes(new JsonObject { ["code"] = status, ["message"] = message }.ToJsonString()));

    private static Task WriteAsync(HttpContext context, int status, string type, byte[] content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
