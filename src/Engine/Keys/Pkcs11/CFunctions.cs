using System.Runtime.InteropServices;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// The functions of a module (CK_FUNCTION_LIST), one to one. Buffers are addresses of memory that does not move and
/// that the caller keeps. <see cref="CULong"/> is the C compiler's <c>unsigned long</c> in every calling convention.
/// </summary>
internal sealed unsafe class CFunctions(nint list, CLayout layout)
{
    /// <summary>Held around each call of a module that knows no threads.</summary>
    private readonly Lock _gate = new();

    public CLayout Layout { get; } = layout;

    /// <summary>Whether calls are made one after the other.</summary>
    public bool OneAtATime { get; set; }

    /// <summary>Major version of the list.</summary>
    public byte Version => ((byte*)list)[0];

    public ulong Initialize(nint arguments) =>
        Call(() => ((delegate* unmanaged[Cdecl]<nint, CULong>)At(0))(arguments));

    public ulong GetSlotList(bool present, nint slots, nint count) => Call(() =>
        ((delegate* unmanaged[Cdecl]<byte, nint, nint, CULong>)At(4))(present ? (byte)1 : (byte)0, slots, count));

    public ulong GetSlotInfo(ulong slot, nint info) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong>)At(5))(C(slot), info));

    public ulong GetTokenInfo(ulong slot, nint info) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong>)At(6))(C(slot), info));

    public ulong GetMechanismInfo(ulong slot, ulong mechanism, nint info) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong, nint, CULong>)At(8))(C(slot), C(mechanism), info));

    public ulong OpenSession(ulong slot, ulong flags, nint session) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong, nint, nint, nint, CULong>)At(12))(
            C(slot), C(flags), 0, 0, session));

    public ulong CloseSession(ulong session) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong>)At(13))(C(session)));

    public ulong GetSessionInfo(ulong session, nint info) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong>)At(15))(C(session), info));

    public ulong Login(ulong session, ulong user, nint pin, int length) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong, nint, CULong, CULong>)At(18))(
            C(session), C(user), pin, C((ulong)length)));

    public ulong GetAttributeValue(ulong session, ulong handle, nint template, int count) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong, nint, CULong, CULong>)At(24))(
            C(session), C(handle), template, C((ulong)count)));

    public ulong FindObjectsInit(ulong session, nint template, int count) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong, CULong>)At(26))(
            C(session), template, C((ulong)count)));

    public ulong FindObjects(ulong session, nint handles, int capacity, nint count) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong, nint, CULong>)At(27))(
            C(session), handles, C((ulong)capacity), count));

    public ulong FindObjectsFinal(ulong session) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, CULong>)At(28))(C(session)));

    public ulong SignInit(ulong session, nint mechanism, ulong key) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong, CULong>)At(42))(C(session), mechanism, C(key)));

    public ulong Sign(ulong session, nint data, int length, nint signature, nint signatureLength) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, CULong, nint, nint, CULong>)At(43))(
            C(session), data, C((ulong)length), signature, signatureLength));

    public ulong GenerateKeyPair(
        ulong session, nint mechanism, nint publicTemplate, int publicCount, nint privateTemplate, int privateCount,
        nint publicKey, nint privateKey) => Call(() =>
        ((delegate* unmanaged[Cdecl]<CULong, nint, nint, CULong, nint, CULong, nint, nint, CULong>)At(59))(
            C(session), mechanism, publicTemplate, C((ulong)publicCount), privateTemplate, C((ulong)privateCount),
            publicKey, privateKey));

    /// <summary>Return values of vendors begin at 2^31, so that all fit where CK_ULONG has four bytes.</summary>
    private ulong Call(Func<CULong> function)
    {
        if (!OneAtATime)
        {
            return function().Value;
        }

        lock (_gate)
        {
            return function().Value;
        }
    }

    private nint At(int index)
    {
        nint function = *(nint*)(list + Layout.FunctionList[index + 1]);
        return function != 0 ? function : throw new CryptokiException("CK_FUNCTION_LIST", Ckr.FunctionNotSupported);
    }

    private static CULong C(ulong value) => new(checked((nuint)value));
}
