using System.Globalization;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>A function of a module did not return CKR_OK. Stays in this folder: see <see cref="ToSigstore"/>.</summary>
internal sealed class CryptokiException(string function, ulong code)
    : Exception($"{function}: {Ckr.Name(code)}")
{
    public string Function { get; } = function;

    public ulong Code { get; } = code;

    /// <summary>Session, login or token are gone; all of it may be had once more.</summary>
    public bool IsGone => Code is Ckr.SessionHandleInvalid or Ckr.SessionClosed or Ckr.DeviceRemoved
        or Ckr.TokenNotPresent or Ckr.UserNotLoggedIn or Ckr.SlotIdInvalid or Ckr.TokenNotRecognized
        or Ckr.NotInitialized
        // A key whose token was taken out and put back has another handle.
        || (Code is Ckr.ObjectHandleInvalid or Ckr.KeyHandleInvalid);

    /// <summary>The failure for people.</summary>
    /// <param name="tries">What the token says of the tries that are left, or nothing.</param>
    public SigstoreException ToSigstore(string tries = "") => Code switch
    {
        Ckr.PinIncorrect or Ckr.PinInvalid or Ckr.PinLenRange => new SigstoreException(
            SigstoreErrorCode.WrongPin,
            $"The token does not take this PIN ({Ckr.Name(Code)}). It was tried once and is not tried again.{tries}",
            this),
        Ckr.PinLocked => new SigstoreException(
            SigstoreErrorCode.PinLocked,
            "The PIN is locked (CKR_PIN_LOCKED): too many wrong ones. The token's own program unlocks it.", this),
        Ckr.PinExpired => new SigstoreException(
            SigstoreErrorCode.PinLocked,
            "The PIN has expired (CKR_PIN_EXPIRED). The token's own program sets a new one.", this),
        Ckr.UserPinNotInitialized => new SigstoreException(
            SigstoreErrorCode.PinLocked, "The token has no PIN yet (CKR_USER_PIN_NOT_INITIALIZED).", this),
        Ckr.UserNotLoggedIn => new SigstoreException(
            SigstoreErrorCode.Pkcs11TokenNotFound,
            $"The token does not know the login any more, or nobody touched it in time ({Function}: {Ckr.Name(Code)}).",
            this),
        _ when IsGone => new SigstoreException(
            SigstoreErrorCode.Pkcs11TokenNotFound,
            $"The token is gone, or does not answer as the one that was opened ({Function}: {Ckr.Name(Code)}).", this),
        _ => new SigstoreException(
            SigstoreErrorCode.Pkcs11Failed, $"The token or its module failed ({Function}: {Ckr.Name(Code)}).", this),
    };
}

/// <summary>Return values (CKR_) of PKCS #11.</summary>
internal static class Ckr
{
    public const ulong Ok = 0;
    public const ulong SlotIdInvalid = 0x3;
    public const ulong CantLock = 0xA;
    public const ulong AttributeSensitive = 0x11;
    public const ulong AttributeTypeInvalid = 0x12;
    public const ulong AttributeValueInvalid = 0x13;
    public const ulong DeviceRemoved = 0x32;
    public const ulong FunctionNotSupported = 0x54;
    public const ulong KeyHandleInvalid = 0x60;
    public const ulong KeySizeRange = 0x62;
    public const ulong MechanismInvalid = 0x70;
    public const ulong ObjectHandleInvalid = 0x82;
    public const ulong PinIncorrect = 0xA0;
    public const ulong PinInvalid = 0xA1;
    public const ulong PinLenRange = 0xA2;
    public const ulong PinExpired = 0xA3;
    public const ulong PinLocked = 0xA4;
    public const ulong SessionClosed = 0xB0;
    public const ulong SessionCount = 0xB1;
    public const ulong SessionHandleInvalid = 0xB3;
    public const ulong TemplateInconsistent = 0xD1;
    public const ulong TokenNotPresent = 0xE0;
    public const ulong TokenNotRecognized = 0xE1;
    public const ulong UserAlreadyLoggedIn = 0x100;
    public const ulong UserNotLoggedIn = 0x101;
    public const ulong UserPinNotInitialized = 0x102;
    public const ulong DomainParamsInvalid = 0x130;
    public const ulong CurveNotSupported = 0x140;
    public const ulong BufferTooSmall = 0x150;
    public const ulong NotInitialized = 0x190;
    public const ulong AlreadyInitialized = 0x191;

