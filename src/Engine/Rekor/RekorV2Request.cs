using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>What is posted to a Rekor v2 log (rekor-tiles hashedrekord.proto, HashedRekordRequestV002).</summary>
internal static class RekorV2Request
{
    public const string Member = "hashedRekordRequestV002";

    /// <exception cref="SigstoreException">Unsupported: pure Ed25519, which hashes inside.</exception>
    public static byte[] Write(LogProposal proposal)
    {
        Demand(proposal);
        JsonObject raw = new()
        {
            ["rawBytes"] = Convert.ToBase64String(proposal.Certificate ?? proposal.Key.Spki.Span),
        };
        return CompactJson.Bytes(new JsonObject
        {
            [Member] = new JsonObject
            {
                ["digest"] = Convert.ToBase64String(proposal.Digest.ToBytes()),
                ["signature"] = new JsonObject
                {
                    ["content"] = Convert.ToBase64String(proposal.Signature.Span),
                    ["verifier"] = new JsonObject
                    {
                        [proposal.Certificate is null ? "publicKey" : "x509Certificate"] = raw,
                        ["keyDetails"] = proposal.Algorithm.KeyDetails,
                    },
                },
            },
        });
    }

    /// <summary>The entry that the log makes of it.</summary>
    public static byte[] Logged(LogProposal proposal) => RekorV2Body.Rebuild(
        proposal.Digest, proposal.Signature.Span, proposal.Key, proposal.Certificate, proposal.Algorithm);

    private static void Demand(LogProposal proposal)
    {
        if (proposal.Algorithm.Scheme == SignatureScheme.Ed25519)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "Rekor v2 logs digests, and a pure Ed25519 signature is over the content itself: sign with ed25519-ph, "
                + "or use a Rekor v1 log.");
        }

        if (proposal.Digest.HashName != proposal.Algorithm.Hash)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"A {proposal.Digest.Algorithm} digest cannot be logged with {proposal.Algorithm.Name}.");
        }
    }
}
