using System.Text;
using SigstorePS.Certificates;
using SigstorePS.Encodings;
using SigstorePS.Fulcio;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Signing;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Where a certificate comes from, and against what it is checked.</summary>
internal sealed record CertificateWish
{
    /// <summary>The certificate authority.</summary>
    public required Uri Fulcio { get; init; }

    /// <summary>Null: it is checked for key, identity and time alone.</summary>
    public TrustedRoot? Root { get; init; }

    /// <summary>It need not have been published.</summary>
    public bool SkipSct { get; init; }
}

/// <summary>Certificates of a Fulcio: for the signatures of a command, or one to be kept.</summary>
internal sealed class CertificateOperations(HttpChannel channel, TimeProvider clock)
{
    private const string Certificate = "CERTIFICATE";

    /// <summary>Reads what a user typed as the address of a certificate authority.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri ParseAddress(string text)
    {
        bool web = Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && HostScope.HasHost(address)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            && FulcioClient.MayLearnTokens(address);
        return web ? address! : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"'{PlainText.Clean(text, 200)}' is not the address of a certificate authority: https://host, or http:// on "
            + "this machine; an identity token goes there.");
    }

    /// <summary>The certificate authority that a signing configuration names for this time.</summary>
    /// <exception cref="SigstoreException">ContradictoryPolicy: none. InvalidValue, MalformedSigningConfig.</exception>
    public static Uri AddressOf(SigningConfig config, DateTimeOffset now) =>
        SigningConfig.Select(config.Fulcio, default, [1], now, static _ => 0) is [var service, ..]
            ? ParseAddress(service.Url)
            : throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "The signing configuration names no certificate authority that is valid now; give -FulcioUri.");

    /// <summary>Certificates for the signatures to come; none is asked for yet.</summary>
    /// <param name="fulcio">The certificate authority.</param>
    /// <param name="order">Which certificates.</param>
    /// <param name="token">Gives a token that is valid now; called once for each certificate.</param>
    public FulcioCredentials Open(
        Uri fulcio, CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> token) =>
        new(new FulcioClient(channel, fulcio), order, token, clock);

    /// <summary>One certificate for a key.</summary>
    /// <exception cref="SigstoreException">
    /// Fulcio…, IdentityMismatch, Certificate…, Sct…, MalformedCertificate, Unsupported, LimitExceeded, Timeout.
    /// </exception>
    public async Task<SigstoreCertificate> RequestAsync(
        CertificateWish wish, IdentityToken token, ISigner signer, CancellationToken cancel) => await RequestAsync(
        wish,
        await PossessionProof.MakeAsync(token, signer, asSigningRequest: false, cancel).ConfigureAwait(false),
        cancel).ConfigureAwait(false);

    /// <summary>One certificate for the key of a PKCS#10 request.</summary>
    /// <param name="wish">From where.</param>
    /// <param name="token">Whose it is to be.</param>
    /// <param name="signingRequest">PEM.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">As the other; MalformedKey.</exception>
    public Task<SigstoreCertificate> RequestAsync(
        CertificateWish wish, IdentityToken token, byte[] signingRequest, CancellationToken cancel)
    {
        CertificationRequest read = CertificationRequest.Read(signingRequest);
        return RequestAsync(wish, new FulcioRequest(token, read.Key) { SigningRequest = read.Pem }, cancel);
    }

    private async Task<SigstoreCertificate> RequestAsync(
        CertificateWish wish, FulcioRequest request, CancellationToken cancel)
    {
        FulcioClient client = new(channel, wish.Fulcio);
        IssuedCertificate issued = await client.RequestAsync(request, cancel).ConfigureAwait(false);
        SigningCertificate leaf = IssuedCheck.Read(issued, request.Token, request.Key);
        DateTimeOffset now = clock.GetUtcNow();
        IssuedCheck.RequireTime(leaf, now, TimeSpan.Zero);
        IReadOnlyList<VerifiedSct> verified = wish.Root is { } root
            ? IssuedCheck.RequireTrust(
                leaf, [.. issued.Chain.Skip(1)], issued.DetachedSct, root, wish.SkipSct, now)
            : [];
        return Describe(wish, issued, leaf, verified);
    }

    private static SigstoreCertificate Describe(
        CertificateWish wish, IssuedCertificate issued, SigningCertificate leaf, IReadOnlyList<VerifiedSct> verified)
    {
        // Where none was verified, what is there is shown as it is.
        IReadOnlyList<SignedCertificateTimestamp> said = verified.Count > 0 ? []
            : [.. leaf.EmbeddedScts(), .. issued.DetachedSct is null ? [] :
                (SignedCertificateTimestamp[])[SignedCertificateTimestamp.ReadDetached(issued.DetachedSct)]];
        return new SigstoreCertificate
        {
            Identity = [.. leaf.Names.Select(static n => n.Value)],
            Issuer = leaf.Issuer,
            NotBefore = leaf.NotBefore,
            NotAfter = leaf.NotAfter,
            SerialNumber = leaf.SerialNumber,
            Algorithm = leaf.Key.Algorithm.Name,
            KeyId = leaf.Key.KeyId,
            Authority = wish.Fulcio.Authority,
            Verified = wish.Root is not null,
            SctLogId = verified.Count > 0 ? [.. verified.Select(static v => v.LogId)]
                : [.. said.Select(static s => Convert.ToHexStringLower(s.LogId.Span))],
            SctTime = verified.Count > 0 ? [.. verified.Select(static v => v.Time)]
                : [.. said.Select(static s => s.Time ?? DateTimeOffset.MaxValue)],
            DetachedSct = issued.DetachedSct is { } sct ? Encoding.UTF8.GetString(sct) : null,
            Extensions = leaf.Extensions,
            Pem = PemOf([leaf.Der]),
            ChainPem = PemOf(issued.Chain),
        };
    }

    private static string PemOf(IEnumerable<ReadOnlyMemory<byte>> chain) =>
        string.Concat(chain.Select(static der => Encoding.ASCII.GetString(Pem.Write(Certificate, der.Span))));
}
