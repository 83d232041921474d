using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>
/// Whether the entry that a Rekor v1 log answers with is the one that was proposed. A log, or whoever stands before it,
/// could hand out the entry of another: the signer would keep it as its own.
/// </summary>
internal static class RekorEcho
{
    /// <exception cref="SigstoreException">RekorProtocolViolation.</exception>
    public static void Demand(Uri log, LogEntry entry, LogProposal proposal)
    {
        LogEntryBody body = Parse(log, entry);
        string? wrong = body switch
        {
            _ when body.Kind != proposal.Kind => $"is of kind {body.Kind}",
            HashedRekordBody hashed => OfData(hashed.Data, proposal.Digest) ?? OfSignature([hashed.Signature], proposal),
            RekordBody rekord => OfData(rekord.Data, Digest.OfSameAlgorithm(rekord.Data, proposal.Content))
                ?? OfSignature([rekord.Signature], proposal),
            DsseBody dsse => OfEnvelope(dsse.PayloadHash, dsse.EnvelopeHash, proposal) ?? OfSignature(dsse.Signatures, proposal),
            IntotoBody { ApiVersion: "0.0.2" } intoto => OfType(intoto, proposal)
                ?? OfEnvelope(intoto.PayloadHash, intoto.EnvelopeHash, proposal) ?? OfSignature(intoto.Signatures, proposal),
            _ => $"is of version {body.ApiVersion}",
        };
        if (wrong is not null)
        {
            throw Other(log, wrong);
        }
    }

    /// <summary>As much for a proposal that was written by somebody else.</summary>
    /// <exception cref="SigstoreException">RekorProtocolViolation.</exception>
    public static void Demand(Uri log, LogEntry entry, string kind, string version)
    {
        if (entry.Kind != kind || entry.Version != version)
        {
            throw Other(log, $"is of kind {entry.Kind} {entry.Version}");
        }
    }

    public static SigstoreException Other(Uri log, string what) =>
        RekorReplies.Violation(log, $"is not the entry that was proposed: it {what}");

    private static LogEntryBody Parse(Uri log, LogEntry entry)
    {
        try
        {
            return LogEntryBody.Parse(entry.Body);
        }
        catch (SigstoreException e)
        {
            throw RekorReplies.Violation(log, "holds an entry that cannot be read", e);
        }
    }

    private static string? OfData(Digest logged, Digest proposed) => logged == proposed ? null : "is about another content";

    private static string? OfType(IntotoBody body, LogProposal proposal) =>
        body.PayloadType == proposal.Envelope?.PayloadType ? null : "has another payload type";

    private static string? OfEnvelope(Digest? payload, Digest? text, LogProposal proposal)
    {
        Envelope envelope = RekorProposals.EnvelopeOf(proposal);
        return payload is null || payload != Digest.OfSameAlgorithm(payload, envelope.Payload.Span)
            ? "is about another payload"
            : text is null || !text.ToBytes().AsSpan().SequenceEqual(SHA256.HashData(RekorProposals.TextOf(proposal)))
                ? "is about another envelope"
                : null;
    }

    private static string? OfSignature(IReadOnlyList<LoggedSignature> logged, LogProposal proposal) =>
        logged.Count != 1 || !logged[0].Signature.Span.SequenceEqual(proposal.Signature.Span) ? "is of another signature"
        : !logged[0].Verifier.Is(proposal.Key, proposal.Certificate) ? "names another key or certificate"
        : null;
}
