using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Encodings;
using SigstorePS.Trust;
using SigstorePS.Tuf;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>
/// Repositories made for cosign 2 and older have no trusted_root.json, but a target for each key and certificate, and
/// say in <c>custom.sigstore</c> what it is for.
/// <para>
/// Such a target has no dates. All are trusted from 1970 on, without an end, those of status <c>Expired</c> too: that
/// says that nothing new is signed with it, not since when, and what it signed before must still verify; cosign does
/// the same. A key to be trusted no more is removed from the repository. Certificates have dates of their own.
/// </para>
/// </summary>
internal static class LegacyTargets
{
    private static readonly ValidityPeriod Open = new(DateTimeOffset.UnixEpoch, null);

    /// <summary>The targets that a trust root is made of.</summary>
    public static IEnumerable<TufTarget> In(TufTargets targets) =>
        targets.Targets.Values.Where(static t => UsageOf(t) is not null).OrderBy(
            static t => t.Path, StringComparer.Ordinal);

    /// <exception cref="SigstoreException">TrustRootUnavailable: no such target; MalformedTrustRoot; as the
    /// view's.</exception>
    public static async Task<TrustedRoot> ReadAsync(TufView view, CancellationToken cancel)
    {
        List<TransparencyLogInstance> logs = [], certificateLogs = [];
        List<(byte[] Der, string Uri)> fulcio = [], tsa = [];
        foreach (TufTarget target in In(view.Trust.Targets!).Take(Limits.TrustAnchors))
        {
            byte[] content = await view.ReadAsync(target, cancel).ConfigureAwait(false);
            string uri = target.Custom?.Uri ?? "";
            try
            {
                switch (UsageOf(target))
                {
                    case "Rekor":
                        logs.AddRange(Pem.Read(content).Select(block => Log(block, uri)));
                        break;
                    case "CTFE":
                        certificateLogs.AddRange(Pem.Read(content).Select(block => Log(block, uri)));
                        break;
                    case "Fulcio":
                        fulcio.AddRange(Pem.Read(content).Select(block => (Certificate(block), uri)));
                        break;
                    default:
                        tsa.AddRange(Pem.Read(content).Select(block => (Certificate(block), uri)));
                        break;
                }
            }
            catch (Exception e) when (e is FormatException or CryptographicException
                || e is SigstoreException { Code: SigstoreErrorCode.MalformedKey })
            {
                throw new SigstoreException(
                    SigstoreErrorCode.MalformedTrustRoot,
                    $"Target '{target.Path}' of {view.Mirror} cannot be read: {e.Message}", e);
            }
        }

        return logs.Count + certificateLogs.Count + fulcio.Count + tsa.Count == 0
            ? throw new SigstoreException(
                SigstoreErrorCode.TrustRootUnavailable,
                $"{view.Mirror} has neither trusted_root.json nor targets of the older kind.")
            : new TrustedRoot
            {
                Logs = logs,
                CertificateLogs = certificateLogs,
                CertificateAuthorities = Authorities(fulcio),
                TimestampAuthorities = Authorities(tsa),
            };
    }

    private static string? UsageOf(TufTarget target) => target.Custom switch
    {
        { Status: not (null or "Active" or "Expired") } => null,
        { Usage: { } usage } => usage is "Rekor" or "CTFE" or "Fulcio" or "TSA" ? usage : null,

        // The very first repositories said nothing and had these names.
        _ when target.Path.StartsWith("rekor", StringComparison.Ordinal)
            && target.Path.EndsWith(".pub", StringComparison.Ordinal) => "Rekor",
        _ when target.Path.StartsWith("ctfe", StringComparison.Ordinal)
            && target.Path.EndsWith(".pub", StringComparison.Ordinal) => "CTFE",
        _ when target.Path.StartsWith("fulcio", StringComparison.Ordinal)
            && target.Path.EndsWith(".pem", StringComparison.Ordinal) => "Fulcio",
        _ when target.Path.StartsWith("tsa", StringComparison.Ordinal)
            && target.Path.EndsWith(".pem", StringComparison.Ordinal) => "TSA",
        _ => null,
    };

    private static TransparencyLogInstance Log(PemBlock block, string uri)
    {
        PublicKey key = block.Label == "PUBLIC KEY"
            ? PublicKey.FromSpki(block.Data)
            : throw new FormatException($"{block.Label} is not a public key");
        return new TransparencyLogInstance
        {
            BaseUrl = uri, Key = key, KeyDetails = key.Algorithm.KeyDetails, Validity = Open,
            LogId = Convert.FromHexString(key.KeyId),
        };
    }

    private static byte[] Certificate(PemBlock block)
    {
        if (block.Label != "CERTIFICATE")
        {
            throw new FormatException($"{block.Label} is not a certificate");
        }

        using X509Certificate2 read = X509CertificateLoader.LoadCertificate(block.Data);
        return block.Data;
    }

    /// <summary>
    /// A chain from each certificate that issued none of the others, up to what was issued by itself.
    /// </summary>
    private static List<CertificateAuthority> Authorities(List<(byte[] Der, string Uri)> certificates)
    {
        List<X509Certificate2> all = [.. certificates.Select(static c => X509CertificateLoader.LoadCertificate(c.Der))];
        try
        {
            List<CertificateAuthority> authorities = [];
            for (int i = 0; i < all.Count; i++)
            {
                if (all.Exists(other => other != all[i] && Issued(all[i], other)))
                {
                    continue;
                }

                List<X509Certificate2> chain = [all[i]];
                while (!Issued(chain[^1], chain[^1]) && chain.Count < Limits.ChainCertificates
                    && all.Find(c => Issued(c, chain[^1])) is { } issuer)
                {
                    chain.Add(issuer);
                }

                authorities.Add(new CertificateAuthority
                {
                    Uri = certificates[i].Uri, Validity = Open,
                    Chain = [.. chain.Select(static c => (ReadOnlyMemory<byte>)c.RawData)],
                });
            }

            return authorities;
        }
        finally
        {
            all.ForEach(static c => c.Dispose());
        }
    }

    /// <summary>By name and key: the two Fulcio roots of the public sigstore have one name.</summary>
    private static bool Issued(X509Certificate2 issuer, X509Certificate2 subject)
    {
        if (!issuer.SubjectName.RawData.AsSpan().SequenceEqual(subject.IssuerName.RawData))
        {
            return false;
        }

        try
        {
            // RFC 5280 section 4.1: what is signed, how, and the signature.
            AsnReader certificate = new AsnReader(subject.RawData, AsnEncodingRules.DER).ReadSequence();
            ReadOnlyMemory<byte> signed = certificate.ReadEncodedValue();
            certificate.ReadEncodedValue();
            byte[] signature = certificate.ReadBitString(out _);
            return PublicKey.FromSpki(issuer.PublicKey.ExportSubjectPublicKeyInfo()).Match(
                signed.Span, signature) is not null;
        }
        catch (Exception e) when (e is AsnContentException or SigstoreException)
        {
            return false;
        }
    }
}
