using System.Text.Json.Nodes;
using SigstorePS.Dsse;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>Writes bundles v0.3: proto3 JSON, standard base64, members in the order of the proto, no blanks.</summary>
internal static class BundleWriter
{
    /// <summary>A bundle of a DSSE envelope signed by a key that the verifier has.</summary>
    public static byte[] WithKey(string keyHint, Envelope envelope) => CompactJson.Bytes(new JsonObject
    {
        ["mediaType"] = Bundle.MediaTypeV03,
        ["verificationMaterial"] = new JsonObject { ["publicKey"] = new JsonObject { ["hint"] = keyHint } },
        ["dsseEnvelope"] = new JsonObject
        {
            ["payload"] = Convert.ToBase64String(envelope.Payload.Span),
            ["payloadType"] = envelope.PayloadType,
            ["signatures"] = new JsonArray(new JsonObject
            {
                ["sig"] = Convert.ToBase64String(envelope.Signature.Span),
            }),
        },
    });
}
