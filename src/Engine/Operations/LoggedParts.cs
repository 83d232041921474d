using SigstorePS.Crypto;
using SigstorePS.Transparency;

namespace SigstorePS.Operations;

/// <summary>What a log entry says was signed, how and by whom, over all kinds. Parts that a kind lacks are null.</summary>
/// <param name="Kind">Such as <c>hashedrekord</c>.</param>
/// <param name="Version">Such as <c>0.0.1</c>.</param>
/// <param name="Digest">Of the content that was signed; of an envelope, of its payload, in v2 of its PAE.</param>
/// <param name="EnvelopeDigest">Of a whole envelope.</param>
/// <param name="Signatures">In the order logged.</param>
/// <param name="Verifier">Key or certificate of the first signature.</param>
internal sealed record LoggedParts(
    string Kind, string Version, Digest? Digest, Digest? EnvelopeDigest, IReadOnlyList<LoggedSignature> Signatures,
    LogVerifier? Verifier)
{
    public LoggedSignature? Signature => Signatures.Count > 0 ? Signatures[0] : null;

    /// <summary>Reads the body as far as its kind is known; one that breaks the rules of its kind has no parts.</summary>
    public static LoggedParts Of(LogEntry entry)
    {
        try
        {
            return Of(LogEntryBody.Parse(entry.Body));
        }
        catch (SigstoreException)
        {
            // Logs took entries for years that today's readers call malformed; they are shown as the JSON they are.
            return new LoggedParts(entry.Kind, entry.Version, null, null, [], null);
        }
    }

    private static LoggedParts Of(LogEntryBody body) => body switch
    {
        HashedRekordBody b => Single(b, b.Data, b.Signature),
        HashedRekordV2Body b => Single(b, b.Data, b.Signature),
        RekordBody b => Single(b, b.Data, b.Signature),
        DsseBody b => new LoggedParts(
            b.Kind, b.ApiVersion, b.PayloadHash, b.EnvelopeHash, b.Signatures, b.Signatures[0].Verifier),
        IntotoBody b => new LoggedParts(
            b.Kind, b.ApiVersion, b.PayloadHash, b.EnvelopeHash, b.Signatures,
            b.Verifier ?? b.Signatures.FirstOrDefault()?.Verifier),
        _ => new LoggedParts(body.Kind, body.ApiVersion, null, null, [], null),
    };

    private static LoggedParts Single(LogEntryBody body, Digest data, LoggedSignature signature) =>
        new(body.Kind, body.ApiVersion, data, null, [signature], signature.Verifier);
}
