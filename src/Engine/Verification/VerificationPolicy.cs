using System.Security.Cryptography;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A key to trust and the name the user knows it by.</summary>
internal sealed record TrustedKey(string Reference, PublicKey Key);

/// <summary>Who must have signed.</summary>
internal abstract record SignerPolicy
{
    private SignerPolicy()
    {
    }

    /// <summary>How many different signers there can be at most.</summary>
    public abstract int Count { get; }

    /// <summary>One of these keys.</summary>
    public sealed record ByKey(IReadOnlyList<TrustedKey> Keys) : SignerPolicy
    {
        /// <summary>Hash of the signatures when it is neither the key's own nor SHA-256.</summary>
        public HashAlgorithmName? Hash { get; init; }

        /// <inheritdoc/>
        public override int Count => Keys.Count;
    }

    /// <summary>
    /// Whoever has the key of exactly this certificate. Who issued it is not asked: that is for its owner to say of what
    /// he has just signed, and for nobody who is shown a signature.
    /// </summary>
    public sealed record ByCertificate(SigningCertificate Certificate) : SignerPolicy
    {
        /// <inheritdoc/>
        public override int Count => 1;
    }

    /// <summary>Somebody whose certificate carries one of these identities.</summary>
    public sealed record ByIdentity(IReadOnlyList<CertificateIdentity> Identities) : SignerPolicy
    {
        /// <inheritdoc/>
        public override int Count => int.MaxValue;
    }
}

/// <summary>
/// Whom to trust for a signature, what must prove when it was made, and what it must say. Each check that is left out
/// is a member with the word Skip or Allow.
/// </summary>
internal sealed record VerificationPolicy
{
    public required SignerPolicy Signer { get; init; }

    /// <summary>Authorities and logs to trust; empty where a key alone decides.</summary>
    public TrustedRoot Root { get; init; } = TrustedRoot.Empty;

    /// <summary>
    /// The certificate authorities of <see cref="Root"/> are the user's own, named by him: only they can stand in for the
    /// issuer that an identity else must have (<see cref="CertificateIdentity.Issuer"/>).
    /// </summary>
    public bool OwnAuthorities { get; init; }

    /// <summary>How many distinct signers there must be.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>Pairs the signed payload must contain.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The predicate type a statement must have; null: an image signature's own, any for a file.</summary>
    public string? PredicateType { get; init; }

    /// <summary>Take a bundle of any predicate type for an image signature, as cosign 3.1 does.</summary>
    public bool AllowAttestation { get; init; }

    /// <summary>Take a bundle that states nothing but that the image is signed for an attestation of that type.</summary>
    public bool AllowImageSignature { get; init; }

    /// <summary>Do not check that the signed payload speaks about this artifact.</summary>
    public bool SkipClaimCheck { get; init; }

    /// <summary>Do not ask for a transparency log entry.</summary>
    public bool SkipTransparencyLog { get; init; }

    /// <summary>Entries of how many distinct logs there must be.</summary>
    public int LogThreshold { get; init; } = 1;

    /// <summary>Do not ask that the certificate was published.</summary>
    public bool SkipSct { get; init; }

    /// <summary>Certificate timestamps of how many distinct logs there must be.</summary>
    public int SctThreshold { get; init; } = 1;

    /// <summary>Do not look at RFC 3161 timestamps.</summary>
    public bool SkipTimestamp { get; init; }

    /// <summary>
    /// Timestamps of how many distinct authorities there must be. A signature that carries any needs one at least.
    /// </summary>
    public int TimestampThreshold { get; init; }

    /// <summary>How many distinct logs and authorities must have observed a signature by certificate.</summary>
    public int ObserverThreshold { get; init; } = 1;

    /// <summary>
    /// Certificate revocation lists, DER or PEM; a certificate they name is refused. None: nobody is asked.
    /// </summary>
    public IReadOnlyList<byte[]> RevocationLists { get; init; } = [];

    /// <summary>The present: the time that counts when neither log nor timestamps are asked for.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
