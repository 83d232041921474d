namespace SigstorePS.Fulcio;

/// <summary>What a certificate authority answered: well formed, and no more.</summary>
/// <param name="Chain">DER, the certificate asked for first, the root last if it is there.</param>
/// <param name="DetachedSct">JSON (RFC 6962 section 4.1); null: in the certificate, or nowhere.</param>
internal sealed record IssuedCertificate(IReadOnlyList<ReadOnlyMemory<byte>> Chain, byte[]? DetachedSct);
