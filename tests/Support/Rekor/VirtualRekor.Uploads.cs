using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Rekor;

/// <content>Entries that come over the network, as Rekor v1 (1.5) and v2 (rekor-tiles 2.3) take them.</content>
internal sealed partial class VirtualRekor
{
    private int _lost;
    private int _stalls;

    /// <summary>Clock of the entries that are uploaded.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>So many uploads are written, and the connection breaks before the answer.</summary>
    public int LostAnswers
    {
        get => _lost;
        set => _lost = value;
    }

    /// <summary>So many uploads are written, and never answered.</summary>
    public int Stalls
    {
        get => _stalls;
        set => _stalls = value;
    }

    /// <summary>So many questions for an entry by its name are answered with 404: it is not sequenced yet.</summary>
    public int Hidden { get; set; }

    /// <summary>What a 409 says as its Location; empty for none, null for the truth.</summary>
    public string? Location { get; set; }

    /// <summary>Answers everything but uploads with 501, as rekor-tiles does on a file system (v2).</summary>
    public bool WriteOnly { get; set; }

    /// <summary>How long an upload waits for the next checkpoint (v2).</summary>
    public TimeSpan Wait { get; set; }

    private async Task UploadAsync(HttpContext context)
    {
        using MemoryStream request = new();
        await context.Request.Body.CopyToAsync(request, context.RequestAborted);
        (int index, bool existed) upload;
        try
        {
            upload = Take(request.ToArray());
        }
        catch (UploadRefusedException e)
        {
            await (Tiled ? GatewayErrorAsync(context, e.Status, e.Code, e.Message) : ErrorAsync(context, e.Status, e.Message, e.Code));
            return;
        }

        if (Interlocked.Decrement(ref _lost) >= 0)
        {
            context.Abort();
            return;
        }

        if (Interlocked.Decrement(ref _stalls) >= 0)
        {
            await Task.Delay(TimeSpan.FromMinutes(5), context.RequestAborted).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }

        if (Tiled)
        {
            await Task.Delay(Wait, context.RequestAborted);
        }

        int shown = Lie == RekorLie.OlderEntry ? upload.index - 1 : upload.index;
        await (Tiled ? AnswerTiledAsync(context, shown, upload.existed) : AnswerAsync(context, shown, upload.existed));
    }

    /// <summary>Writes what is not there yet.</summary>
    private (int Index, bool Existed) Take(byte[] request)
    {
        VirtualUpload upload = Tiled ? new VirtualUpload(VirtualTiledIntake.Take(request), []) : VirtualIntake.Take(request);
        lock (_gate)
        {
            for (int i = 0; i < _tree.Size; i++)
            {
                if (_tree.Leaves[i].AsSpan().SequenceEqual(upload.Body))
                {
                    return (i, true);
                }
            }

            int index = _tree.Size;
            _times[index] = Clock.GetUtcNow().ToUnixTimeSeconds();
            Add(upload.Body, null, upload.Names);
            return (index, false);
        }
    }

    private Task AnswerAsync(HttpContext context, int index, bool existed)
    {
        string uuid = Name(index);
        string place = Location ?? $"{context.Request.Path}/{uuid}";
        if (place.Length > 0)
        {
            context.Response.Headers.Location = place;
        }

        context.Response.Headers.Vary = "Origin";
        if (existed)
        {
            return ErrorAsync(
                context, 409, $"an equivalent entry already exists in the transparency log with UUID {uuid}");
        }

        context.Response.StatusCode = 201;
        context.Response.Headers.ETag = uuid;
        return JsonAsync(context, Map(index));
    }

    private Task AnswerTiledAsync(HttpContext context, int index, bool existed)
    {
        if (existed)
        {
            string number = index.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["x-log-index"] = number;
            return GatewayErrorAsync(
                context, 409, 6, $"an equivalent entry already exists in the transparency log with index {number}");
        }

        context.Response.StatusCode = 201;
        lock (_gate)
        {
            return JsonAsync(context, TiledEntry(index));
        }
    }

    private JsonObject TiledEntry(int index)
    {
        VirtualTree tree = ShownTree;
        string number = index.ToString(CultureInfo.InvariantCulture);
        byte[][] path = tree.Path(index, tree.Size);
        if (Lie == RekorLie.WrongProof && path.Length > 0)
        {
            path[0] = VirtualTree.LeafHash("other"u8.ToArray());
        }

        byte[] body = _tree.Leaves[Lie == RekorLie.WrongBody ? (index + 1) % _tree.Size : index];
        return new JsonObject
        {
            ["logIndex"] = number,
            ["logId"] = new JsonObject { ["keyId"] = Convert.ToBase64String(LogId) },
            ["kindVersion"] = new JsonObject { ["kind"] = "hashedrekord", ["version"] = "0.0.2" },
            ["integratedTime"] = "0",
            ["inclusionPromise"] = null,
            ["inclusionProof"] = Lie is RekorLie.NoProof or RekorLie.NoVerification ? null : new JsonObject
            {
                ["logIndex"] = number,
                ["rootHash"] = Convert.ToBase64String(tree.Root(tree.Size)),
                ["treeSize"] = tree.Size.ToString(CultureInfo.InvariantCulture),
                ["hashes"] = new JsonArray([.. path.Select(static hash => JsonValue.Create(Convert.ToBase64String(hash)))]),
                ["checkpoint"] = new JsonObject { ["envelope"] = Sign(tree, tree.Size) },
            },
            ["canonicalizedBody"] = Convert.ToBase64String(body),
        };
    }

    private static Task GatewayErrorAsync(HttpContext context, int status, int code, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new JsonObject { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() });
    }
}
