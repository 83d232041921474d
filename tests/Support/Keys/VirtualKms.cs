using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Keys;

/// <summary>One request: its action, such as <c>Sign</c>, and its JSON.</summary>
internal sealed record KmsRequest(string Action, JsonObject Body, int Number);

/// <summary>An answer in place of the right one.</summary>
internal sealed record KmsReply(int Status, string Body, TimeSpan Delay = default);

/// <summary>
/// AWS KMS for what an emulator does not do: slowness, throttling, garbage, disabled keys, Ed25519. Follows the AWS KMS API
/// reference 2014-11-01 (https://docs.aws.amazon.com/kms/latest/APIReference/): each action is a POST to "/" with the header
/// <c>X-Amz-Target: TrentService.ACTION</c> and a body of application/x-amz-json-1.1. GetPublicKey {KeyId} answers {KeyId
/// (ARN), PublicKey (base64 DER), KeySpec, KeyUsage, SigningAlgorithms}; Sign {KeyId, Message, MessageType RAW or DIGEST,
/// SigningAlgorithm} answers {KeyId, Signature, SigningAlgorithm}; DescribeKey and CreateKey answer {KeyMetadata {KeyId,
/// Arn, …}}; CreateAlias {AliasName, TargetKeyId} answers with nothing, ScheduleKeyDeletion with {KeyId, DeletionDate}.
/// Errors are HTTP 400 (500, 503 for its own) with {"__type": "NotFoundException", "message": "…"}.
/// </summary>
internal sealed class VirtualKms : IAsyncDisposable
{
    public const string Region = "eu-central-1";
    private const string Arn = $"arn:aws:kms:{Region}:123456789012:";

    private readonly LoopbackServer _server;
    private readonly ConcurrentDictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, VirtualKmsKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public VirtualKms() => _server = LoopbackServer.Start(AnswerAsync);

    public string Address => _server.Address;

    /// <summary>Every request, in the order of arrival.</summary>
    public ConcurrentQueue<KmsRequest> Requests { get; } = new();

    /// <summary>What to answer instead; null: the right answer.</summary>
    public Func<KmsRequest, KmsReply?> Trouble { get; set; } = static _ => null;

    /// <summary>What to answer once the request has been carried out; null: the right answer.</summary>
    public Func<KmsRequest, KmsReply?> Lost { get; set; } = static _ => null;

    /// <summary>Ids that are to be deleted.</summary>
    public ConcurrentQueue<string> Deleted { get; } = new();

    public static string ArnOf(string id) => Arn + (id.StartsWith("alias/", StringComparison.Ordinal) ? id : "key/" + id);

    public static KmsReply Error(string type, int status = 400, string message = "said by AWS") =>
        new(status, new JsonObject { ["__type"] = type, ["message"] = message }.ToJsonString());

    /// <summary>Puts a key there; its id.</summary>
    public string Add(VirtualKmsKey key, string? alias = null)
    {
        string id = Guid.NewGuid().ToString();
        _keys[id] = key;
        if (alias is not null)
        {
            _aliases[alias] = id;
        }

        return id;
    }

    public int Count(string action) => Requests.Count(r => r.Action == action);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string action = context.Request.Headers["X-Amz-Target"].ToString().Replace("TrentService.", "", StringComparison.Ordinal);
        JsonObject body = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        KmsRequest request = new(action, body, _numbers.AddOrUpdate(action, 1, static (_, n) => n + 1));
        Requests.Enqueue(request);
        KmsReply reply = Trouble(request) ?? await AnswerAsync(request);
        reply = Lost(request) ?? reply;
        await Task.Delay(reply.Delay, context.RequestAborted);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = "application/x-amz-json-1.1";
        await context.Response.WriteAsync(reply.Body, context.RequestAborted);
    }

    private async Task<KmsReply> AnswerAsync(KmsRequest request)
    {
        string? name = (string?)request.Body["KeyId"];
        (string id, VirtualKmsKey? key) = Find(name);
        switch (request.Action)
        {
            case "CreateKey":
                id = Add(VirtualKmsKey.OfSpec((string)request.Body["KeySpec"]!));
                return Metadata(id);
            case "CreateAlias":
                return _aliases.TryAdd((string)request.Body["AliasName"]!, (string)request.Body["TargetKeyId"]!)
                    ? new(200, "") : Error("AlreadyExistsException");
            case "ScheduleKeyDeletion":
                Deleted.Enqueue(id);
                return Ok(new JsonObject { ["KeyId"] = ArnOf(id), ["DeletionDate"] = 1_800_000_000 });
            case var _ when key is null:
                return Error("NotFoundException", message: $"Alias or key '{name}' is not found.");
            case "DescribeKey":
                return Metadata(id);
            case "GetPublicKey":
                return Ok(key.Describe(ArnOf(id)));
            case "Sign":
                return await key.SignAsync(request.Body) is { } signature
                    ? Ok(new JsonObject { ["KeyId"] = ArnOf(id), ["Signature"] = Convert.ToBase64String(signature) })
                    : Error("ValidationException", message: "Digest or algorithm is invalid for this key.");
            default:
                return Error("UnknownOperationException");
        }
    }

    private (string Id, VirtualKmsKey? Key) Find(string? name)
    {
        string own = name is not null && name.StartsWith(Arn, StringComparison.Ordinal)
            ? name[Arn.Length..].Replace("key/", "", StringComparison.Ordinal) : name ?? string.Empty;
        string id = _aliases.GetValueOrDefault(own, own);
        return (id, _keys.GetValueOrDefault(id));
    }

    private static KmsReply Metadata(string id) => Ok(new JsonObject
    {
        ["KeyMetadata"] = new JsonObject { ["KeyId"] = id, ["Arn"] = ArnOf(id), ["Enabled"] = true, ["KeyState"] = "Enabled" },
    });

    private static KmsReply Ok(JsonObject body) => new(200, body.ToJsonString());
}
