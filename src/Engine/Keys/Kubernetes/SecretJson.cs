using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// The object Secret (core/v1) with the three entries of cosign: <c>cosign.key</c>, <c>cosign.pub</c>,
/// <c>cosign.password</c>, each base64.
/// </summary>
internal static class SecretJson
{
    private const string PrivateKey = "cosign.key";
    private const string PublicKey = "cosign.pub";
    private const string Password = "cosign.password";

    /// <summary>Reads the pair of a secret.</summary>
    /// <exception cref="FormatException">Not the secret of that name.</exception>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    public static StoredKeyPair Read(ReadOnlyMemory<byte> body, SecretName name)
    {
        using JsonDocument document = StrictJson.Parse(body);
        JsonElement root = document.RootElement;
        JsonElement metadata = StrictJson.OptionalObject(root, "metadata")
            ?? throw new FormatException("it has no metadata");
        if (StrictJson.String(root, "kind") != "Secret" || StrictJson.String(metadata, "name") != name.Name
            || StrictJson.String(metadata, "namespace") != name.Namespace)
        {
            throw new FormatException("it is not the secret that was asked for");
        }

        JsonElement? data = StrictJson.OptionalObject(root, "data");
        return new StoredKeyPair
        {
            PrivateKey = Entry(data, PrivateKey),
            PublicKey = Entry(data, PublicKey),
            Password = Entry(data, Password),
        };
    }

    /// <summary>
    /// A new secret, as cosign makes it: immutable, so that nobody changes by mistake what images are verified with.
    /// </summary>
    public static byte[] Create(SecretName name, StoredKeyPair pair)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Secret");
            json.WriteStartObject("metadata");
            json.WriteString("name", name.Name);
            json.WriteString("namespace", name.Namespace);
            json.WriteEndObject();
            json.WriteString("type", "Opaque");
            json.WriteBoolean("immutable", true);
            json.WriteStartObject("data");
            json.WriteBase64String(PrivateKey, pair.PrivateKey);
            json.WriteBase64String(PublicKey, pair.PublicKey);
            json.WriteBase64String(Password, pair.Password);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    /// <summary>
    /// The secret as it is, with another pair; everything else in it stays. It names the state it was read in, so that
    /// the API server refuses it once somebody else has changed the secret.
    /// </summary>
    /// <returns>Null: the secret is immutable.</returns>
    /// <exception cref="FormatException">Not a secret.</exception>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    public static byte[]? Replace(byte[] body, StoredKeyPair pair)
    {
        try
        {
            JsonNode? root = JsonNode.Parse(body, null, StrictJson.Options);
            if (root?["immutable"]?.GetValue<bool>() == true)
            {
                return null;
            }

            if (root?["metadata"]?["resourceVersion"]?.GetValue<string>() is not { Length: > 0 })
            {
                throw new FormatException("it names no resourceVersion");
            }

            if (root["data"]?.AsObject() is not { } data)
            {
                root["data"] = data = [];
            }

            data[PrivateKey] = Convert.ToBase64String(pair.PrivateKey!);
            data[PublicKey] = Convert.ToBase64String(pair.PublicKey!);
            data[Password] = Convert.ToBase64String(pair.Password!);
            root["immutable"] = true;
            return JsonSerializer.SerializeToUtf8Bytes(root);
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("it has another shape than a secret", e);
        }
    }

    /// <summary>Whether a secret holds exactly this pair.</summary>
    public static bool Holds(ReadOnlyMemory<byte> body, SecretName name, StoredKeyPair pair)
    {
        try
        {
            using StoredKeyPair there = Read(body, name);
            return Same(there.PrivateKey, pair.PrivateKey) && Same(there.PublicKey, pair.PublicKey)
                && Same(there.Password ?? [], pair.Password);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }
    }

    private static bool Same(byte[]? a, byte[]? b) => CryptographicOperations.FixedTimeEquals(a, b);

    /// <summary>An entry without content comes as null from some servers: an empty password is one.</summary>
    private static byte[]? Entry(JsonElement? data, string name) =>
        data is not { } entries || !entries.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Null ? []
        : value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out byte[]? content) ? content
        : throw new FormatException($"its entry {name} is not base64");
}
