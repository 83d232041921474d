using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Verification;

namespace SigstorePS.Support;

/// <summary>Attestations by keys made for the occasion, with any statement and nothing witnessed.</summary>
internal sealed class MadeAttestation : IDisposable
{
    private readonly LocalSigner _signer = LocalSigner.FromPkcs8(Pkcs8.Generate(SigningAlgorithm.EcdsaP256));

    public TrustedKey Key => new("made.pub", PublicKey.FromSpki(_signer.PublicKey.Spki.Span));

    public string Pem => _signer.PublicKey.ToPem();

    /// <summary>A statement about a digest, with any JSON value for a predicate.</summary>
    public static string Statement(Digest digest, string type, string predicate) =>
        $$$"""{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"{{{type}}}","subject":[{"name":"x","digest":{"{{{digest.Algorithm}}}":"{{{digest.Hex}}}"}}],"predicate":{{{predicate}}}}""";

    /// <summary>The envelope around a text.</summary>
    public async Task<byte[]> EnvelopeAsync(string statement, string payloadType = MediaTypes.InToto) =>
        EnvelopeWriter.Write(await SignAsync(statement, payloadType));

    /// <summary>The bundle around a text.</summary>
    public async Task<byte[]> BundleAsync(string statement, string payloadType = MediaTypes.InToto) =>
        BundleWriter.WithKey(_signer.PublicKey.Hint, await SignAsync(statement, payloadType));

    public void Dispose() => _signer.Dispose();

    private async Task<Envelope> SignAsync(string statement, string payloadType)
    {
        byte[] payload = Encoding.UTF8.GetBytes(statement);
        byte[] signature = await _signer.SignAsync(Envelope.Pae(payloadType, payload), CancellationToken.None);
        return new Envelope(payloadType, payload, signature);
    }
}
