using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>Who vouched for a certificate.</summary>
internal sealed record VerifiedChain
{
    /// <summary>The authority of the trust root.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>DER, from the leaf to the anchor.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; init; }

    /// <summary>SubjectPublicKeyInfo of who issued the leaf, DER: certificate logs sign its hash (RFC 6962).</summary>
    public required ReadOnlyMemory<byte> IssuerSpki { get; init; }

    /// <summary>One line for people: by whom, and at which times it was valid.</summary>
    public required string Evidence { get; init; }
}
