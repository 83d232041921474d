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

    private readonly byte[] _spki;
    private readonly byte[] _ed25519 = [];
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    private PublicKey(ReadOnlySpan<byte> spki)
    {
        _spki = spki.ToArray();
        (string oid, byte[] key) = ReadSpki(_spki);
        switch (oid)
        {
            case OidEd25519 when key.Length == 32:
                Algorithm = SigningAlgorithm.Ed25519;
                Candidates = [SigningAlgorithm.Ed25519, SigningAlgorithm.Ed25519Prehash];
                _ed25519 = key;
                break;
            case OidEcPublicKey:
                ECDsa ec = ECDsa.Create();
                ec.ImportSubjectPublicKeyInfo(_spki, out _);
                _idle.Add(ec);
                (Algorithm, Candidates) = OfCurve(ec.ExportParameters(false).Curve);
                break;
            case OidRsa:
                RSA rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(_spki, out _);
                _idle.Add(rsa);
                (Algorithm, Candidates) = OfModulus(rsa.KeySize);
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
    public string KeyId => Convert.ToHexStringLower(SHA256.HashData(_spki));

    /// <summary>The same as standard base64: what a bundle's <c>publicKey.hint</c> holds.</summary>
    public string Hint => Convert.ToBase64String(SHA256.HashData(_spki));

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

    /// <summary>Whether the signature over the message is valid; false for anything malformed.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm)
    {
        if (algorithm.Scheme is SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash)
        {
            return _ed25519.Length > 0 && ClassicCrypto.Current.Ed25519Verify(
                _ed25519, message, signature, algorithm.Scheme == SignatureScheme.Ed25519Prehash);
        }

        if (_ed25519.Length > 0)
        {
            return false;
        }

        AsymmetricAlgorithm key = _idle.TryTake(out AsymmetricAlgorithm? idle) ? idle : Import();
        bool valid = (key, algorithm.Scheme) switch
        {
            (ECDsa ec, SignatureScheme.Ecdsa) =>
                ec.VerifyData(message, signature, algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence),
            (RSA rsa, SignatureScheme.RsaPkcs1) =>
                rsa.VerifyData(message, signature, algorithm.Hash, RSASignaturePadding.Pkcs1),
            (RSA rsa, SignatureScheme.RsaPss) =>
                rsa.VerifyData(message, signature, algorithm.Hash, RSASignaturePadding.Pss),
            _ => false,
        };
        _idle.Add(key);
        return valid;
    }

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

    private static (string Oid, byte[] Key) ReadSpki(ReadOnlyMemory<byte> spki)
    {
        AsnReader outer = new(spki, AsnEncodingRules.DER);
        AsnReader info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        string oid = info.ReadSequence().ReadObjectIdentifier();
        byte[] key = info.ReadBitString(out int unused);
        info.ThrowIfNotEmpty();
        return unused == 0 ? (oid, key) : throw new CryptographicException("the key has unused bits");
    }

    private static (SigningAlgorithm Algorithm, SigningAlgorithm[] Candidates) OfCurve(ECCurve curve) =>
        curve.IsNamed ? curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => (SigningAlgorithm.EcdsaP256, [SigningAlgorithm.EcdsaP256]),
            "1.3.132.0.34" =>
                (SigningAlgorithm.EcdsaP384, [SigningAlgorithm.EcdsaP384, SigningAlgorithm.EcdsaP384Sha256]),
            "1.3.132.0.35" =>
                (SigningAlgorithm.EcdsaP521, [SigningAlgorithm.EcdsaP521, SigningAlgorithm.EcdsaP521Sha256]),
            _ => throw UnsupportedCurve(curve.Oid.FriendlyName ?? curve.Oid.Value),
        }
        : throw UnsupportedCurve("explicit parameters");   // CVE-2020-0601: curves made up by the key's owner

    private static (SigningAlgorithm Algorithm, SigningAlgorithm[] Candidates) OfModulus(int bits) => bits switch
    {
        2048 => (SigningAlgorithm.Rsa2048, [SigningAlgorithm.Rsa2048]),
        3072 => (SigningAlgorithm.Rsa3072, [SigningAlgorithm.Rsa3072]),
        4096 => (SigningAlgorithm.Rsa4096, [SigningAlgorithm.Rsa4096]),
        _ => throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"RSA keys of {bits} bit are not supported; use 2048, 3072 or 4096."),
    };

    private static SigstoreException UnsupportedCurve(string? name) =>
        new(SigstoreErrorCode.Unsupported, $"Elliptic curve {name} is not supported; use P-256, P-384 or P-521.");
}
