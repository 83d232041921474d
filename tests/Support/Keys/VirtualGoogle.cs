using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using SigstorePS.Encodings;

namespace SigstorePS.Support.Keys;

/// <summary>
/// Imitates Google Cloud, strictly: what a document does not have is refused and noted in <see cref="Violations"/>.
/// <list type="bullet">
/// <item>Cloud KMS v1, cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys: get, create
/// (<c>?cryptoKeyId=</c>, <c>{"purpose","versionTemplate":{"algorithm","protectionLevel"}}</c>), and of
/// cryptoKeyVersions: get, list (<c>?filter=state=ENABLED&amp;pageSize&amp;pageToken&amp;fields</c>, the last of
/// cloud.google.com/apis/docs/system-parameters; without it versions in an HSM come with their attestation →
/// <c>{"cryptoKeyVersions":[{"name","state","algorithm"}],"nextPageToken"}</c>), getPublicKey (→
/// <c>{"pem","algorithm","pemCrc32c","name","protectionLevel"}</c>) and asymmetricSign
/// (<c>{"digest":{"sha256"},"digestCrc32c"}</c> or <c>{"data","dataCrc32c"}</c> →
/// <c>{"signature","signatureCrc32c","verifiedDigestCrc32c","name"}</c>). Failures as in cloud.google.com/apis/design/errors:
/// <c>{"error":{"code","message","status"}}</c>.</item>
/// <item>Service accounts: developers.google.com/identity/protocols/oauth2/service-account, "Making the access token
/// request": POST a form with grant_type jwt-bearer and an RS256 assertion.</item>
/// <item>Workload identity federation: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token.</item>
/// <item>Metadata server: cloud.google.com/compute/docs/metadata/querying-metadata, Metadata-Flavor both ways.</item>
/// </list>
/// </summary>
public sealed partial class VirtualGoogle : IAsyncDisposable
{
    public const string Ring = "projects/my-project/locations/europe-west3/keyRings/release";
    public const string Account = "signer@my-project.iam.gserviceaccount.com";
    public const string Audience =
        "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/providers/ci";

    /// <summary>What every request to KMS is to carry.</summary>
    public const string Token = "ya29.access~token~value~of~google";

    public const string SubjectToken = "eyJhbGciOiJub25lIn0.subject~token~value.x";

    private const string Scope = "https://www.googleapis.com/auth/cloudkms";

    private readonly LoopbackServer _server;
    private readonly List<VirtualGoogleVersion> _versions = [];

    public VirtualGoogle() => _server = LoopbackServer.Start(HandleAsync);

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public string Address => _server.Address;

    /// <summary>Of the service account.</summary>
    public static string PrivateKeyPem => CloudKeyMaterial.Rsa(2048).ExportPkcs8PrivateKeyPem();

    /// <summary>Requests so far: method and path with query.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What was not as the documents have it.</summary>
    public ConcurrentQueue<string> Violations { get; } = [];

    /// <summary>How often x-goog-user-project named a project.</summary>
    public ConcurrentQueue<string> Billed { get; } = [];

    /// <summary>Answers in the place of the imitation; false: has not.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>Changes an answer of KMS before it leaves.</summary>
    public Action<JsonObject>? Change { get; set; }

    /// <summary>Length of what every version has besides, unless the fields wanted are named.</summary>
    public int Attestation { get; set; }

    /// <summary>How many versions one page of a list has.</summary>
    public int Page { get; set; } = 1000;

    /// <summary>How often a new version is still being generated.</summary>
    public int Generating { get; set; } = 2;

    public VirtualGoogleVersion Add(string key, string algorithm, string state = "ENABLED")
    {
        lock (_versions)
        {
            string prefix = $"{Ring}/cryptoKeys/{key}/cryptoKeyVersions/";
            int number = _versions.Count(v => v.Name.StartsWith(prefix, StringComparison.Ordinal)) + 1;
            VirtualGoogleVersion version = new($"{prefix}{number}", algorithm) { State = state };
            _versions.Add(version);
            return version;
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static Task FailAsync(HttpContext context, int status, string name, string message) =>
        WriteAsync(context, status, new JsonObject
        {
            ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["status"] = name },
        });

    public static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=UTF-8";
        return context.Response.Body.WriteAsync(CompactJson.Bytes(body)).AsTask();
    }

