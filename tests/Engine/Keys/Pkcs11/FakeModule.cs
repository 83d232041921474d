using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Keys.Pkcs11;

namespace SigstorePS.Tests.Keys.Pkcs11;

/// <summary>
/// A PKCS #11 module made of functions of this process, in either layout, with one token and one P-256 key. Each
/// function can be told to return something else, and lengths can be lied about. One at a time: functions have no state
/// but static.
/// </summary>
internal sealed unsafe class FakeModule : IDisposable
{
    public const string Pin = "1234";
    public static readonly byte[] KeyId = [1];

    private static FakeModule s_now = null!;

    private readonly byte* _list;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Dictionary<ulong, Dictionary<ulong, byte[]>> _objects = [];
    private readonly ConcurrentDictionary<ulong, Queue<ulong>> _found = new();
    private readonly ConcurrentDictionary<ulong, ulong> _sessions = new();
    private readonly Lock _gate = new();
    private long _handles = 100;
    private Pkcs11Module? _loaded;

    public FakeModule(CLayout layout)
    {
        Layout = layout;
        ECParameters point = _key.ExportParameters(false);
        byte[] parameters = TokenPublicKey.Parameters("1.2.840.10045.3.1.7");
        _objects[1] = new()
        {
            [Ck.Class] = layout.Ulong(Ck.PublicKeyObject), [Ck.KeyType] = layout.Ulong(Ck.EcKey),
            [Ck.Id] = KeyId, [Ck.Label] = "k"u8.ToArray(), [Ck.EcParams] = parameters,
            [Ck.EcPoint] = [4, 65, 4, .. point.Q.X!, .. point.Q.Y!],
        };
        _objects[2] = new()
        {
            [Ck.Class] = layout.Ulong(Ck.PrivateKeyObject), [Ck.KeyType] = layout.Ulong(Ck.EcKey),
            [Ck.Id] = KeyId, [Ck.Label] = "k"u8.ToArray(), [Ck.EcParams] = parameters, [Ck.AlwaysAuthenticate] = [0],
        };
        _list = (byte*)NativeMemory.AllocZeroed((nuint)layout.FunctionList.Size);
        _list[0] = 2;
        _list[1] = 40;
        Set(0, (delegate* unmanaged[Cdecl]<byte*, CULong>)&Initialize);
        Set(4, (delegate* unmanaged[Cdecl]<byte, byte*, byte*, CULong>)&GetSlotList);
        Set(5, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong>)&GetSlotInfo);
        Set(6, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong>)&GetTokenInfo);
        Set(8, (delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong>)&GetMechanismInfo);
        Set(12, (delegate* unmanaged[Cdecl]<CULong, CULong, void*, void*, byte*, CULong>)&OpenSession);
        Set(13, (delegate* unmanaged[Cdecl]<CULong, CULong>)&CloseSession);
        Set(15, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong>)&GetSessionInfo);
        Set(18, (delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong, CULong>)&Login);
        Set(24, (delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong, CULong>)&GetAttributeValue);
        Set(26, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, CULong>)&FindObjectsInit);
        Set(27, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, byte*, CULong>)&FindObjects);
        Set(28, (delegate* unmanaged[Cdecl]<CULong, CULong>)&FindObjectsFinal);
        Set(42, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, CULong>)&SignInit);
        Set(59, (delegate* unmanaged[Cdecl]<
            CULong, byte*, byte*, CULong, byte*, CULong, byte*, byte*, CULong>)&GenerateKeyPair);
        Set(43, (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, byte*, byte*, CULong>)&Sign);
        s_now = this;
    }

    public CLayout Layout { get; }

    /// <summary>Return value instead of doing it; null: does it.</summary>
    public Func<string, ulong?> Instead { get; set; } = static _ => null;

    /// <summary>What is written for a length or count instead of the true one.</summary>
    public Func<string, ulong?> Lie { get; set; } = static _ => null;

    /// <summary>Every call by name, logins with their user type.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public ulong TokenFlags { get; set; } = Ck.TokenInitialized | Ck.LoginRequired | Ck.UserPinInitialized;

    public string Serial { get; set; } = "0042";

    public ulong Slot { get; set; } = 5;

    /// <summary>Slots with other tokens: label and serial number.</summary>
    public Dictionary<ulong, (string Label, string Serial)> Others { get; } = [];

    /// <summary>In which slots a login was tried.</summary>
    public ConcurrentQueue<ulong> LoginSlots { get; } = new();

    public int MaxSessions { get; set; }

    /// <summary>Sessions that C_OpenSession allows, whatever the token says of itself.</summary>
    public int SessionRoom { get; set; } = int.MaxValue;

    public bool LoggedIn { get; set; }

    public int OpenSessions => _sessions.Count;

    public int MostSessions { get; private set; }

    public byte Version { set => _list[0] = value; }

    /// <summary>The DER length octets and all: what stands in CKA_EC_POINT.</summary>
    public byte[] Point { get => _objects[1][Ck.EcPoint]; set => _objects[1][Ck.EcPoint] = value; }

    public Dictionary<ulong, byte[]> PublicKey => _objects[1];

    public Dictionary<ulong, byte[]> PrivateKey => _objects[2];

    public void Add(ulong handle, Dictionary<ulong, byte[]> attributes) => _objects[handle] = attributes;

    public void Remove(ulong handle) => _objects.Remove(handle);

    /// <summary>The same one each time, as in life.</summary>
    public Pkcs11Module Load() => _loaded ??= Pkcs11Module.Of((nint)_list, Layout, "/fake/module.so");

    /// <summary>By the address of its functions.</summary>
    public Pkcs11Module Share(string path) => Pkcs11Module.Shared((nint)_list, Layout, path);

    public void Forget(int function) => Set(function, null);

    /// <summary>As if the token had been pulled: sessions and login are gone.</summary>
    public void Pull()
    {
        _sessions.Clear();
        LoggedIn = false;
    }

    public int Count(string call) => Calls.Count(c => c == call);

    public void Dispose()
    {
        NativeMemory.Free(_list);
        _key.Dispose();
    }

    private void Set(int function, void* pointer) =>
        *(nint*)(_list + Layout.FunctionList[function + 1]) = (nint)pointer;

    private bool Start(string name, out CULong code)
    {
        Calls.Enqueue(name);
        ulong? instead = Instead(name);
        code = new CULong((nuint)(instead ?? 0));
        return instead is null;
    }

    private void Write(byte* to, ulong value) => Layout.WriteUlong(new Span<byte>(to, Layout.UlongSize), 0, value);

    private ulong Read(byte* from) => Layout.ReadUlong(new Span<byte>(from, Layout.UlongSize), 0);

    private static CULong C(ulong code) => new((nuint)code);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong Initialize(byte* arguments)
    {
        if (s_now.Start("C_Initialize", out CULong code) && arguments is not null)
        {
            return C(s_now.Read(arguments + s_now.Layout.InitializeArguments[4]) == Ck.OsLockingOk ? 0UL : 7);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetSlotList(byte present, byte* slots, byte* count)
    {
        if (s_now.Start("C_GetSlotList", out CULong code))
        {
            if (slots is not null)
            {
                s_now.Write(slots, s_now.Slot);
                byte* next = slots;
                foreach (ulong other in s_now.Others.Keys)
                {
                    s_now.Write(next += s_now.Layout.UlongSize, other);
                }
            }

            s_now.Write(count, s_now.Lie("C_GetSlotList") ?? (ulong)(1 + s_now.Others.Count));
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetSlotInfo(CULong slot, byte* info)
    {
        if (s_now.Start("C_GetSlotInfo", out CULong code))
        {
            Text(info, "Fake slot", 64);
            Text(info + 64, "Fakes", 32);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetTokenInfo(CULong slot, byte* info)
    {
        if (s_now.Start("C_GetTokenInfo", out CULong code))
        {
            CStruct layout = s_now.Layout.TokenInfo;
            (string label, string serial) = s_now.Others.TryGetValue(slot.Value, out (string, string) other)
                ? other : ("fake", s_now.Serial);
            Text(info, label, 32);
            Text(info + layout[1], "Fakes\u0000rubbish", 32);
            Text(info + layout[2], "F1", 16);
            Text(info + layout[3], serial, 16);
            s_now.Write(info + layout[4], s_now.TokenFlags);
            s_now.Write(info + layout[5], (ulong)s_now.MaxSessions);
            for (int i = 6; i <= 14; i++)
            {
                s_now.Write(info + layout[i], s_now.Layout.Unavailable);
            }
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetMechanismInfo(CULong slot, CULong mechanism, byte* info)
    {
        s_now.Start("C_GetMechanismInfo", out CULong code);
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong OpenSession(CULong slot, CULong flags, void* application, void* notify, byte* session)
    {
        if (s_now.Start("C_OpenSession", out CULong code))
        {
            lock (s_now._gate)
            {
                if (s_now._sessions.Count >= s_now.SessionRoom)
                {
                    return C(Ckr.SessionCount);
                }

                ulong handle = (ulong)Interlocked.Increment(ref s_now._handles);
                s_now._sessions[handle] = slot.Value;
                s_now.MostSessions = Math.Max(s_now.MostSessions, s_now._sessions.Count);
                s_now.Write(session, handle);
            }
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong CloseSession(CULong session)
    {
        if (s_now.Start("C_CloseSession", out CULong code))
        {
            s_now._sessions.TryRemove(session.Value, out _);
            s_now.LoggedIn &= !s_now._sessions.IsEmpty;
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetSessionInfo(CULong session, byte* info)
    {
        if (s_now.Start("C_GetSessionInfo", out CULong code))
        {
            if (!s_now._sessions.ContainsKey(session.Value))
            {
                return C(Ckr.SessionHandleInvalid);
            }

            s_now.Write(info + s_now.Layout.SessionInfo[1], s_now.LoggedIn ? Ck.RoUserFunctions : 0);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong Login(CULong session, CULong user, byte* pin, CULong length)
    {
        s_now.LoginSlots.Enqueue(s_now._sessions.GetValueOrDefault((ulong)session.Value));
        if (s_now.Start($"C_Login {user.Value}", out CULong code))
        {
            bool good = pin is null ? (s_now.TokenFlags & Ck.ProtectedAuthenticationPath) != 0
                : Encoding.UTF8.GetString(pin, (int)length.Value) == Pin;
            s_now.LoggedIn |= good;
            return C(good ? Ckr.Ok : Ckr.PinIncorrect);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong FindObjectsInit(CULong session, byte* template, CULong count)
    {
        if (!s_now.Start("C_FindObjectsInit", out CULong code))
        {
            return code;
        }

        if (!s_now._sessions.ContainsKey(session.Value))
        {
            return C(Ckr.SessionHandleInvalid);
        }

        CStruct layout = s_now.Layout.Attribute;
        Queue<ulong> found = [];
        foreach ((ulong handle, Dictionary<ulong, byte[]> attributes) in s_now._objects)
        {
            bool fits = s_now.LoggedIn
                || !attributes[Ck.Class].AsSpan().SequenceEqual(s_now.Layout.Ulong(Ck.PrivateKeyObject));
            for (int i = 0; i < (int)count.Value; i++)
            {
                byte* entry = template + i * layout.Size;
                ReadOnlySpan<byte> value = new(
                    *(void**)(entry + layout[1]), (int)s_now.Read(entry + layout[2]));
                fits &= attributes.TryGetValue(s_now.Read(entry), out byte[]? has) && value.SequenceEqual(has);
            }

            if (fits)
            {
                found.Enqueue(handle);
            }
        }

        s_now._found[session.Value] = found;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong FindObjects(CULong session, byte* handles, CULong capacity, byte* count)
    {
        if (s_now.Start("C_FindObjects", out CULong code))
        {
            Queue<ulong> found = s_now._found[session.Value];
            int number = 0;
            while (number < (int)capacity.Value && found.TryDequeue(out ulong handle))
            {
                s_now.Write(handles + number++ * s_now.Layout.UlongSize, handle);
            }

            s_now.Write(count, s_now.Lie("C_FindObjects") ?? (ulong)number);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong FindObjectsFinal(CULong session)
    {
        s_now.Start("C_FindObjectsFinal", out CULong code);
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GetAttributeValue(CULong session, CULong item, byte* template, CULong count)
    {
        if (!s_now.Start("C_GetAttributeValue", out CULong code))
        {
            return code;
        }

        CStruct layout = s_now.Layout.Attribute;
        if (!s_now._objects.TryGetValue(item.Value, out Dictionary<ulong, byte[]>? attributes)
            || !attributes.TryGetValue(s_now.Read(template), out byte[]? value))
        {
            s_now.Write(template + layout[2], s_now.Layout.Unavailable);
            return C(Ckr.AttributeTypeInvalid);
        }

        byte* to = *(byte**)(template + layout[1]);
        if (to is not null)
        {
            value.CopyTo(new Span<byte>(to, (int)s_now.Read(template + layout[2])));
        }

        s_now.Write(
            template + layout[2],
            s_now.Lie(to is null ? "length" : "written") ?? (ulong)value.Length);
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong SignInit(CULong session, byte* mechanism, CULong key)
    {
        if (s_now.Start("C_SignInit", out CULong code))
        {
            return C(!s_now._sessions.ContainsKey(session.Value) ? Ckr.SessionHandleInvalid
                : s_now.Read(mechanism) != Ck.Ecdsa ? Ckr.MechanismInvalid
                : key.Value != 2 ? Ckr.KeyHandleInvalid : Ckr.Ok);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong Sign(CULong session, byte* data, CULong length, byte* signature, byte* signatureLength)
    {
        if (s_now.Start("C_Sign", out CULong code))
        {
            byte[] made;
            lock (s_now._gate)
            {
                made = s_now._key.SignHash(new ReadOnlySpan<byte>(data, (int)length.Value));
            }

            made.CopyTo(new Span<byte>(signature, (int)s_now.Read(signatureLength)));
            s_now.Write(signatureLength, s_now.Lie("C_Sign") ?? (ulong)made.Length);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CULong GenerateKeyPair(
        CULong session, byte* mechanism, byte* publicTemplate, CULong publicCount, byte* privateTemplate,
        CULong privateCount, byte* publicKey, byte* privateKey)
    {
        s_now.Start("C_GenerateKeyPair", out CULong code);
        return code;
    }

    private static void Text(byte* to, string text, int length)
    {
        Span<byte> field = new(to, length);
        field.Fill((byte)' ');
        Encoding.UTF8.GetBytes(text, field);
    }
}
