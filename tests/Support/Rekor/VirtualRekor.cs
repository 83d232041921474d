using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Support.Rekor;

/// <summary>
/// A Rekor log in this process, on a loopback port: v1 with its API, or v2 with tiles. It signs with a key of its own,
/// which <see cref="Root"/> trusts, and lies when told to.
/// </summary>
internal sealed partial class VirtualRekor : IAsyncDisposable
{
    public const long FirstTime = 1_700_000_000;
    private const string Host = "rekor.virtual.test";
    private const ulong TreeNumber = 0x041e454acf6d1cb7;

    private readonly WebApplication _server;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentDictionary<string, List<int>> _index = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, byte[]> _attestations = new();
    private readonly ConcurrentDictionary<int, long> _times = new();
    private readonly Lock _gate = new();
    private readonly VirtualTree _tree = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _otherSeed = RandomNumberGenerator.GetBytes(32);

    private VirtualRekor(bool tiled)
    {
        Tiled = tiled;
        PublicKey = tiled
            ? PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(_seed))
            : PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo());
        LogId = NoteKeyId.Compute(Host, PublicKey);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        Address = new Uri(_server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public Uri Address { get; }

    public bool Tiled { get; }

    public PublicKey PublicKey { get; }

    public byte[] LogId { get; }

    public RekorLie Lie { get; set; }

    /// <summary>Entries before the first one of this shard: v1 counts over all shards.</summary>
    public int IndexOffset { get; init; } = 1000;

    /// <summary>Status to answer everything with, so many times.</summary>
    public (int Status, int Times) Outage { get; set; }

    /// <summary>Seconds that an outage asks to wait.</summary>
    public string RetryAfter { get; set; } = "0";

    /// <summary>Method and path of everything asked, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public int Size => _tree.Size;

    /// <summary>What trusts this log, listed under the name it signs with.</summary>
    public TrustedRoot Root => new()
    {
        Logs =
        [
            new TransparencyLogInstance
            {
                BaseUrl = $"https://{Host}", Key = PublicKey, LogId = LogId,
                KeyDetails = PublicKey.Algorithm.KeyDetails,
                Validity = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
            },
        ],
    };

    public string RootJson => Encoding.UTF8.GetString(TrustedRootWriter.Write(Root));

    public static VirtualRekor Start(bool tiled = false, int entries = 0)
    {
        VirtualRekor rekor = new(tiled);
        for (int i = 0; i < entries; i++)
        {
            rekor.AddHashedRekord(Encoding.UTF8.GetBytes(FormattableString.Invariant($"content {i}")));
        }

        return rekor;
    }

    public void ClearRequests() => _requests.Clear();

    /// <summary>Logs a signature over content by a key made for it, found by the digest.</summary>
    /// <returns>Index in this log.</returns>
    public long AddHashedRekord(byte[] content, ECDsa? signer = null)
    {
        using ECDsa mine = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECDsa key = signer ?? mine;
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        byte[] signature = key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        string pem = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo()).ToPem();
        string encoded = Convert.ToBase64String(signature);
        JsonObject body = Tiled
            ? Body("0.0.2", new JsonObject
            {
                ["hashedRekordV002"] = new JsonObject
                {
                    ["data"] = new JsonObject
                    {
                        ["algorithm"] = "SHA2_256", ["digest"] = Convert.ToBase64String(SHA256.HashData(content)),
                    },
                    ["signature"] = new JsonObject
                    {
                        ["content"] = encoded,
                        ["verifier"] = new JsonObject
                        {
                            ["keyDetails"] = "PKIX_ECDSA_P256_SHA_256",
                            ["publicKey"] = new JsonObject
                            {
                                ["rawBytes"] = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()),
                            },
                        },
                    },
                },
            })
            : Body("0.0.1", new JsonObject
            {
                ["data"] = new JsonObject
                {
                    ["hash"] = new JsonObject { ["algorithm"] = "sha256", ["value"] = hash },
                },
                ["signature"] = new JsonObject
                {
                    ["content"] = encoded,
                    ["publicKey"] = new JsonObject
                    {
                        ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(pem)),
                    },
                },
            });
        return Add(CompactJson.Bytes(body), null, $"hash:sha256:{hash}", $"key:{pem}");
    }

    private static JsonObject Body(string version, JsonObject spec) =>
        new() { ["apiVersion"] = version, ["kind"] = "hashedrekord", ["spec"] = spec };

    /// <summary>Logs any bytes.</summary>
    /// <param name="names">Terms it is found by: <c>hash:</c>, <c>key:</c>, <c>email:</c>, <c>subject:</c> and value.</param>
    public long Add(byte[] body, byte[]? attestation, params string[] names)
    {
        int index;
        lock (_gate)
        {
            index = _tree.Size;
            _tree.Add(body);
        }

        if (attestation is not null)
        {
            _attestations[index] = attestation;
        }

        foreach (string name in names)
        {
            _index.GetOrAdd(name, static _ => []).Add(index);
        }

        return Global(index);
    }

    /// <summary>The name the log gives an entry.</summary>
    public string Uuid(long logIndex) => Name((int)(logIndex - (Tiled ? 0 : IndexOffset)));

    /// <summary>The signed head at a size.</summary>
    public string Checkpoint(int? size = null) => Sign(ShownTree, size ?? _tree.Size);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _key.Dispose();
        _otherKey.Dispose();
    }

    private int HeadSize => Lie == RekorLie.StaleHead ? _tree.Size / 2 : _tree.Size;

    /// <summary>The tree as it is shown: with another first entry when the log is forked.</summary>
    private VirtualTree ShownTree => Lie is RekorLie.Forked or RekorLie.ForkedSilently
        ? new VirtualTree(_tree.Leaves.Select(static (leaf, i) => i == 0 ? "another"u8.ToArray() : leaf))
        : _tree;

    private long Global(int index) => Tiled ? index : index + IndexOffset;

    private string Name(int index) => TreeNumber.ToString("x16", CultureInfo.InvariantCulture)
        + Convert.ToHexStringLower(VirtualTree.LeafHash(_tree.Leaves[index]));

    private string Sign(VirtualTree tree, int size)
    {
        string origin = Tiled ? Host : $"{Host} - {TreeNumber}";
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{origin}\n{size}\n{Convert.ToBase64String(tree.Root(size))}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bool wrong = Lie == RekorLie.WrongKey;
        byte[] signature = Tiled
            ? ClassicCrypto.Current.Ed25519Sign(wrong ? _otherSeed : _seed, bytes, prehash: false)
            : (wrong ? _otherKey : _key).SignData(
                bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return $"{text}\n\u2014 {Host} {Convert.ToBase64String([.. LogId.AsSpan(0, 4), .. signature])}\n";
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        _requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        if (Outage.Times > 0)
        {
            Outage = (Outage.Status, Outage.Times - 1);
            context.Response.Headers.RetryAfter = RetryAfter;
            await ErrorAsync(context, Outage.Status, "try \u001b[31mlater\r\n");
            return;
        }

        string path = request.Path.Value!.TrimStart('/');
        if (Lie == RekorLie.Garbage)
        {
            await WriteAsync(context, "<html>"u8.ToArray());
            return;
        }

        await (request.Method == "POST" && path == (Tiled ? "api/v2/log/entries" : "api/v1/log/entries")
            ? UploadAsync(context)
            : Tiled ? TilesAsync(context, path) : ApiAsync(context, path));
    }

    private async Task ApiAsync(HttpContext context, string path)
    {
        IQueryCollection query = context.Request.Query;
        switch (context.Request.Method, path)
        {
            case ("GET", "api/v1/log"):
                await JsonAsync(context, LogInfo());
                break;
            case ("GET", "api/v1/log/entries"):
                int index = int.Parse(query["logIndex"]!, CultureInfo.InvariantCulture) - IndexOffset;
                await (index >= 0 && index < _tree.Size ? JsonAsync(context, Map(index)) : MissingAsync(context));
                break;
            case ("GET", var p) when p.StartsWith("api/v1/log/entries/", StringComparison.Ordinal):
                int found = Hidden > 0 ? -1 : Find(p["api/v1/log/entries/".Length..]);
                Hidden = Math.Max(0, Hidden - 1);
                await (found >= 0 ? JsonAsync(context, Map(found)) : MissingAsync(context));
                break;
            case ("POST", "api/v1/log/entries/retrieve"):
                await RetrieveAsync(context);
                break;
            case ("POST", "api/v1/index/retrieve"):
                await SearchAsync(context);
                break;
            case ("GET", "api/v1/log/proof"):
                await ProofAsync(context, Number(query, "firstSize"), Number(query, "lastSize"));
                break;
            case ("GET", "api/v1/log/publicKey"):
                // What a lying server would like to be verified with.
                await WriteAsync(context, Encoding.ASCII.GetBytes(_otherKey.ExportSubjectPublicKeyInfoPem()));
                break;
            default:
                await ErrorAsync(context, 404, $"path /{path} was not found");
                break;
        }
    }

    private static int Number(IQueryCollection query, string name) =>
        int.Parse(query[name]!, CultureInfo.InvariantCulture);

    private JsonObject LogInfo() => new()
    {
        ["inactiveShards"] = null,
        ["rootHash"] = Convert.ToHexStringLower(ShownTree.Root(HeadSize)),
        ["signedTreeHead"] = Sign(ShownTree, HeadSize),
        ["treeID"] = TreeNumber.ToString(CultureInfo.InvariantCulture),
        ["treeSize"] = HeadSize,
    };

    private async Task ProofAsync(HttpContext context, int first, int last)
    {
        if (first < 1 || first > last || last > _tree.Size || Lie == RekorLie.ForkedSilently)
        {
            await ErrorAsync(context, 400, "sizes");
            return;
        }

        await JsonAsync(context, new JsonObject
        {
            ["rootHash"] = Convert.ToHexStringLower(ShownTree.Root(_tree.Size)),
            ["hashes"] = Hex(ShownTree.Proof(first, last)),
        });
    }

    private int Find(string id) => Enumerable.Range(0, _tree.Size)
        .Where(i => Name(i) == id || Name(i)[16..] == id).DefaultIfEmpty(-1).First();

    private JsonObject Map(int index)
    {
        lock (_gate)
        {
            return MapOf(index);
        }
    }

    private JsonObject MapOf(int index)
    {
        int shown = Lie == RekorLie.WrongEntry ? (index + 1) % _tree.Size : index;
        int content = Lie == RekorLie.WrongBody ? (index + 1) % _tree.Size : shown;
        return new JsonObject { [Name(shown)] = Entry(shown, content) };
    }

    private JsonObject Entry(int index, int content)
    {
        VirtualTree tree = ShownTree;
        string body = Convert.ToBase64String(_tree.Leaves[content]);
        string logId = Convert.ToHexStringLower(LogId);
        long time = _times.GetValueOrDefault(index, FirstTime + index);
        string signed = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"body":"{{body}}","integratedTime":{{time}},"logID":"{{logId}}","logIndex":{{Global(index)}}}""");
        byte[] promise = (Lie == RekorLie.WrongKey ? _otherKey : _key).SignData(
            Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[][] path = tree.Path(index, tree.Size);
        if (Lie == RekorLie.WrongProof && path.Length > 0)
        {
            path[0] = VirtualTree.LeafHash("other"u8.ToArray());
        }

        JsonObject entry = new()
        {
            ["body"] = body,
            ["integratedTime"] = Lie == RekorLie.WrongTime ? time + 1 : time,
            ["logID"] = logId,
            ["logIndex"] = Global(index),
            ["verification"] = new JsonObject
            {
                ["inclusionProof"] = new JsonObject
                {
                    ["checkpoint"] = Sign(tree, tree.Size),
                    ["hashes"] = Hex(path),
                    ["logIndex"] = index,
                    ["rootHash"] = Convert.ToHexStringLower(tree.Root(tree.Size)),
                    ["treeSize"] = tree.Size,
                },
                ["signedEntryTimestamp"] = Convert.ToBase64String(promise),
            },
        };
        JsonObject verification = entry["verification"]!.AsObject();
        if (Lie is RekorLie.NoProof or RekorLie.NoVerification)
        {
            verification.Remove("inclusionProof");
        }

        if (Lie == RekorLie.NoVerification)
        {
            verification.Remove("signedEntryTimestamp");
        }

        if (_attestations.TryGetValue(index, out byte[]? attestation))
        {
            byte[] stored = Lie == RekorLie.WrongAttestation ? [.. attestation, 32] : attestation;
            entry["attestation"] = new JsonObject { ["data"] = Convert.ToBase64String(stored) };
        }

        return entry;
    }

    private static JsonArray Hex(byte[][] hashes) =>
        [.. hashes.Select(static hash => JsonValue.Create(Convert.ToHexStringLower(hash)))];

    private static Task MissingAsync(HttpContext context) => ErrorAsync(context, 404, "entry not found");

    private static Task ErrorAsync(HttpContext context, int status, string message, int? code = null)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new JsonObject { ["code"] = code ?? status, ["message"] = message });
    }

    private static Task JsonAsync(HttpContext context, JsonObject json)
    {
        context.Response.ContentType = "application/json";
        return WriteAsync(context, Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static Task WriteAsync(HttpContext context, byte[] content)
    {
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
