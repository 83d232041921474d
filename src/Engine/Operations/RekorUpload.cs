using SigstorePS.Rekor;
using PublicKey = SigstorePS.Crypto.PublicKey;
using Digest = SigstorePS.Crypto.Digest;

namespace SigstorePS.Operations;

/// <summary>
/// What a user wants logged, in pieces. Exactly one of ArtifactPath, Digest, Attestation, Bundle, Entry is set.
/// </summary>
internal sealed record RekorUpload
{
    /// <summary>For messages.</summary>
    public required string Name { get; init; }

    /// <summary>Full path of the signed file.</summary>
    public string? ArtifactPath { get; init; }

    /// <summary>Digest of the signed file.</summary>
    public Digest? Digest { get; init; }

    /// <summary>A DSSE envelope, JSON.</summary>
    public byte[]? Attestation { get; init; }

    /// <summary>A bundle of any kind, or JSON Lines of several.</summary>
    public byte[]? Bundle { get; init; }

    /// <summary>A proposed entry as the log's own API takes it, JSON.</summary>
    public byte[]? Entry { get; init; }

    /// <summary>Over the file or digest.</summary>
    public byte[]? Signature { get; init; }

    /// <summary>The signer's key.</summary>
    public PublicKey? Key { get; init; }

    /// <summary>The signer's certificate: PEM, base64 of PEM, or DER.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary><c>hashedrekord</c>, <c>rekord</c>, <c>dsse</c>, <c>intoto</c>; null: as it suits what was signed.</summary>
    public string? Kind { get; init; }
}

/// <summary>One entry that is ready to be written, its signature verified. Exactly one of the last two is set.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Kind">Kind, for people.</param>
/// <param name="Proposal">The signature.</param>
/// <param name="Entry">A proposal for Rekor v1 that is posted as it is, JSON.</param>
internal sealed record RekorDraft(string Name, string Kind, LogProposal? Proposal, byte[]? Entry);
