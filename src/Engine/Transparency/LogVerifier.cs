using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Transparency;

/// <summary>What an entry of a log holds to verify its signature with.</summary>
internal enum LogVerifierKind
{
    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    PublicKey,

    /// <summary>An X.509 certificate, DER; of a chain the first.</summary>
    Certificate,

    /// <summary>A PGP, minisign, SSH or TUF key: nothing that sigstore signs with.</summary>
    Other,
}

/// <summary>
/// The key or certificate of a logged signature. Compared as DER: one PEM text has many spellings.
/// </summary>
internal sealed record LogVerifier(LogVerifierKind Kind, ReadOnlyMemory<byte> Data)
{
    /// <summary>Whether it is this certificate, or, for a signer without one, this key.</summary>
    public bool Is(PublicKey key, byte[]? certificate) => certificate is not null
        ? Kind == LogVerifierKind.Certificate && Data.Span.SequenceEqual(certificate)
        : Kind == LogVerifierKind.PublicKey && Data.Span.SequenceEqual(key.Spki.Span);

    /// <summary>Reads PEM: one public key, or certificates with the signer's first.</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static LogVerifier FromPem(ReadOnlySpan<byte> text)
    {
        IReadOnlyList<PemBlock> blocks = Pem.Read(text);
        foreach (PemBlock block in blocks)
        {
            if (block.Label != blocks[0].Label)
            {
                throw new FormatException("a PEM text holds blocks of several kinds");
            }
        }

        return (blocks[0].Label, blocks.Count) switch
        {
            ("CERTIFICATE", <= Limits.ChainCertificates) => new(LogVerifierKind.Certificate, blocks[0].Data),
            ("PUBLIC KEY", 1) => new(LogVerifierKind.PublicKey, blocks[0].Data),
            _ => throw new FormatException($"a PEM text holds {blocks.Count} of {blocks[0].Label}"),
        };
    }

    /// <summary>PEM, or the text of a key of another kind.</summary>
    public override string ToString() => Kind == LogVerifierKind.Other
        ? Encoding.UTF8.GetString(Data.Span)
        : Encoding.ASCII.GetString(
            Pem.Write(Kind == LogVerifierKind.Certificate ? "CERTIFICATE" : "PUBLIC KEY", Data.Span));
}
