using System.Text.Json.Nodes;
using SigstorePS.Git;

namespace SigstorePS.Support.Keys;

/// <summary>
/// Secrets as client-go sends them: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding (the
/// prefix <c>k8s\0</c>, then runtime.Unknown with the object in field 2), fields as in k8s.io/api/core/v1/generated.proto
/// (Secret: 1 metadata, 2 data, 3 type, 5 immutable) and k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto (ObjectMeta:
/// 1 name, 3 namespace, 6 resourceVersion).
/// </summary>
internal static class KubernetesProtobuf
{
    public static async Task<JsonObject> ReadSecretAsync(Stream body, CancellationToken cancel)
    {
        using MemoryStream all = new();
        await body.CopyToAsync(all, cancel);
        return ReadSecret(all.ToArray());
    }

    private static JsonObject ReadSecret(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw new FormatException("no protobuf of Kubernetes");
        }

        ProtoFields unknown = new(body[4..], 0);
        ProtoFields type = new(unknown.Bytes(1), 0);
        ProtoFields secret = new(unknown.Bytes(2), 2);
        ProtoFields metadata = new(secret.Bytes(1), 0);
        JsonObject data = [];
        foreach (ReadOnlyMemory<byte> entry in secret.List(2, 64))
        {
            ProtoFields fields = new(entry.Span, 0);
            data[fields.Text(1)] = Convert.ToBase64String(fields.Bytes(2));
        }

        JsonObject names = new() { ["name"] = metadata.Text(1), ["namespace"] = metadata.Text(3) };
        if (metadata.Text(6) is { Length: > 0 } version)
        {
            names["resourceVersion"] = version;
        }

        JsonObject read = new()
        {
            ["kind"] = type.Text(2), ["apiVersion"] = type.Text(1), ["metadata"] = names, ["data"] = data,
        };
        if (secret.Number(5) != 0)
        {
            read["immutable"] = true;
        }

        return read;
    }
}
