using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Dsse;

/// <summary>Writes an envelope by itself, as cosign stores attestations (DSSE v1 envelope.md): standard base64.</summary>
internal static class EnvelopeWriter
{
    /// <summary>UTF-8 JSON, members in cosign's order.</summary>
    public static byte[] Write(Envelope envelope) => CompactJson.Bytes(new JsonObject
    {
        ["payloadType"] = envelope.PayloadType,
        ["payload"] = Convert.ToBase64String(envelope.Payload.Span),
        ["signatures"] = new JsonArray(new JsonObject
        {
            ["keyid"] = envelope.KeyId,
            ["sig"] = Convert.ToBase64String(envelope.Signature.Span),
        }),
    });
}
