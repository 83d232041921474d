using System.Text.Json.Nodes;
using SigstorePS.Dsse;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>
/// Writes bundles: proto3 JSON, standard base64, members in the order of the proto, zero values omitted, no blanks.
/// </summary>
internal static class BundleWriter
{
    /// <summary>A bundle of a DSSE envelope signed by a key that the verifier has.</summary>
    public static byte[] WithKey(string keyHint, Envelope envelope) =>
        Write(new Bundle { KeyHint = keyHint, Envelope = envelope });

    /// <summary>The bundle in the version and the spelling of the media type that it says.</summary>
    public static byte[] Write(Bundle bundle)
    {
        JsonObject root = new()
        {
            ["mediaType"] = bundle.MediaType,
            ["verificationMaterial"] = Material(bundle),
        };
        if (bundle.Message is { } message)
        {
            root["messageSignature"] = Message(message);
        }

        if (bundle.Envelope is { } envelope)
        {
            root["dsseEnvelope"] = Write(envelope);
        }

        return CompactJson.Bytes(root);
    }

    private static JsonObject Material(Bundle bundle)
    {
        JsonObject material = [];
        if (bundle.Certificate is { } certificate)
        {
            if (bundle.Version >= BundleVersion.V03)
            {
                material["certificate"] = ProtoJsonText.Bytes("rawBytes", certificate);
            }
            else
            {
                IEnumerable<ReadOnlyMemory<byte>> all = [certificate, .. bundle.Chain];
                material["x509CertificateChain"] = new JsonObject
                {
                    ["certificates"] = new JsonArray([.. all.Select(static c => ProtoJsonText.Bytes("rawBytes", c))]),
                };
            }
        }
        else
        {
            JsonObject key = [];
            ProtoJsonText.Add(key, "hint", bundle.KeyHint ?? string.Empty);
            material["publicKey"] = key;
        }

        ProtoJsonText.Add(material, "tlogEntries", [.. bundle.LogEntries.Select(LogEntryJson.Write)]);
        if (bundle.Timestamps.Count > 0)
        {
            material["timestampVerificationData"] = new JsonObject
            {
                ["rfc3161Timestamps"] = new JsonArray(
                    [.. bundle.Timestamps.Select(static t => ProtoJsonText.Bytes("signedTimestamp", t))]),
            };
        }

        return material;
    }

    private static JsonObject Message(MessageSignature message)
    {
        JsonObject node = [];
        if (message.Digest is { } digest)
        {
            node["messageDigest"] = new JsonObject
            {
                ["algorithm"] = digest.Algorithm switch
                {
                    "sha256" => "SHA2_256",
                    "sha384" => "SHA2_384",
                    _ => "SHA2_512",
                },
                ["digest"] = Convert.ToBase64String(digest.ToBytes()),
            };
        }

        ProtoJsonText.Add(node, "signature", message.Signature);
        return node;
    }

    private static JsonObject Write(Envelope envelope)
    {
        JsonObject node = [];
        ProtoJsonText.Add(node, "payload", envelope.Payload);
        ProtoJsonText.Add(node, "payloadType", envelope.PayloadType);
        JsonObject signature = [];
        ProtoJsonText.Add(signature, "sig", envelope.Signature);
        ProtoJsonText.Add(signature, "keyid", envelope.KeyId);
        node["signatures"] = new JsonArray(signature);
        return node;
    }
}