    /// <summary>CRC-32C bit by bit, unlike the table of what is tested.</summary>
    public static string Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return (~crc).ToString(CultureInfo.InvariantCulture);
    }

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}{context.Request.QueryString}");
        if (Instead is { } instead && await instead(context))
        {
            return;
        }

        await (path switch
        {
            "/token" => AccountAsync(context),
            "/v1/token" => ExchangeAsync(context),
            "/computeMetadata/v1/instance/service-accounts/default/token" => MetadataAsync(context),
            _ when path.StartsWith("/v1/projects/", StringComparison.Ordinal) => KmsAsync(context, path["/v1/".Length..]),
            _ => BadAsync(context, $"no such path: {path}"),
        });
    }

    private static JsonObject Granted() => new()
    {
        ["access_token"] = Token, ["expires_in"] = 3599, ["token_type"] = "Bearer",
    };

    private async Task AccountAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        string[] parts = form["assertion"].ToString().Split('.');
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || parts.Length != 3)
        {
            await BadAsync(context, $"a token for {form["grant_type"]}");
            return;
        }

        JsonObject claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        bool signed = CloudKeyMaterial.Rsa(2048).VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if ((string?)claims["iss"] != Account || (string?)claims["scope"] != Scope
            || (string?)claims["aud"] != "https://oauth2.googleapis.com/token")
        {
            await BadAsync(context, $"claims {claims.ToJsonString()}");
        }
        else if (!signed)
        {
            await WriteAsync(context, 400, new JsonObject
            {
                ["error"] = "invalid_grant", ["error_description"] = "Invalid JWT Signature.",
            });
        }
        else
        {
            await WriteAsync(context, 200, Granted());
        }
    }

    private async Task ExchangeAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:token-exchange"
            || form["audience"] != Audience || !form["scope"].ToString().Split(' ').Contains(Scope)
            || form["requested_token_type"] != "urn:ietf:params:oauth:token-type:access_token"
            || form["subject_token_type"] != "urn:ietf:params:oauth:token-type:jwt")
        {
            await BadAsync(context, $"an exchange for {form["audience"]}, {form["scope"]}");
            return;
        }

        JsonObject granted = Granted();
        granted["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token";
        await (form["subject_token"] == SubjectToken
            ? WriteAsync(context, 200, granted)
            : WriteAsync(context, 400, new JsonObject
            {
                ["error"] = "invalid_grant",
                ["error_description"] = $"The given credential is rejected: {form["subject_token"]}",
            }));
    }

    private Task MetadataAsync(HttpContext context)
    {
        if (context.Request.Headers["Metadata-Flavor"] != "Google")
        {
            return BadAsync(context, "no Metadata-Flavor");
        }

        context.Response.Headers["Metadata-Flavor"] = "Google";
        return WriteAsync(context, 200, Granted());
    }

    private async Task KmsAsync(HttpContext context, string path)
    {
        HttpRequest request = context.Request;
        if (request.Headers.Authorization != $"Bearer {Token}")
        {
            await FailAsync(
                context, 401, "UNAUTHENTICATED", $"Request had invalid credentials: {request.Headers.Authorization}");
            return;
        }

        if (request.Headers.TryGetValue("x-goog-user-project", out var project))
        {
            Billed.Enqueue(project.ToString());
        }

        Match match = Resource().Match(path);
        if (!match.Success)
        {
            await BadAsync(context, $"no such resource: {path}");
            return;
        }

        string key = match.Groups["key"].Value;
        string version = match.Groups["version"].Value;
        await ((request.Method, match.Groups["verb"].Value) switch
        {
            ("POST", "/cryptoKeys") when key.Length == 0 => CreateAsync(context, match.Groups["ring"].Value),
            ("GET", "") when version.Length > 0 => VersionAsync(context, path, static (c, v) => StateAsync(c, v)),
            ("GET", "") when key.Length > 0 => KeyAsync(context, path),
            ("GET", "/cryptoKeyVersions") when key.Length > 0 && version.Length == 0 => ListAsync(context, path),
            ("GET", "/publicKey") when version.Length > 0 =>
                VersionAsync(context, path[..^"/publicKey".Length], PublicKeyAsync),
            ("POST", ":asymmetricSign") when version.Length > 0 =>
                VersionAsync(context, path[..^":asymmetricSign".Length], SignAsync),
            _ => BadAsync(context, $"no such method: {request.Method} {path}"),
        });
    }

    private VirtualGoogleVersion[] Versions(string key)
    {
        lock (_versions)
        {
            return [.. _versions.Where(v => v.Name.StartsWith(key + "/", StringComparison.Ordinal))];
        }
    }

    private Task VersionAsync(HttpContext context, string name, Func<HttpContext, VirtualGoogleVersion, Task> then)
    {
        VirtualGoogleVersion? version;
        lock (_versions)
        {
            version = _versions.FirstOrDefault(v => v.Name == name);
        }

        return version is null ? FailAsync(context, 404, "NOT_FOUND", $"CryptoKeyVersion {name} not found.")
            : then(context, version);
    }

    private Task KeyAsync(HttpContext context, string path) =>
        Versions(path).Length == 0
            ? FailAsync(context, 404, "NOT_FOUND", $"CryptoKey {path} not found.")
            : WriteAsync(context, 200, new JsonObject { ["name"] = path, ["purpose"] = "ASYMMETRIC_SIGN" });

    private async Task CreateAsync(HttpContext context, string ring)
    {
        string name = context.Request.Query["cryptoKeyId"].ToString();
        JsonObject body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if (ring != Ring)
        {
            await FailAsync(context, 404, "NOT_FOUND", $"KeyRing {ring} not found.");
        }
        else if (name.Length == 0 || (string?)body["purpose"] != "ASYMMETRIC_SIGN"
            || (string?)body["versionTemplate"]?["protectionLevel"] != "SOFTWARE")
        {
            await BadAsync(context, $"a key '{name}' of {body.ToJsonString()}");
        }
        else if (Versions($"{Ring}/cryptoKeys/{name}").Length > 0)
        {
            await FailAsync(context, 409, "ALREADY_EXISTS", $"CryptoKey {name} already exists.");
        }
        else
        {
            Add(name, (string)body["versionTemplate"]!["algorithm"]!, $"PENDING_GENERATION {Generating}");
            await WriteAsync(context, 200, new JsonObject
            {
                ["name"] = $"{Ring}/cryptoKeys/{name}", ["purpose"] = "ASYMMETRIC_SIGN",
            });
        }
    }

    private static Task StateAsync(HttpContext context, VirtualGoogleVersion version)
    {
        string[] state = version.State.Split(' ');
        if (state.Length == 2)
        {
            int left = int.Parse(state[1], CultureInfo.InvariantCulture) - 1;
            version.State = left <= 0 ? "ENABLED" : $"{state[0]} {left}";
        }

        return WriteAsync(context, 200, new JsonObject
        {
            ["name"] = version.Name, ["state"] = state[0], ["algorithm"] = version.Algorithm,
        });
    }

    private Task ListAsync(HttpContext context, string path)
    {
        IQueryCollection query = context.Request.Query;
        if (query["filter"] != "state=ENABLED" || !int.TryParse(query["pageSize"], out _))
        {
            return BadAsync(context, $"a list by {context.Request.QueryString}");
        }

        string key = path[..^"/cryptoKeyVersions".Length];
        if (Versions(key).Length == 0)
        {
            return FailAsync(context, 404, "NOT_FOUND", $"CryptoKey {key} not found.");
        }

        VirtualGoogleVersion[] enabled = [.. Versions(key).Where(static v => v.State == "ENABLED")];
        int from = int.TryParse(query["pageToken"], out int at) ? at : 0;
        JsonObject answer = [];
        if (enabled.Length > 0)
        {
            answer["cryptoKeyVersions"] = new JsonArray([.. enabled.Skip(from).Take(Page).Select(v =>
                Described(v, whole: query["fields"] != "cryptoKeyVersions(name,state,algorithm),nextPageToken"))]);
        }

        if (from + Page < enabled.Length)
        {
            answer["nextPageToken"] = $"{from + Page}";
        }

        return AnswerAsync(context, answer);
    }

    private JsonObject Described(VirtualGoogleVersion version, bool whole)
    {
        JsonObject described = new()
        {
            ["name"] = version.Name, ["state"] = version.State, ["algorithm"] = version.Algorithm,
        };
        if (whole && Attestation > 0)
        {
            described["attestation"] = new JsonObject
            {
                ["format"] = "CAVIUM_V2_COMPRESSED", ["content"] = new string('A', Attestation),
            };
        }

        return described;
    }

    private Task PublicKeyAsync(HttpContext context, VirtualGoogleVersion version) =>
        version.State != "ENABLED"
            ? DisabledAsync(context, version)
            : AnswerAsync(context, new JsonObject
            {
                ["pem"] = version.Pem, ["algorithm"] = version.Algorithm,
                ["pemCrc32c"] = Checksum(Encoding.UTF8.GetBytes(version.Pem)), ["name"] = version.Name,
                ["protectionLevel"] = "SOFTWARE",
            });

    private async Task SignAsync(HttpContext context, VirtualGoogleVersion version)
    {
        JsonObject body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        bool whole = body.ContainsKey("data");
        string checksum = whole ? "dataCrc32c" : "digestCrc32c";
        string member = whole ? "data" : body["digest"]?.AsObject().Single().Key ?? "";
        byte[] input = Convert.FromBase64String((string?)(whole ? body["data"] : body["digest"]?[member]) ?? "");
        if (body.Count != 2 || (string?)body[checksum] != Checksum(input))
        {
            await BadAsync(context, $"a signature for {body.ToJsonString()}");
        }
        else if (version.State != "ENABLED")
        {
            await DisabledAsync(context, version);
        }
        else if (version.Sign(member, input) is not { } signature)
        {
            await FailAsync(context, 400, "INVALID_ARGUMENT", $"{member} does not match {version.Algorithm}.");
        }
        else
        {
            await AnswerAsync(context, new JsonObject
            {
                ["signature"] = Convert.ToBase64String(signature), ["signatureCrc32c"] = Checksum(signature),
                [whole ? "verifiedDataCrc32c" : "verifiedDigestCrc32c"] = true, ["name"] = version.Name,
                ["protectionLevel"] = "SOFTWARE",
            });
        }
    }

    private Task AnswerAsync(HttpContext context, JsonObject answer)
    {
        Change?.Invoke(answer);
        return WriteAsync(context, 200, answer);
    }

    private static Task DisabledAsync(HttpContext context, VirtualGoogleVersion version) =>
        FailAsync(context, 400, "FAILED_PRECONDITION",
            $"{version.Name} is not enabled, current state is: {version.State}.");

    private Task BadAsync(HttpContext context, string what)
    {
        Violations.Enqueue(what);
        return FailAsync(context, 400, "INVALID_ARGUMENT", what);
    }

    [GeneratedRegex(
        @"\A(?<ring>projects/[^/]+/locations/[^/]+/keyRings/[^/]+)(?:/cryptoKeys/(?<key>[^/:]+)"
        + @"(?:/cryptoKeyVersions/(?<version>[0-9]+))?)?(?<verb>(?:[/:][A-Za-z]+)?)\z")]
    private static partial Regex Resource();
}
