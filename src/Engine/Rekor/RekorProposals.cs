using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Dsse;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>Entries as they are proposed to a Rekor v1 log (rekor openapi.yaml ProposedEntry, <c>pkg/types</c>).</summary>
internal static class RekorProposals
{
    /// <summary>The JSON text to be posted.</summary>
    /// <exception cref="SigstoreException">Unsupported: of this kind the log has no such entry.</exception>
    public static byte[] Write(LogProposal proposal)
    {
        // The log takes the certificate alone: a chain would be logged with every signature.
        byte[] signer = proposal.Certificate is { } certificate
            ? Pem.Write("CERTIFICATE", certificate)
            : Encoding.ASCII.GetBytes(proposal.Key.ToPem());
        return proposal.Kind switch
        {
            HashedRekordBody.KindName => Entry(proposal.Kind, "0.0.1", HashedRekord(proposal, signer)),
            RekordBody.KindName => Entry(proposal.Kind, "0.0.1", Rekord(proposal, signer)),
            DsseBody.KindName => Entry(proposal.Kind, "0.0.1", Dsse(proposal, signer)),
            IntotoBody.KindName => Entry(proposal.Kind, "0.0.2", Intoto(proposal, signer)),
            _ => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Entries of kind '{proposal.Kind}' are not written."),
        };
    }

    /// <summary>The JSON text of the envelope that is logged by its hash.</summary>
    public static byte[] TextOf(LogProposal proposal)
    {
        if (proposal.EnvelopeText is { } text)
        {
            return text;
        }

        Envelope envelope = EnvelopeOf(proposal);
        JsonObject signature = [];
        if (envelope.KeyId.Length > 0)
        {
            signature["keyid"] = envelope.KeyId;
        }

        signature["sig"] = Convert.ToBase64String(envelope.Signature.Span);
        return CompactJson.Bytes(new JsonObject
        {
            ["payloadType"] = envelope.PayloadType,
            ["payload"] = Convert.ToBase64String(envelope.Payload.Span),
            ["signatures"] = new JsonArray(signature),
        });
    }

    public static Envelope EnvelopeOf(LogProposal proposal) => proposal.Envelope ?? throw new SigstoreException(
        SigstoreErrorCode.Unsupported, $"An entry of kind {proposal.Kind} is about an envelope, and there is none.");

    private static byte[] Entry(string kind, string version, JsonObject spec) => CompactJson.Bytes(
        new JsonObject { ["apiVersion"] = version, ["kind"] = kind, ["spec"] = spec });

    private static JsonObject HashedRekord(LogProposal proposal, byte[] signer) => new()
    {
        ["data"] = new JsonObject { ["hash"] = Hash(proposal.Digest.Algorithm, proposal.Digest.Hex) },
        ["signature"] = new JsonObject
        {
            ["content"] = Base64(proposal.Signature.Span),
            ["publicKey"] = new JsonObject { ["content"] = Base64(signer) },
        },
    };

    private static JsonObject Rekord(LogProposal proposal, byte[] signer) => new()
    {
        ["data"] = new JsonObject
        {
            ["content"] = Base64(proposal.Content ?? throw new SigstoreException(
                SigstoreErrorCode.Unsupported, "An entry of kind rekord is written from the artifact, not from its digest.")),
        },
        ["signature"] = new JsonObject
        {
            ["content"] = Base64(proposal.Signature.Span),
            ["format"] = "x509",
            ["publicKey"] = new JsonObject { ["content"] = Base64(signer) },
        },
    };

    private static JsonObject Dsse(LogProposal proposal, byte[] signer) => new()
    {
        ["proposedContent"] = new JsonObject
        {
            ["envelope"] = Encoding.UTF8.GetString(TextOf(proposal)),
            ["verifiers"] = new JsonArray(JsonValue.Create(Base64(signer))),
        },
    };

    private static JsonObject Intoto(LogProposal proposal, byte[] signer)
    {
        Envelope envelope = EnvelopeOf(proposal);
        JsonObject signature = [];
        if (envelope.KeyId.Length > 0)
        {
            signature["keyid"] = envelope.KeyId;
        }

        signature["publicKey"] = Base64(signer);
        signature["sig"] = Twice(envelope.Signature.Span);
        return new JsonObject
        {
            ["content"] = new JsonObject
            {
                ["envelope"] = new JsonObject
                {
                    ["payload"] = Twice(envelope.Payload.Span),
                    ["payloadType"] = envelope.PayloadType,
                    ["signatures"] = new JsonArray(signature),
                },
                ["hash"] = Hash("sha256", Convert.ToHexStringLower(SHA256.HashData(TextOf(proposal)))),
            },
        };
    }

    private static JsonObject Hash(string algorithm, string hex) => new() { ["algorithm"] = algorithm, ["value"] = hex };

    private static string Base64(ReadOnlySpan<byte> data) => Convert.ToBase64String(data);

    /// <summary>The members of an envelope are base64 already, and encoded once more like any text.</summary>
    private static string Twice(ReadOnlySpan<byte> data) => Base64(Encoding.ASCII.GetBytes(Base64(data)));
}
