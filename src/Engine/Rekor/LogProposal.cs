using SigstorePS.Crypto;
using SigstorePS.Dsse;

namespace SigstorePS.Rekor;

/// <summary>A signature to be logged.</summary>
internal sealed record LogProposal
{
    /// <summary>
    /// <c>hashedrekord</c>, <c>dsse</c>, <c>intoto</c> or <c>rekord</c> (Rekor v1). Rekor v2 logs everything as
    /// hashedrekord.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// Hash, by the hash of <see cref="Algorithm"/>, of what was signed; of an envelope: of its PAE (DSSE v1).
    /// </summary>
    public required Digest Digest { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    public required PublicKey Key { get; init; }

    /// <summary>DER; null: the key stands for itself.</summary>
    public byte[]? Certificate { get; init; }

    public required SigningAlgorithm Algorithm { get; init; }

    /// <summary>For kinds dsse and intoto.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>
    /// The JSON text of <see cref="Envelope"/> where that text is stored as well: a Rekor v1 log keeps its hash. Null:
    /// nobody keeps it, and <see cref="RekorProposals.TextOf"/> writes one.
    /// </summary>
    public byte[]? EnvelopeText { get; init; }

    /// <summary>What was signed, whole: for kind rekord.</summary>
    public byte[]? Content { get; init; }
}
