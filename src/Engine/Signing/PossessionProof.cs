using System.Text;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Keys;
using SigstorePS.Oidc;

namespace SigstorePS.Signing;

/// <summary>Requests for certificates, with the proof that the key is there.</summary>
internal static class PossessionProof
{
    /// <summary>
    /// A request for the signer's key. Fulcio checks a bare proof with the default algorithm of the key
    /// (challenges.go, LoadDefaultVerifier); a signer that uses another proves it by PKCS#10, which names its algorithm.
    /// Whether that is taken is the authority's to say: Fulcio 1.8 refuses RSASSA-PSS.
    /// </summary>
    /// <exception cref="SigstoreException">Unsupported: Ed25519ph, which PKCS#10 cannot name; of the signer.</exception>
    public static async Task<FulcioRequest> MakeAsync(
        IdentityToken token, ISigner signer, bool asSigningRequest, CancellationToken cancel)
    {
        PublicKey key = signer.PublicKey;
        FulcioRequest request = new(token, key);
        if (!asSigningRequest && signer.Algorithm == key.Algorithm)
        {
            byte[] text = Encoding.UTF8.GetBytes(token.ProofText);
            return request with { Proof = await signer.SignAsync(text, cancel).ConfigureAwait(false) };
        }

        if (signer.Algorithm.Scheme == SignatureScheme.Ed25519Prehash)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"Possession of a key that signs with {signer.Algorithm} only cannot be proven to a certificate "
                + $"authority; open it for {SigningAlgorithm.Ed25519}.");
        }

        byte[] unsigned = CertificationRequest.Unsigned(key);
        byte[] signature = await signer.SignAsync(unsigned, cancel).ConfigureAwait(false);
        return request with
        {
            SigningRequest = CertificationRequest.Signed(key, unsigned, signature, signer.Algorithm).Pem,
        };
    }
}
