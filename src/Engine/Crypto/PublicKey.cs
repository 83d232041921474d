using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace SigstorePS.Crypto;

/// <summary>
/// A public key: SubjectPublicKeyInfo in (RFC 5280 section 4.1.2.7), verdicts out. Safe for many threads at once.
/// </summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private const string OidEcPublicKey = "1.2.840.10045.2.1";
    private const string OidRsa = "1.2.840.113549.1.1.1";
    private const string OidEd25519 = "1.3.101.112";
    private const string OidP256 = "1.2.840.10045.3.1.7";
    private const string OidP384 = "1.3.132.0.34";
    private const string OidP521 = "1.3.132.0.35";

    private readonly byte[] _spki;
    private readonly byte[] _ed25519 = [];
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    private PublicKey(ReadOnlySpan<byte> spki)
    {
        _spki = spki.ToArray();
        KeyId = Convert.ToHexStringLower(SHA256.HashData(_spki));
        (string oid, string? curve, byte[] key) = ReadSpki(_spki);
        switch (oid)
        {
            case OidEd25519 when key.Length == 32:
                Algorithm = SigningAlgorithm.Ed25519;
                Candidates = [SigningAlgorithm.Ed25519, SigningAlgorithm.Ed25519Prehash];
                _ed25519 = key;
                break;
            case OidEcPublicKey:
                (Algorithm, Candidates) = OfCurve(curve);
                RequireUncompressed(key);
                ECDsa ec = ECDsa.Create();
                ec.ImportSubjectPublicKeyInfo(_spki, out _);
                _idle.Add(ec);
                break;
            case OidRsa:
                RSA rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(_spki, out _);
                (Algorithm, Candidates) = OfModulus(rsa.KeySize);
                RequireCanonical(rsa.ExportSubjectPublicKeyInfo());
                RequireSaneExponent(rsa.ExportParameters(false).Exponent!);
                _idle.Add(rsa);
                break;
            default:
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported, $"Keys of algorithm {oid} are not supported.");
        }
    }

    /// <summary>The algorithm new signatures are made with.</summary>
    public SigningAlgorithm Algorithm { get; }

    /// <summary>
    /// What a signature by this key may have been made with, likeliest first. cosign up to 3.1.1 hashes with SHA-256
    /// whatever the curve on some paths, and mixes Ed25519 and Ed25519ph.
    /// </summary>
    public IReadOnlyList<SigningAlgorithm> Candidates { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public string KeyId { get; }

    /// <summary>The same as standard base64: what a bundle's <c>publicKey.hint</c> holds.</summary>
    public string Hint => Convert.ToBase64String(Convert.FromHexString(KeyId));

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlyMemory<byte> Spki => _spki;

    /// <summary>PEM with label <c>PUBLIC KEY</c> and a final newline, LF only (RFC 7468).</summary>
    public string ToPem() => PemEncoding.WriteString("PUBLIC KEY", _spki).ReplaceLineEndings("\n") + "\n";

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public static PublicKey FromSpki(ReadOnlySpan<byte> spki)
    {
        try
        {
            return new PublicKey(spki);
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The public key cannot be read.", e);
        }
    }

    /// <summary>The SubjectPublicKeyInfo of 32 raw Ed25519 bytes (RFC 8410 section 4).</summary>
    internal static PublicKey FromEd25519(ReadOnlySpan<byte> key) =>
        FromSpki([0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00, .. key]);

    /// <summary>Whether the signature over the message is valid; false for anything malformed.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm)
    {
        if (algorithm.Scheme is SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash)
        {
            return _ed25519.Length > 0 && ClassicCrypto.Current.Ed25519Verify(
                _ed25519, message, signature, algorithm.Scheme == SignatureScheme.Ed25519Prehash);
        }

        return VerifyHash(CryptographicOperations.HashData(algorithm.Hash, message), signature, algorithm);
    }

    /// <summary>
    /// Whether the signature over what has this hash is valid; false for anything malformed, and for pure Ed25519,
    /// which hashes twice and so needs the message.
    /// </summary>
    /// <param name="hash">Hash of the message by <c>algorithm.Hash</c>.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="algorithm">What it is to be checked as.</param>
    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm)
    {
        if (_ed25519.Length > 0)
        {
            return algorithm.Scheme == SignatureScheme.Ed25519Prehash
                && ClassicCrypto.Current.Ed25519VerifyPrehashed(_ed25519, hash, signature);
        }

        AsymmetricAlgorithm key = _idle.TryTake(out AsymmetricAlgorithm? idle) ? idle : Import();
        try
        {
            return (key, algorithm.Scheme) switch
            {
                (ECDsa ec, SignatureScheme.Ecdsa) =>
                    ec.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence),
                (RSA rsa, SignatureScheme.RsaPkcs1) =>
                    rsa.VerifyHash(hash, signature, algorithm.Hash, RSASignaturePadding.Pkcs1),
                (RSA rsa, SignatureScheme.RsaPss) =>
                    rsa.VerifyHash(hash, signature, algorithm.Hash, RSASignaturePadding.Pss),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;   // some platforms throw on bytes that are no signature at all
        }
        finally
        {
            _idle.Add(key);
        }
    }

    /// <summary>
    /// The first of <see cref="Candidates"/> with which the signature over the content is valid, or null. Content known
    /// by digests only is checked with the algorithms those digests serve.
    /// </summary>
    internal SigningAlgorithm? Match(SignedContent content, ReadOnlySpan<byte> signature)
    {
        foreach (SigningAlgorithm algorithm in Candidates)
        {
            if (Verify(content, signature, algorithm))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>Whether the signature over the content is valid as this algorithm.</summary>
    internal bool Verify(SignedContent content, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm) =>
        algorithm.Scheme == SignatureScheme.Ed25519
            ? content.Bytes is { } bytes && Verify(bytes.Span, signature, algorithm)
            : content.DigestOf(algorithm.Hash) is { } digest && VerifyHash(digest.ToBytes(), signature, algorithm);

    /// <summary>The first of <see cref="Candidates"/> with which the signature is valid, or null.</summary>
    public SigningAlgorithm? Match(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        foreach (SigningAlgorithm algorithm in Candidates)
        {
            if (Verify(message, signature, algorithm))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>Whether a key may lie on the curve of this object identifier.</summary>
    internal static bool IsSupportedCurve(string? curve) => curve is OidP256 or OidP384 or OidP521;

    /// <summary>
    /// The refusal of any other curve; null: explicit parameters, a curve made up by the key's owner (CVE-2020-0601).
    /// </summary>
    internal static SigstoreException UnsupportedCurve(string? curve) =>
        new(SigstoreErrorCode.Unsupported,
            $"Elliptic curve {curve ?? "with explicit parameters"} is not supported; use P-256, P-384 or P-521.");

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => other is not null && _spki.AsSpan().SequenceEqual(other._spki);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyId.GetHashCode(StringComparison.Ordinal);

    private AsymmetricAlgorithm Import()
    {
        if (Algorithm.Scheme == SignatureScheme.Ecdsa)
        {
            ECDsa ec = ECDsa.Create();
            ec.ImportSubjectPublicKeyInfo(_spki, out _);
            return ec;
        }

        RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(_spki, out _);
        return rsa;
    }

    private static (string Oid, string? Curve, byte[] Key) ReadSpki(ReadOnlyMemory<byte> spki)
    {
        AsnReader outer = new(spki, AsnEncodingRules.DER);
        AsnReader info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        AsnReader algorithm = info.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        string? curve = null;
        switch (oid)
        {
            case OidEcPublicKey:
                curve = algorithm.HasData && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier
                    ? algorithm.ReadObjectIdentifier()
                    : throw UnsupportedCurve(null);
                break;
            case OidRsa:
                algorithm.ReadNull();
                break;
        }

        algorithm.ThrowIfNotEmpty();
        byte[] key = info.ReadBitString(out int unused);
        info.ThrowIfNotEmpty();
        return unused == 0 ? (oid, curve, key) : throw new CryptographicException("the key has unused bits");
    }

    /// <summary>One key must have one encoding, or it would have two ids and count twice towards a threshold.</summary>
    private void RequireCanonical(byte[] exported)
    {
        if (!exported.AsSpan().SequenceEqual(_spki))
        {
            throw new CryptographicException("the key is not in its canonical encoding");
        }
    }

    /// <summary>
    /// Of the forms of a point (SEC 1 section 2.3.3) one is left; everything around it has one encoding in DER.
    /// </summary>
    private void RequireUncompressed(byte[] point)
    {
        if (point.Length != 1 + 2 * ((Algorithm.KeySize + 7) / 8) || point[0] != 0x04)
        {
            throw new CryptographicException("the key is not in its canonical encoding");
        }
    }

    /// <summary>
    /// An exponent of 1 makes every message its own signature; sigstore wants it odd and above 65536.
    /// </summary>
    private static void RequireSaneExponent(byte[] exponent)
    {
        if (exponent.Length is < 3 or > 4 || (exponent[^1] & 1) == 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, "The exponent of the RSA key is not supported; use 65537.");
        }
    }

    private static (SigningAlgorithm Algorithm, SigningAlgorithm[] Candidates) OfCurve(string? curve) => curve switch
    {
        OidP256 => (SigningAlgorithm.EcdsaP256, [SigningAlgorithm.EcdsaP256]),
        OidP384 => (SigningAlgorithm.EcdsaP384, [SigningAlgorithm.EcdsaP384, SigningAlgorithm.EcdsaP384Sha256]),
        OidP521 => (SigningAlgorithm.EcdsaP521, [SigningAlgorithm.EcdsaP521, SigningAlgorithm.EcdsaP521Sha256]),
        _ => throw UnsupportedCurve(curve),
    };

    private static (SigningAlgorithm Algorithm, SigningAlgorithm[] Candidates) OfModulus(int bits) => bits switch
    {
        2048 => (SigningAlgorithm.Rsa2048, [SigningAlgorithm.Rsa2048]),
        3072 => (SigningAlgorithm.Rsa3072, [SigningAlgorithm.Rsa3072]),
        4096 => (SigningAlgorithm.Rsa4096, [SigningAlgorithm.Rsa4096]),
        _ => throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"RSA keys of {bits} bit are not supported; use 2048, 3072 or 4096."),
    };
}
