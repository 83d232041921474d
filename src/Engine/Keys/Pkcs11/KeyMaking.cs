using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>Makes key pairs on tokens: kept there, sensitive, not extractable. Blocks.</summary>
internal static class KeyMaking
{
    private const int IdSize = 16;

    private static readonly byte[] Yes = [1];
    private static readonly byte[] No = [0];

    /// <exception cref="SigstoreException">KeyExists, Unsupported, WrongPin, PinLocked, MalformedKey.</exception>
    public static CreatedKey Make(
        Pkcs11Module module, TokenSlot token, Pkcs11Uri uri, TokenPin? pin, SigningAlgorithm algorithm)
    {
        using Pkcs11Session session = module.OpenSession(token.SlotId, write: true);
        pin?.Login(module, session);
        RequireNew(session, uri);
        byte[] id = uri.Id is { Length: > 0 } given ? given : RandomNumberGenerator.GetBytes(IdSize);
        byte[] label = uri.Label ?? [];
        ulong half = Generate(session, algorithm, label, id);
        PublicKey made = TokenPublicKey.Read(session, half) ?? throw new SigstoreException(
            SigstoreErrorCode.Pkcs11Failed, "The token made the key and does not show its public half.");
        return new CreatedKey(
            Pkcs11Uri.OfKey(token.Label, token.SlotId, Serial(module, token, uri), label, id, module.Path), made);
    }

    /// <summary>The reference that is given back must mean this token alone, whatever the one given went by.</summary>
    private static string? Serial(Pkcs11Module module, TokenSlot token, Pkcs11Uri uri) =>
        module.Slots().Count(other => other.Initialized && other.Label == token.Label) > 1 ? token.Serial : uri.Serial;

    /// <summary>
    /// Neither the id nor the label may be taken: whoever names a key by that alone could not tell the two apart.
    /// </summary>
    private static void RequireNew(Pkcs11Session session, Pkcs11Uri uri)
    {
        foreach (ulong kind in (ulong[])[Ck.PrivateKeyObject, Ck.PublicKeyObject])
        {
            TokenObject? there =
                (uri.Id is { Length: > 0 } ? TokenObjects.Find(session, kind, uri.Id, null) : [])
                .Concat(uri.Label is { Length: > 0 } ? TokenObjects.Find(session, kind, null, uri.Label) : [])
                .FirstOrDefault();
            if (there is not null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.KeyExists, $"The token has such a key already: {there}. It is not replaced.");
            }
        }
    }

    private static ulong Generate(Pkcs11Session session, SigningAlgorithm algorithm, byte[] label, byte[] id)
    {
        (ulong mechanism, CkAttribute[][] choices) = Parameters(session.Layout, algorithm);
        for (int i = 0; ; i++)
        {
            try
            {
                return session.GenerateKeyPair(
                    new CkMechanism(session.Layout, mechanism),
                    [new(Ck.Token, Yes), new(Ck.Verify, Yes), .. Names(label, id), .. choices[i]],
                    [
                        new(Ck.Token, Yes), new(Ck.Private, Yes), new(Ck.Sensitive, Yes), new(Ck.Extractable, No),
                        new(Ck.Sign, Yes), .. Names(label, id),
                    ]).Public;
            }
            catch (CryptokiException e) when (i + 1 < choices.Length
                && e.Code is (Ckr.DomainParamsInvalid or Ckr.CurveNotSupported or Ckr.AttributeValueInvalid
                    or Ckr.TemplateInconsistent))
            {
                // After any other failure the token may have made the key all the same: there would be two.
                AmbientReports.Send(EngineReport.Debug($"{e.Message}; the curve is named in the other way."));
            }
            catch (CryptokiException e) when (e.Code is Ckr.MechanismInvalid or Ckr.DomainParamsInvalid
                or Ckr.CurveNotSupported or Ckr.KeySizeRange)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The token makes no keys for {algorithm} ({Ckr.Name(e.Code)}).", e);
            }
        }
    }

    private static IEnumerable<CkAttribute> Names(byte[] label, byte[] id) =>
        label.Length > 0 ? [new(Ck.Label, label), new(Ck.Id, id)] : [new(Ck.Id, id)];

    private static (ulong Mechanism, CkAttribute[][] Choices) Parameters(CLayout layout, SigningAlgorithm algorithm) =>
        algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => (Ck.EcKeyPairGen,
            [
                [
                    new(Ck.EcParams, TokenPublicKey.Parameters(algorithm.KeySize switch
                    {
                        256 => "1.2.840.10045.3.1.7",
                        384 => "1.3.132.0.34",
                        _ => "1.3.132.0.35",
                    })),
                ],
            ]),
            SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss => (Ck.RsaPkcsKeyPairGen,
            [
                [
                    new(Ck.ModulusBits, layout.Ulong((ulong)algorithm.KeySize)),
                    new(Ck.PublicExponent, [1, 0, 1]),
                ],
            ]),
            _ => (Ck.EdwardsKeyPairGen,
            [
                // v3.0 has the object identifier of RFC 8410; modules of before know the name only.
                [new(Ck.EcParams, TokenPublicKey.Parameters("1.3.101.112"))],
                [new(Ck.EcParams, TokenPublicKey.NamedEdwards())],
            ]),
        };
}
