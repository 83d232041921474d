using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>A key of a token by its names.</summary>
internal sealed record TokenObject(ulong Handle, byte[] Label, byte[] Id)
{
    public override string ToString() =>
        $"object '{Encoding.UTF8.GetString(Label)}' id {Convert.ToHexStringLower(Id)}";
}

/// <summary>Finds keys and certificates on a token. Objects that belong together have one CKA_ID.</summary>
internal static class TokenObjects
{
    private const int Shown = 10;

    /// <summary>All objects of a class that have an id and a label, each where it is not null.</summary>
    public static IReadOnlyList<TokenObject> Find(Pkcs11Session session, ulong kind, byte[]? id, byte[]? label)
    {
        List<CkAttribute> template = [new(Ck.Class, session.Layout.Ulong(kind))];
        if (id is { Length: > 0 })
        {
            template.Add(new CkAttribute(Ck.Id, id));
        }

        if (label is { Length: > 0 })
        {
            template.Add(new CkAttribute(Ck.Label, label));
        }

        return [.. session.Find(template).Select(handle => new TokenObject(
            handle, session.Attribute(handle, Ck.Label) ?? [], session.Attribute(handle, Ck.Id) ?? []))];
    }

    /// <summary>The one private key that a URI names.</summary>
    /// <exception cref="SigstoreException">KeyNotFound, KeyAmbiguous, LimitExceeded.</exception>
    public static TokenObject PrivateKey(Pkcs11Session session, Pkcs11Uri uri)
    {
        IReadOnlyList<TokenObject> fitting = Find(session, Ck.PrivateKeyObject, uri.Id, uri.Label);
        if (fitting.Count == 0)
        {
            IReadOnlyList<TokenObject> all = Find(session, Ck.PrivateKeyObject, null, null);
            throw new SigstoreException(
                SigstoreErrorCode.KeyNotFound,
                all.Count == 0 ? "The token shows no private key at all."
                    : $"The token has no private key of that name; it has {Listed(all)}.");
        }

        return fitting.Count == 1 ? fitting[0] : throw Ambiguous(fitting);
    }

    /// <summary>The public half of a private key, from wherever the token shows it; null: nowhere.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, LimitExceeded.</exception>
    public static PublicKey? PublicHalf(Pkcs11Session session, TokenObject key)
    {
        // Two keys with one id are a mistake that is made; then the label tells.
        foreach (TokenObject half in Beside(session, Ck.PublicKeyObject, key)
            .OrderByDescending(half => half.Label.AsSpan().SequenceEqual(key.Label)))
        {
            if (TokenPublicKey.Read(session, half.Handle) is { } read)
            {
                return read;
            }
        }

        return TokenPublicKey.Read(session, key.Handle)
            ?? Certificates(session, key).Select(static c => TokenPublicKey.OfCertificate(c)).FirstOrDefault();
    }

    /// <summary>
    /// What a URI names and everybody may read: a public key, else the key of a certificate; null: neither. PIV tokens
    /// give the halves of a key one id and different labels, so that of both the id decides.
    /// </summary>
    /// <exception cref="SigstoreException">KeyAmbiguous, MalformedKey, Unsupported, LimitExceeded.</exception>
    public static PublicKey? PublicKeyOf(Pkcs11Session session, Pkcs11Uri uri) =>
        PublicKeyOf(session, uri, uri.Label)
        ?? (uri.Id is { Length: > 0 } && uri.Label is not null ? PublicKeyOf(session, uri, label: null) : null);

    private static PublicKey? PublicKeyOf(Pkcs11Session session, Pkcs11Uri uri, byte[]? label)
    {
        IReadOnlyList<TokenObject> halves =
            uri.Type == "cert" ? [] : Find(session, Ck.PublicKeyObject, uri.Id, label);
        PublicKey[] keys = [.. halves.Select(half => TokenPublicKey.Read(session, half.Handle)).OfType<PublicKey>()];
        if (keys.Length == 0)
        {
            halves = Find(session, Ck.CertificateObject, uri.Id, label);
            keys = [.. halves.Select(c => Value(session, c.Handle)).OfType<byte[]>()
                .Select(static der => TokenPublicKey.OfCertificate(der))];
        }

        return keys.Distinct().Count() <= 1 ? keys.FirstOrDefault() : throw Ambiguous(halves);
    }

    /// <summary>The X.509 certificates beside a key, as they are.</summary>
    public static IEnumerable<byte[]> Certificates(Pkcs11Session session, TokenObject key) =>
        Beside(session, Ck.CertificateObject, key).Select(c => Value(session, c.Handle)).OfType<byte[]>();

    /// <summary>
    /// The certificate beside a key that is for it: of several, as after a renewal, the one that begins last.
    /// </summary>
    public static byte[]? CertificateOf(Pkcs11Session session, TokenObject key, PublicKey publicKey)
    {
        byte[]? best = null;
        DateTime begin = DateTime.MinValue;
        foreach (byte[] der in Certificates(session, key))
        {
            try
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
                if (!certificate.RawDataMemory.Span.SequenceEqual(der)
                    || !certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey.Spki.Span))
                {
                    AmbientReports.Send(EngineReport.Warning(
                        $"A certificate beside the key of the token is for another key, and is left alone: {key}."));
                }
                else if (best is null || certificate.NotBefore > begin)
                {
                    (best, begin) = (der, certificate.NotBefore);
                }
            }
            catch (CryptographicException)
            {
                AmbientReports.Send(EngineReport.Warning(
                    $"A certificate beside the key of the token cannot be read, and is left alone: {key}."));
            }
        }

        return best;
    }

    /// <summary>For messages; text of the token is cleaned there.</summary>
    public static string Listed(IReadOnlyList<TokenObject> keys) =>
        string.Join(", ", keys.Take(Shown)) + (keys.Count > Shown ? $" and {keys.Count - Shown} more" : string.Empty);

    /// <summary>What has the id of a key, or its label where it has no id.</summary>
    private static IEnumerable<TokenObject> Beside(Pkcs11Session session, ulong kind, TokenObject key) =>
        key.Id.Length > 0 ? Find(session, kind, key.Id, null)
        : key.Label.Length > 0 ? Find(session, kind, null, key.Label).Where(static found => found.Id.Length == 0) : [];

    /// <summary>DER of an X.509 certificate; null for other kinds, and for those that are kept elsewhere.</summary>
    private static byte[]? Value(Pkcs11Session session, ulong certificate) =>
        (session.Number(certificate, Ck.CertificateType) ?? 0) == 0
        && session.Attribute(certificate, Ck.Value) is { Length: > 0 } der ? der : null;

    private static SigstoreException Ambiguous(IReadOnlyList<TokenObject> keys) =>
        new(
            SigstoreErrorCode.KeyAmbiguous,
            $"Several keys of the token fit; name one by id and object: {Listed(keys)}.");
}
