using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Certificates;
using SigstorePS.Oidc;
using SigstorePS.Trust;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Support.Sigstore;

/// <summary>
/// A Fulcio in this process, on a loopback port, with its authority, its certificate log and an issuer of its own. It
/// checks tokens and proofs as the real one does (grpc_server.go), and lies when told to.
/// </summary>
internal sealed class VirtualFulcio : IAsyncDisposable
{
    /// <summary>The issuer of <see cref="Mint"/>.</summary>
    public const string Issuer = "https://issuer.virtual.test";

    private readonly LoopbackServer _server;
    private readonly TimeProvider _clock;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<byte[]> _issued = new();
    private readonly List<VirtualIssuance> _issuers = [];
    private readonly ECDsa _issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _wrongKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly VirtualAuthority _authority;
    private readonly VirtualAuthority _stranger;
    private readonly VirtualCertificateLog _log = new();
    private readonly VirtualCertificateLog _unknownLog = new();
    private readonly Lock _gate = new();
    private int _outages;

    private VirtualFulcio(TimeProvider clock)
    {
        _clock = clock;
        _authority = new VirtualAuthority("virtual.test", clock.GetUtcNow());
        _stranger = new VirtualAuthority("virtual.test", clock.GetUtcNow());
        _issuers.Add(new VirtualIssuance(Issuer, Key: _issuerKey));
        _server = LoopbackServer.Start(HandleAsync);
        Address = new Uri(_server.Address);
    }

    public Uri Address { get; }

    public FulcioLie Lie { get; set; }

    /// <summary>Life of a certificate.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long ago a certificate began.</summary>
    public TimeSpan Age { get; set; }

    /// <summary>Waits before each answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Status, <c>Retry-After</c> and times of failures before it works.</summary>
    public (int Status, string? RetryAfter, int Times) Outage
    {
        get => _outage;
        set => (_outage, _outages) = (value, value.Times);
    }

    private (int Status, string? RetryAfter, int Times) _outage;

    /// <summary>Status for version 2 of the API; null: it is there.</summary>
    public int? WithoutVersion2 { get; set; }

    /// <summary>Version 1 of the API is not there.</summary>
    public bool WithoutVersion1 { get; set; }

    /// <summary>Promises of the log come beside the certificate.</summary>
    public bool Detached { get; set; }

    /// <summary>Version 2 answers with 201 as well.</summary>
    public bool Created { get; set; }

    /// <summary>Sends requests for certificates elsewhere.</summary>
    public Uri? Redirect { get; set; }

    /// <summary>Refuses with this text.</summary>
    public string? Refusal { get; set; }

    /// <summary>Method and path of everything asked, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Requests for certificates.</summary>
    public int Asked => _requests.Count(static r => r.EndsWith("/signingCert", StringComparison.Ordinal));

    /// <summary>Certificates, DER, in order.</summary>
    public IReadOnlyList<byte[]> Issued => [.. _issued];

    /// <summary>Bodies of the requests for certificates.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    /// <summary>What trusts this authority and its log.</summary>
    public TrustedRoot Root =>
        new() { CertificateAuthorities = [_authority.Instance], CertificateLogs = [_log.Instance] };

    public string RootJson => Encoding.UTF8.GetString(TrustedRootWriter.Write(Root));

    public static VirtualFulcio Start(TimeProvider? clock = null) => new(clock ?? TimeProvider.System);

    /// <summary>Takes tokens of another issuer, which is asked for its keys unless one is given.</summary>
    public VirtualFulcio Accept(VirtualIssuance issuer)
    {
        _issuers.RemoveAll(known => known.Url == issuer.Url);
        _issuers.Add(issuer.Key is null && issuer.Url == Issuer ? issuer with { Key = _issuerKey } : issuer);
        return this;
    }

    /// <summary>A token of <see cref="Issuer"/>; others claims replace those there are.</summary>
    public string Mint(string subject = "alice", string? email = "alice@example.test", JsonObject? claims = null)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        JsonObject all = new()
        {
            ["iss"] = Issuer, ["sub"] = subject, ["aud"] = "sigstore",
            ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        if (email is not null)
        {
            all["email"] = email;
            all["email_verified"] = true;
        }

        foreach ((string name, JsonNode? value) in claims ?? [])
        {
            all[name] = value?.DeepClone();
        }

        return VirtualToken.Make(_issuerKey, all);
    }

