namespace SigstorePS.Keys.Pkcs11;

/// <summary>The numbers of PKCS #11 v2.40 and v3.0 (pkcs11t.h) that are used here.</summary>
internal static class Ck
{
    public const ulong OsLockingOk = 2;
    public const ulong RwSession = 2;
    public const ulong SerialSession = 4;
    public const ulong User = 1;
    public const ulong ContextSpecific = 2;

    // CK_SESSION_INFO.state: what a user may do who has logged in.
    public const ulong RoUserFunctions = 1;
    public const ulong RwUserFunctions = 3;

    // CK_TOKEN_INFO.flags.
    public const ulong WriteProtected = 0x2;
    public const ulong LoginRequired = 0x4;
    public const ulong UserPinInitialized = 0x8;
    public const ulong ProtectedAuthenticationPath = 0x100;
    public const ulong TokenInitialized = 0x400;
    public const ulong UserPinCountLow = 0x1_0000;
    public const ulong UserPinFinalTry = 0x2_0000;
    public const ulong UserPinLocked = 0x4_0000;

    // CKO_.
    public const ulong CertificateObject = 1;
    public const ulong PublicKeyObject = 2;
    public const ulong PrivateKeyObject = 3;

    // CKK_.
    public const ulong RsaKey = 0;
    public const ulong EcKey = 3;
    public const ulong EdwardsKey = 0x40;

    // CKA_.
    public const ulong Class = 0x0;
    public const ulong Token = 0x1;
    public const ulong Private = 0x2;
    public const ulong Label = 0x3;
    public const ulong Value = 0x11;
    public const ulong CertificateType = 0x80;
    public const ulong KeyType = 0x100;
    public const ulong Id = 0x102;
    public const ulong Sensitive = 0x103;
    public const ulong Sign = 0x108;
    public const ulong Verify = 0x10A;
    public const ulong Modulus = 0x120;
    public const ulong ModulusBits = 0x121;
    public const ulong PublicExponent = 0x122;
    public const ulong PublicKeyInfo = 0x129;
    public const ulong Extractable = 0x162;
    public const ulong EcParams = 0x180;
    public const ulong EcPoint = 0x181;
    public const ulong AlwaysAuthenticate = 0x202;

    // CKM_.
    public const ulong RsaPkcsKeyPairGen = 0x0;
    public const ulong RsaPkcs = 0x1;
    public const ulong RsaPkcsPss = 0xD;
    public const ulong Sha256 = 0x250;
    public const ulong Sha384 = 0x260;
    public const ulong Sha512 = 0x270;
    public const ulong EcKeyPairGen = 0x1040;
    public const ulong Ecdsa = 0x1041;
    public const ulong EdwardsKeyPairGen = 0x1055;
    public const ulong EdDsa = 0x1057;

    // CKG_.
    public const ulong Mgf1Sha256 = 2;
    public const ulong Mgf1Sha384 = 3;
    public const ulong Mgf1Sha512 = 4;
}
