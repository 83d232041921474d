using SigstorePS.Crypto;
using SigstorePS.Dsse;

namespace SigstorePS.Rekor;

/// <summary>A signature to be logged.</summary>
internal sealed record LogProposal
{
    /// <summary>
    /// <c>hashedrekord</c>, <c>dsse</c> or <c>intoto</c> (Rekor v1). Rekor v2 logs everything as hashedrekord.
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
}