    /// <summary>The same, read.</summary>
    public IdentityToken Token(string subject = "alice", string? email = "alice@example.test", JsonObject? claims = null) =>
        new()
        {
            Raw = Mint(subject, email, claims), Issuer = Issuer, Subject = subject, Audience = ["sigstore"], Email = email,
            EmailVerified = email is not null, Expires = _clock.GetUtcNow().AddMinutes(5),
        };

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        _stranger.Dispose();
        _log.Dispose();
        _unknownLog.Dispose();
        _issuerKey.Dispose();
        _wrongKey.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string path = request.Path.Value!;
        _requests.Enqueue($"{request.Method} {path}");
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, context.RequestAborted);
        }

        if (Interlocked.Decrement(ref _outages) >= 0)
        {
            if (Outage.RetryAfter is { } after)
            {
                context.Response.Headers.RetryAfter = after;
            }

            await ErrorAsync(context, Outage.Status, 8, "try \u001b[31mlater\r\n");
            return;
        }

        switch (request.Method, path)
        {
            case ("POST", _) when Redirect is not null:
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = new Uri(Redirect, path).AbsoluteUri;
                break;
            case ("POST", "/api/v2/signingCert") when WithoutVersion2 is { } status:
                await ErrorAsync(context, status, 12, "Method Not Allowed");
                break;
            case ("POST", "/api/v2/signingCert"):
                await IssueAsync(context, old: false);
                break;
            case ("POST", "/api/v1/signingCert") when !WithoutVersion1:
                await IssueAsync(context, old: true);
                break;
            case ("GET", "/api/v2/configuration"):
                await JsonAsync(context, Configuration());
                break;
            case ("GET", "/api/v2/trustBundle"):
                await JsonAsync(context, new JsonObject { ["chains"] = new JsonArray(ChainOf([.. _authority.Chain])) });
                break;
            default:
                await ErrorAsync(context, 404, 5, "Not Found");
                break;
        }
    }

    private async Task IssueAsync(HttpContext context, bool old)
    {
        using StreamReader reader = new(context.Request.Body);
        string text = await reader.ReadToEndAsync(context.RequestAborted);
        Bodies.Enqueue(text);
        if (Refusal is not null)
        {
            await ErrorAsync(context, 400, 3, Refusal);
            return;
        }

        string authorization = context.Request.Headers.Authorization.ToString();
        string token = authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization[7..] : "";
        if (await VirtualToken.VerifyAsync(token, _issuers, _clock.GetUtcNow()) is not var (issuer, claims)
            || NameOf(issuer, claims) is not var (challenge, name))
        {
            await ErrorAsync(context, 400, 3, "There was an error processing the identity token");
            return;
        }

        using JsonDocument body = JsonDocument.Parse(text);
        (PublicKey? key, string? refusal) = FulcioProofs.Check(body.RootElement, challenge, old);
        if (key is null)
        {
            await ErrorAsync(context, 400, 3, refusal!);
            return;
        }

        (IReadOnlyList<byte[]> chain, byte[]? sct) = Issue(key, name, issuer, claims);
        await (old ? AnswerOldAsync(context, chain, sct) : AnswerAsync(context, chain, sct));
    }

    /// <summary>What a proof is signed over, and the subject alternative name.</summary>
    private (string Challenge, X509Extension Name)? NameOf(VirtualIssuance issuer, JsonElement claims)
    {
        string subject = claims.GetProperty("sub").GetString()!;
        bool wrong = Lie == FulcioLie.WrongName;
        switch (issuer.Type)
        {
            case "email":
                if (!claims.TryGetProperty("email", out JsonElement email)
                    || !claims.TryGetProperty("email_verified", out JsonElement verified)
                    || verified.ToString() is not ("True" or "true"))
                {
                    return null;
                }

                return (email.GetString()!, VirtualAuthority.Mail(wrong ? "mallory@example.test" : email.GetString()!));
            case "username":
                return (subject, VirtualAuthority.UserName(wrong ? "mallory!example.test" : $"{subject}!example.test"));
            case "github-workflow":
                return (subject, VirtualAuthority.Address(
                    $"https://github.com/{claims.GetProperty("job_workflow_ref").GetString()}"));
            default:
                return (subject, VirtualAuthority.Address(wrong ? "spiffe://example.test/mallory" : subject));
        }
    }

    private (IReadOnlyList<byte[]> Chain, byte[]? Sct) Issue(
        PublicKey key, X509Extension name, VirtualIssuance issuer, JsonElement claims)
    {
        string vouching = Lie == FulcioLie.WrongIssuer ? "https://mallory.test"
            : issuer.IssuerClaim is { } claim ? claims.GetProperty("federated_claims").GetProperty(claim).GetString()!
            : issuer.Url;
        string subject = Lie == FulcioLie.WrongSubject ? "mallory" : claims.GetProperty("sub").GetString()!;
        DateTimeOffset now = _clock.GetUtcNow();
        DateTimeOffset start = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero) - Age;
        VirtualAuthority authority = Lie == FulcioLie.UnknownAuthority ? _stranger : _authority;
        VirtualCertificateLog log = Lie == FulcioLie.UnknownLog ? _unknownLog : _log;
        bool damaged = Lie == FulcioLie.BadSct;
        bool published = Lie != FulcioLie.NoSct;
        byte[] leaf;
        lock (_gate)
        {
            leaf = authority.IssueLeaf(
                Lie == FulcioLie.WrongKey ? _wrongKey.ExportSubjectPublicKeyInfo() : key.Spki.ToArray(),
                start, start + Lifetime,
                [
                    name, VirtualAuthority.Bare(FulcioExtensions.IssuerV1, vouching),
                    VirtualAuthority.Utf8(FulcioExtensions.IssuerV2, vouching),
                    VirtualAuthority.Utf8($"{FulcioExtensions.Arc}24", subject),
                ],
                Detached || !published
                    ? null : tbs => log.Embedded(tbs.Span, authority.IntermediateSpki, now, damaged));
        }

        _issued.Enqueue(leaf);
        IReadOnlyList<byte[]> above = Lie == FulcioLie.BrokenChain ? _stranger.Chain : authority.Chain;
        return ([leaf, .. above], Detached && published ? log.Detached(leaf, now, damaged) : null);
    }

    private Task AnswerAsync(HttpContext context, IReadOnlyList<byte[]> chain, byte[]? sct)
    {
        context.Response.StatusCode = Created ? 201 : 200;
        JsonObject kind = new() { ["chain"] = ChainOf(chain) };
        if (sct is not null)
        {
            kind["signedCertificateTimestamp"] = Convert.ToBase64String(sct);
        }

        bool detached = Detached || Lie == FulcioLie.NoSct;
        JsonObject answer = new() { [detached ? "signedCertificateDetachedSct" : "signedCertificateEmbeddedSct"] = kind };
        string text = FulcioDamage.Apply(Lie, answer, chain);
        return WriteAsync(context, Encoding.UTF8.GetBytes(text), "application/json");
    }

    private Task AnswerOldAsync(HttpContext context, IReadOnlyList<byte[]> chain, byte[]? sct)
    {
        context.Response.StatusCode = 201;
        if (sct is not null)
        {
            context.Response.Headers["SCT"] = Convert.ToBase64String(sct);
        }

        string pem = Lie == FulcioLie.Html ? "<html>" : string.Join('\n', chain.Select(PemOf)).Trim();
        return WriteAsync(context, Encoding.ASCII.GetBytes(pem), "application/pem-certificate-chain");
    }

    private JsonObject Configuration() => new()
    {
        ["issuers"] = new JsonArray([.. _issuers.Select(static issuer => new JsonObject
        {
            [issuer.Url.Contains('*', StringComparison.Ordinal) ? "wildcardIssuerUrl" : "issuerUrl"] = issuer.Url,
            ["audience"] = issuer.Audience,
            ["challengeClaim"] = issuer.Type == "email" ? "email" : "sub",
            ["spiffeTrustDomain"] = "",
            ["issuerType"] = issuer.Type,
            ["subjectDomain"] = "",
        })]),
    };

    private static JsonObject ChainOf(IReadOnlyList<byte[]> chain) =>
        new() { ["certificates"] = new JsonArray([.. chain.Select(static c => JsonValue.Create(PemOf(c)))]) };

    internal static string PemOf(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    private static Task ErrorAsync(HttpContext context, int status, int code, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(
            context, new JsonObject { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() });
    }

    private static Task JsonAsync(HttpContext context, JsonObject json) =>
        WriteAsync(context, Encoding.UTF8.GetBytes(json.ToJsonString()), "application/json");

    private static Task WriteAsync(HttpContext context, byte[] content, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
