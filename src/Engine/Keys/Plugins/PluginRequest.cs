using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SigstorePS.Keys.Plugins;

/// <summary>
/// What a plug-in is asked: the JSON text of its second argument (sigstore pkg/signature/kms/cliplugin, common/interface.go
/// and common/options.go, protocol v1). Options that have no value here are written as cosign writes them.
/// </summary>
internal static class PluginRequest
{
    public const string Version = "v1";

    /// <summary>The numbers of Go's crypto.Hash.</summary>
    public static int NumberOf(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA384" => 6,
        "SHA512" => 7,
        _ => 5,
    };

    /// <param name="keyId">What follows <c>NAME://</c>.</param>
    /// <param name="hash">The hash the key signs with.</param>
    /// <param name="deadline">When nobody waits any more.</param>
    /// <param name="method">Name of the method, which is the name of its arguments too.</param>
    /// <param name="arguments">Writes what is in the object of that name.</param>
    public static string Write(
        string keyId, HashAlgorithmName hash, DateTimeOffset deadline, string method, Action<Utf8JsonWriter> arguments)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteStartObject("initOptions");
            json.WriteString("ctxDeadline", Rfc3339(deadline));
            json.WriteString("protocolVersion", Version);
            json.WriteString("keyResourceID", keyId);
            json.WriteNumber("hashFunc", NumberOf(hash));
            RpcOptions(json);
            json.WriteEndObject();
            json.WriteString("methodName", method);
            json.WriteStartObject(method);
            arguments(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    public static void PublicKey(Utf8JsonWriter json)
    {
        json.WriteStartObject("publicKeyOptions");
        RpcOptions(json);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="digest">What to sign; null: the message comes on standard input.</param>
    /// <param name="hash">What the digest was made with, or the message is to be hashed with.</param>
    public static void Sign(Utf8JsonWriter json, byte[]? digest, HashAlgorithmName hash)
    {
        json.WriteStartObject("signOptions");
        RpcOptions(json);
        json.WriteStartObject("messageOptions");
        if (digest is not null)
        {
            json.WriteBase64String("digest", digest);
            json.WriteNumber("hashFunc", NumberOf(hash));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void CreateKey(Utf8JsonWriter json, string algorithm, DateTimeOffset deadline)
    {
        json.WriteString("ctxDeadline", Rfc3339(deadline));
        json.WriteString("algorithm", algorithm);
    }

    private static void RpcOptions(Utf8JsonWriter json)
    {
        json.WriteStartObject("rpcOptions");
        json.WriteString("keyVersion", string.Empty);
        json.WriteBoolean("remoteVerification", false);
        json.WriteEndObject();
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
