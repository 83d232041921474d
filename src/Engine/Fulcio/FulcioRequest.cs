using SigstorePS.Crypto;
using SigstorePS.Oidc;

namespace SigstorePS.Fulcio;

/// <summary>
/// What a certificate is asked for with (fulcio.proto, CreateSigningCertificateRequest): whose it is to be, the key it
/// is to be for, and a proof that whoever asks has that key.
/// </summary>
/// <param name="Token">Says who asks. It leaves in the Authorization header and nowhere else.</param>
/// <param name="Key">The key to certify.</param>
internal sealed record FulcioRequest(IdentityToken Token, PublicKey Key)
{
    /// <summary>
    /// Signature over <see cref="IdentityToken.ProofText"/>, with the default algorithm of the key; null: there is a
    /// <see cref="SigningRequest"/>.
    /// </summary>
    public byte[]? Proof { get; init; }

    /// <summary>PKCS#10, PEM; of what is in it the authority uses the key only.</summary>
    public byte[]? SigningRequest { get; init; }
}
