using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Signing;

/// <summary>What a signature is made with: a key, or a key and the certificate that says whose it is.</summary>
/// <param name="Reference">The name the user knows it by: the key's reference, or the identity.</param>
/// <param name="Signer">The key; belongs to whoever made the credential.</param>
internal sealed record SigningCredential(string Reference, ISigner Signer)
{
    /// <summary>DER; null: the key alone.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Certificates above it, DER, nearest first, the root last as the authority gave them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    /// <summary>Signed certificate timestamp that came beside the certificate: JSON (RFC 6962 section 4.1).</summary>
    public byte[]? DetachedSct { get; init; }

    /// <summary>
    /// The certificate is of a PKI of the user's own: <see cref="Chain"/> says whom to trust, and no log published it.
    /// </summary>
    public bool OwnAuthority { get; init; }

    /// <summary>When the certificate expires.</summary>
    public DateTimeOffset? Expires { get; init; }
}

/// <summary>Where credentials come from: always the same key, or certificates that are renewed as they expire.</summary>
internal interface ISigningCredentials : IDisposable
{
    /// <summary>For messages, before there is a credential.</summary>
    string Name { get; }

    /// <summary>What the key signs with by default, known before there is a credential.</summary>
    SigningAlgorithm Algorithm => SigningAlgorithm.EcdsaP256;

    /// <summary>
    /// A credential that lives for at least <see cref="Limits.CertificateReserve"/>. Many callers at once cause one
    /// request.
    /// </summary>
    /// <exception cref="SigstoreException">IdentityToken…, Oidc…, Fulcio…, IdentityMismatch, Certificate…, Sct….</exception>
    Task<SigningCredential> GetAsync(CancellationToken cancel);
}

/// <summary>A key that the user has.</summary>
internal sealed class KeyCredentials(string reference, ISigner signer) : ISigningCredentials
{
    private readonly SigningCredential _credential = new(reference, signer);

    public string Name => reference;

    public SigningAlgorithm Algorithm => signer.Algorithm;

    public Task<SigningCredential> GetAsync(CancellationToken cancel) => Task.FromResult(_credential);

    /// <summary>The key belongs to whoever opened it.</summary>
    public void Dispose()
    {
    }
}
