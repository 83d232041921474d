using System.Formats.Asn1;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// A private key on a token. When the token was taken out, or the session is gone, it is looked for once more, and the
/// same token only: another one would get a PIN that is not its own.
/// </summary>
internal sealed class TokenKey : IRemoteKey
{
    private readonly Pkcs11Module _module;
    private readonly TokenSlot _token;
    private TokenSessions _sessions = null!;
    private readonly bool _pss;
    private TokenPin? _pin;
    private TokenObject? _object;

    private TokenKey(Pkcs11Module module, TokenSlot token, TokenPin? pin)
    {
        _module = module;
        _token = token;
        _pin = pin;
        _pss = module.Has(token.SlotId, Ck.RsaPkcsPss);
    }

    /// <inheritdoc/>
    public SigningAlgorithm Algorithm => PublicKey.Algorithm;

    /// <inheritdoc/>
    public PublicKey PublicKey { get; private set; } = null!;

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; private set; } = [];

    /// <inheritdoc/>
    public int Parallelism { get; private set; }

    /// <summary>Whether the token wants the PIN (and often a touch) with each signature.</summary>
    public bool AsksEachTime { get; private set; }

    /// <summary>Finds the key and its public half. Blocks.</summary>
    /// <param name="module">The module.</param>
    /// <param name="token">The token.</param>
    /// <param name="uri">Names the key.</param>
    /// <param name="pin">Taken over; null: the token wants none.</param>
    /// <param name="certificates">Whether a certificate beside the key is looked for.</param>
    /// <exception cref="SigstoreException">
    /// KeyNotFound, KeyAmbiguous, WrongPin, PinLocked, MalformedKey, Unsupported, LimitExceeded, Pkcs11Failed.
    /// </exception>
    public static TokenKey Open(
        Pkcs11Module module, TokenSlot token, Pkcs11Uri uri, TokenPin? pin, bool certificates)
    {
        TokenKey key = new(module, token, pin);
        Pkcs11Session session = module.OpenSession(token.SlotId);
        try
        {
            pin?.Login(module, session);
            TokenObject found = TokenObjects.PrivateKey(session, uri);
            key.Read(session, found, certificates);

            // 0: as many as one likes; all bits set: not said.
            key.Parallelism = key.AsksEachTime ? 1
                : token.MaxSessions is > 0 and < Limits.Pkcs11Sessions ? (int)token.MaxSessions : Limits.Pkcs11Sessions;
            key._sessions = new TokenSessions(key.OpenSession, key.Parallelism);
            key._sessions.Add(new KeySession(session, found.Handle));
            return key;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>For a key that asks each time on a token that does not ask at all otherwise.</summary>
    public void Give(TokenPin pin) => _pin = pin;

    /// <inheritdoc/>
    public bool SignsDigest(SigningAlgorithm algorithm) => algorithm.KeySize == Algorithm.KeySize
        && (Algorithm.Scheme, algorithm.Scheme) switch
        {
            (SignatureScheme.Ecdsa, SignatureScheme.Ecdsa) => true,
            (SignatureScheme.RsaPkcs1, SignatureScheme.RsaPkcs1) => true,
            (SignatureScheme.RsaPkcs1, SignatureScheme.RsaPss) => _pss,
            _ => false,
        };

    /// <inheritdoc/>
    public bool SignsMessage(SigningAlgorithm algorithm) =>
        (Algorithm.Scheme, algorithm.Scheme) == (SignatureScheme.Ed25519, SignatureScheme.Ed25519);

    /// <inheritdoc/>
    public async Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        switch (algorithm.Scheme)
        {
            case SignatureScheme.RsaPkcs1:
                return await SignAsync(
                    static layout => new CkMechanism(layout, Ck.RsaPkcs), DigestInfo(digest.Span, algorithm.Hash),
                    cancel).ConfigureAwait(false);
            case SignatureScheme.RsaPss:
                return await SignAsync(
                    layout => new CkMechanism(layout, Ck.RsaPkcsPss, PssParameters(layout, algorithm.Hash)), digest,
                    cancel).ConfigureAwait(false);
            default:
                byte[] pair = await SignAsync(
                    static layout => new CkMechanism(layout, Ck.Ecdsa), digest, cancel).ConfigureAwait(false);
                return pair.Length == 2 * ((Algorithm.KeySize + 7) / 8) ? EcdsaSignature.ToDer(pair)
                    : throw new SigstoreException(
                        SigstoreErrorCode.Pkcs11Failed,
                        $"The token signed with {pair.Length} bytes, which is no r and s.");
        }
    }

    /// <inheritdoc/>
    public Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        SignAsync(static layout => new CkMechanism(layout, Ck.EdDsa), message, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sessions.Dispose();
        _pin?.Dispose();
    }

    private async Task<byte[]> SignAsync(
        Func<CLayout, CkMechanism> mechanism, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return await _sessions.UseAsync(
                    use => AsksEachTime ? SignAllowed(use, mechanism, data)
                        : use.Session.Sign(use.Key, mechanism(use.Session.Layout), data.Span, authenticate: null),
                    cancel).ConfigureAwait(false);
            }
            catch (CryptokiException e) when (e.IsGone && !again)
            {
                _sessions.Forget();
            }
            catch (CryptokiException e)
            {
                throw e.ToSigstore();
            }
        }
    }

    private byte[] SignAllowed(KeySession use, Func<CLayout, CkMechanism> mechanism, ReadOnlyMemory<byte> data)
    {
        lock (_module.AskingGate)
        {
            return use.Session.Sign(
                use.Key, mechanism(use.Session.Layout), data.Span, () => _pin?.Allow(_module, use.Session));
        }
    }

    private KeySession OpenSession()
    {
        // Tokens that nobody has labelled, without serial numbers, may all look alike: then the slot is the name.
        TokenSlot[] same = [.. _module.Slots().Where(_token.Is)];
        TokenSlot slot = same.FirstOrDefault(slot => slot.SlotId == _token.SlotId)
            ?? (same.Length == 1 ? same[0] : throw new CryptokiException("C_GetSlotList", Ckr.TokenNotPresent));
        Pkcs11Session session = _module.OpenSession(slot.SlotId);
        try
        {
            _pin?.Login(_module, session);
            IReadOnlyList<TokenObject> found =
                TokenObjects.Find(session, Ck.PrivateKeyObject, _object!.Id, _object.Label);
            return found.Count == 1 ? new KeySession(session, found[0].Handle)
                : throw new CryptokiException("C_FindObjects", Ckr.ObjectHandleInvalid);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Read(Pkcs11Session session, TokenObject found, bool certificates)
    {
        _object = found;
        AsksEachTime = session.Attribute(found.Handle, Ck.AlwaysAuthenticate) is [not 0];
        PublicKey = TokenObjects.PublicHalf(session, found) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound,
            $"The token shows no public key for its private key ({found}), and no certificate either.");
        if (certificates && TokenObjects.CertificateOf(session, found, PublicKey) is { } certificate)
        {
            Certificates = [certificate];
        }
    }

    /// <summary>What CKM_RSA_PKCS pads and signs (RFC 8017 section 9.2, step 2).</summary>
    private static byte[] DigestInfo(ReadOnlySpan<byte> digest, HashAlgorithmName hash)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(hash.Name switch
                {
                    nameof(HashAlgorithmName.SHA256) => "2.16.840.1.101.3.4.2.1",
                    nameof(HashAlgorithmName.SHA384) => "2.16.840.1.101.3.4.2.2",
                    _ => "2.16.840.1.101.3.4.2.3",
                });
                writer.WriteNull();
            }

            writer.WriteOctetString(digest);
        }

        return writer.Encode();
    }

    /// <summary>CK_RSA_PKCS_PSS_PARAMS, the salt as long as the hash.</summary>
    private static byte[] PssParameters(CLayout layout, HashAlgorithmName hash)
    {
        (ulong name, ulong mask, ulong salt) = hash.Name switch
        {
            nameof(HashAlgorithmName.SHA256) => (Ck.Sha256, Ck.Mgf1Sha256, 32UL),
            nameof(HashAlgorithmName.SHA384) => (Ck.Sha384, Ck.Mgf1Sha384, 48UL),
            _ => (Ck.Sha512, Ck.Mgf1Sha512, 64UL),
        };
        byte[] parameters = new byte[layout.PssParameters.Size];
        layout.WriteUlong(parameters, layout.PssParameters[0], name);
        layout.WriteUlong(parameters, layout.PssParameters[1], mask);
        layout.WriteUlong(parameters, layout.PssParameters[2], salt);
        return parameters;
    }
}