    private static readonly Dictionary<ulong, string> Names = new()
    {
        [0x0] = "OK", [0x1] = "CANCEL", [0x2] = "HOST_MEMORY", [0x3] = "SLOT_ID_INVALID", [0x5] = "GENERAL_ERROR",
        [0x6] = "FUNCTION_FAILED", [0x7] = "ARGUMENTS_BAD", [0x8] = "NO_EVENT", [0x9] = "NEED_TO_CREATE_THREADS",
        [0xA] = "CANT_LOCK", [0x10] = "ATTRIBUTE_READ_ONLY", [0x11] = "ATTRIBUTE_SENSITIVE",
        [0x12] = "ATTRIBUTE_TYPE_INVALID", [0x13] = "ATTRIBUTE_VALUE_INVALID", [0x1B] = "ACTION_PROHIBITED",
        [0x20] = "DATA_INVALID", [0x21] = "DATA_LEN_RANGE", [0x30] = "DEVICE_ERROR", [0x31] = "DEVICE_MEMORY",
        [0x32] = "DEVICE_REMOVED", [0x50] = "FUNCTION_CANCELED", [0x51] = "FUNCTION_NOT_PARALLEL",
        [0x54] = "FUNCTION_NOT_SUPPORTED", [0x60] = "KEY_HANDLE_INVALID", [0x62] = "KEY_SIZE_RANGE",
        [0x63] = "KEY_TYPE_INCONSISTENT", [0x68] = "KEY_FUNCTION_NOT_PERMITTED", [0x70] = "MECHANISM_INVALID",
        [0x71] = "MECHANISM_PARAM_INVALID", [0x82] = "OBJECT_HANDLE_INVALID", [0x90] = "OPERATION_ACTIVE",
        [0x91] = "OPERATION_NOT_INITIALIZED", [0xA0] = "PIN_INCORRECT", [0xA1] = "PIN_INVALID",
        [0xA2] = "PIN_LEN_RANGE", [0xA3] = "PIN_EXPIRED", [0xA4] = "PIN_LOCKED", [0xB0] = "SESSION_CLOSED",
        [0xB1] = "SESSION_COUNT", [0xB3] = "SESSION_HANDLE_INVALID", [0xB5] = "SESSION_READ_ONLY",
        [0xB6] = "SESSION_EXISTS", [0xB8] = "SESSION_READ_WRITE_SO_EXISTS", [0xD0] = "TEMPLATE_INCOMPLETE",
        [0xD1] = "TEMPLATE_INCONSISTENT", [0xE0] = "TOKEN_NOT_PRESENT", [0xE1] = "TOKEN_NOT_RECOGNIZED",
        [0xE2] = "TOKEN_WRITE_PROTECTED", [0x100] = "USER_ALREADY_LOGGED_IN", [0x101] = "USER_NOT_LOGGED_IN",
        [0x102] = "USER_PIN_NOT_INITIALIZED", [0x103] = "USER_TYPE_INVALID",
        [0x104] = "USER_ANOTHER_ALREADY_LOGGED_IN", [0x105] = "USER_TOO_MANY_TYPES",
        [0x130] = "DOMAIN_PARAMS_INVALID", [0x140] = "CURVE_NOT_SUPPORTED", [0x150] = "BUFFER_TOO_SMALL",
        [0x190] = "CRYPTOKI_NOT_INITIALIZED", [0x191] = "CRYPTOKI_ALREADY_INITIALIZED", [0x1A0] = "MUTEX_BAD",
        [0x1A1] = "MUTEX_NOT_LOCKED", [0x200] = "FUNCTION_REJECTED",
    };

    /// <summary>Such as <c>CKR_DEVICE_ERROR</c>; a number for those of vendors.</summary>
    public static string Name(ulong code) => Names.TryGetValue(code, out string? name)
        ? $"CKR_{name}" : string.Create(CultureInfo.InvariantCulture, $"CKR 0x{code:X}");
}
