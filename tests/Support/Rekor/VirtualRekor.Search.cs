using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Rekor;

/// <content>Many entries at a time, and the index (Rekor v1).</content>
internal sealed partial class VirtualRekor
{
    private async Task RetrieveAsync(HttpContext context)
    {
        JsonElement asked = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
        List<int> found = [];
        if (asked.TryGetProperty("entryUUIDs", out JsonElement ids))
        {
            found.AddRange(ids.EnumerateArray().Select(id => Find(id.GetString()!)));
        }

        if (asked.TryGetProperty("logIndexes", out JsonElement indexes))
        {
            found.AddRange(indexes.EnumerateArray().Select(i => i.GetInt32() - IndexOffset)
                .Select(i => i < _tree.Size ? i : -1));
        }

        if (found.Count > 10)
        {
            await ErrorAsync(context, 422, "too many");
        }
        else if (Lie == RekorLie.PickyBatch && found.Contains(-1))
        {
            await ErrorAsync(context, 404, "one is missing");
        }
        else
        {
            // Not in the order asked: the openapi document promises none.
            JsonNode[] answer = [.. found.Where(static i => i >= 0).Reverse().Select(Map)];
            await WriteAsync(context, Encoding.UTF8.GetBytes(new JsonArray(answer).ToJsonString()));
        }
    }

    private async Task SearchAsync(HttpContext context)
    {
        JsonElement asked = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
        List<IEnumerable<int>> sets = [];
        foreach (string name in (string[])["email", "subject", "hash"])
        {
            if (asked.TryGetProperty(name, out JsonElement value))
            {
                sets.Add(_index.GetValueOrDefault($"{name}:{value.GetString()}") ?? []);
            }
        }

        if (asked.TryGetProperty("publicKey", out JsonElement key))
        {
            string pem = Encoding.UTF8.GetString(key.GetProperty("content").GetBytesFromBase64());
            sets.Add(_index.GetValueOrDefault($"key:{pem}") ?? []);
        }

        bool all = asked.TryGetProperty("operator", out JsonElement op) && op.GetString() == "and";
        IEnumerable<int> found = sets.Count == 0 ? []
            : sets.Aggregate((a, b) => all ? a.Intersect(b) : a.Union(b));
        JsonArray answer = [.. found.Order().Select(i => JsonValue.Create(Name(i)))];
        await WriteAsync(context, Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }
}
