using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Git;

/// <summary>
/// The log entry inside a gitsign signature: a TransparencyLogEntry of protobuf-specs in binary form, without the body,
/// which the reader rebuilds from the signature (gitsign internal/rekor/oid). A body of a Rekor v2 log is rebuilt where
/// entries are verified.
/// </summary>
internal static class GitsignEntry
{
    /// <param name="message">The entry, protobuf.</param>
    /// <param name="content">What was signed.</param>
    /// <param name="signature">The signature over it.</param>
    /// <param name="certificate">The signer's, DER.</param>
    /// <exception cref="FormatException">Anything that protobuf-specs does not have there.</exception>
    public static LogEntry Read(
        ReadOnlySpan<byte> message, Digest content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> certificate)
    {
        ProtoFields entry = new(message, repeated: 0);
        entry.Only(1, 2, 3, 4, 5, 6, 7);
        ProtoFields kind = entry.Message(3);
        kind.Only(1, 2);
        string name = kind.Text(1);
        string version = kind.Text(2);
        byte[]? promise = null;
        if (entry.Has(5))
        {
            ProtoFields given = entry.Message(5);
            given.Only(1);
            promise = given.Bytes(1);
        }

        byte[] body = entry.Bytes(7);
        return new LogEntry
        {
            LogIndex = entry.Number(1),
            LogId = LogId(entry.Message(2)),
            Kind = name,
            Version = version,
            IntegratedTime = entry.Number(4),
            SignedEntryTimestamp = promise,
            Proof = entry.Has(6) ? Proof(entry.MessageWithList(6, list: 4)) : null,
            Body = body.Length > 0 || version != "0.0.1" ? body : Body(content, signature, certificate),
        };
    }

    private static byte[] LogId(ProtoFields id)
    {
        id.Only(1);
        return id.Bytes(1);
    }

    private static InclusionProof Proof(ProtoFields proof)
    {
        proof.Only(1, 2, 3, 4, 5);
        string? checkpoint = null;
        if (proof.Has(5))
        {
            ProtoFields signed = proof.Message(5);
            signed.Only(1);
            checkpoint = signed.Text(1);
        }

        return new InclusionProof(
            proof.Number(1), proof.Bytes(2), proof.Number(3), [.. proof.List(4, Limits.ProofHashes)], checkpoint);
    }

    /// <summary>hashedrekord 0.0.1 as the log has it: canonical JSON.</summary>
    private static byte[] Body(Digest content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> certificate) =>
        CompactJson.Bytes(new JsonObject
        {
            ["apiVersion"] = "0.0.1",
            ["kind"] = HashedRekordBody.KindName,
            ["spec"] = new JsonObject
            {
                ["data"] = new JsonObject
                {
                    ["hash"] = new JsonObject { ["algorithm"] = content.Algorithm, ["value"] = content.Hex },
                },
                ["signature"] = new JsonObject
                {
                    ["content"] = Convert.ToBase64String(signature),
                    ["publicKey"] = new JsonObject
                    {
                        ["content"] = Convert.ToBase64String(Pem.Write("CERTIFICATE", certificate)),
                    },
                },
            },
        });
}
