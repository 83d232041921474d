using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// A module: loaded and initialized once in a process, and never finalized, because others in the process may use it,
/// too. Blocks while the token works. Throws <see cref="CryptokiException"/>, and of limits SigstoreException.
/// </summary>
internal sealed class Pkcs11Module
{
    private static readonly ConcurrentDictionary<string, Lazy<Pkcs11Module>> Loaded = new(StringComparer.Ordinal);

    // One library has many paths (links, other letter case): two modules over it would have two gates for one login.
    private static readonly ConcurrentDictionary<nint, Lazy<Pkcs11Module>> Known = new();

    private readonly CFunctions _functions;

    private Pkcs11Module(CFunctions functions, string path)
    {
        _functions = functions;
        Path = path;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>
    /// Held while a login is sought and done: two threads that find nobody logged in would use up two tries of a wrong
    /// PIN.
    /// </summary>
    public Lock LoginGate { get; } = new();

    /// <summary>
    /// Held from C_SignInit to C_Sign of keys that ask each time: the PIN is for the operation that has begun.
    /// </summary>
    public Lock AskingGate { get; } = new();

    /// <summary>What its tokens did not take.</summary>
    public RefusedPins RefusedPins { get; } = new();

    /// <summary>The module of a path, loaded when it is first asked for.</summary>
    /// <exception cref="SigstoreException">Pkcs11ModuleUnavailable.</exception>
    public static Pkcs11Module Load(string path)
    {
        Lazy<Pkcs11Module> module = Loaded.GetOrAdd(path, static p => new Lazy<Pkcs11Module>(() => Open(p)));
        try
        {
            return module.Value;
        }
        catch
        {
            // A library that was not there, or a reader that was not plugged in, may be next time.
            Loaded.TryRemove(new KeyValuePair<string, Lazy<Pkcs11Module>>(path, module));
            throw;
        }
    }

    /// <summary>The module of a function list, the same one whenever it is asked for.</summary>
    /// <exception cref="SigstoreException">Pkcs11ModuleUnavailable.</exception>
    public static Pkcs11Module Shared(nint functionList, CLayout layout, string path)
    {
        Lazy<Pkcs11Module> module = Known.GetOrAdd(
            functionList, list => new Lazy<Pkcs11Module>(() => Of(list, layout, path)));
        try
        {
            return module.Value;
        }
        catch
        {
            Known.TryRemove(new KeyValuePair<nint, Lazy<Pkcs11Module>>(functionList, module));
            throw;
        }
    }

    /// <summary>A module by the address of its function list.</summary>
    /// <exception cref="SigstoreException">Pkcs11ModuleUnavailable.</exception>
    public static Pkcs11Module Of(nint functionList, CLayout layout, string path)
    {
        if (functionList == 0)
        {
            throw Unavailable(path, "C_GetFunctionList gives no functions");
        }

        CFunctions functions = new(functionList, layout);
        if (functions.Version is not (2 or 3))
        {
            throw Unavailable(path, $"it speaks version {functions.Version} of PKCS #11; 2 and 3 are understood");
        }

        Pkcs11Module module = new(functions, path);
        try
        {
            module.Initialize();
        }
        catch (CryptokiException e)
        {
            throw Unavailable(path, e.Message, e);
        }

        return module;
    }

    /// <summary>
    /// C_Initialize; also when somebody else in the process has ended the module behind our back.
    /// </summary>
    public void Initialize()
    {
        CLayout layout = _functions.Layout;
        PinnedBuffer arguments = new(layout.InitializeArguments.Size);
        layout.WriteUlong(arguments.Bytes, layout.InitializeArguments[4], Ck.OsLockingOk);
        ulong code = _functions.Initialize(arguments.Address);
        if (code == Ckr.CantLock)
        {
            _functions.OneAtATime = true;
            code = _functions.Initialize(0);
        }

        GC.KeepAlive(arguments);
        if (code == Ckr.AlreadyInitialized)
        {
            // Whoever did it may have promised to call from one thread alone.
            _functions.OneAtATime = true;
            return;
        }

        Check(code, "C_Initialize");
    }

    /// <summary>The slots that have a token, each with what the token says of itself.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IReadOnlyList<TokenSlot> Slots()
    {
        try
        {
            return ListSlots();
        }
        catch (CryptokiException e) when (e.Code == Ckr.NotInitialized)
        {
            Initialize();
            return ListSlots();
        }
    }

    /// <summary>What the token of a slot says of itself now.</summary>
    public TokenSlot Slot(ulong slot)
    {
        CLayout layout = _functions.Layout;
        PinnedBuffer place = new(layout.SlotInfo.Size);
        Check(_functions.GetSlotInfo(slot, place.Address), "C_GetSlotInfo");
        PinnedBuffer token = new(layout.TokenInfo.Size);
        Check(_functions.GetTokenInfo(slot, token.Address), "C_GetTokenInfo");
        return new TokenSlot(
            slot,
            Text(place.Bytes, layout.SlotInfo[0], 64),
            Text(place.Bytes, layout.SlotInfo[1], 32),
            Text(token.Bytes, layout.TokenInfo[0], 32),
            Text(token.Bytes, layout.TokenInfo[1], 32),
            Text(token.Bytes, layout.TokenInfo[2], 16),
            Text(token.Bytes, layout.TokenInfo[3], 16),
            layout.ReadUlong(token.Bytes, layout.TokenInfo[4]),
            layout.ReadUlong(token.Bytes, layout.TokenInfo[5]));
    }

    /// <summary>Whether the token of a slot has a mechanism.</summary>
    public bool Has(ulong slot, ulong mechanism)
    {
        PinnedBuffer info = new(_functions.Layout.MechanismInfo.Size);
        bool has = _functions.GetMechanismInfo(slot, mechanism, info.Address) == Ckr.Ok;
        GC.KeepAlive(info);
        return has;
    }

    /// <summary>Opens a session.</summary>
    /// <param name="slot">Number of the slot.</param>
    /// <param name="write">Whether something is made on the token.</param>
    public Pkcs11Session OpenSession(ulong slot, bool write = false)
    {
        PinnedBuffer handle = new(_functions.Layout.UlongSize);
        Check(
            _functions.OpenSession(slot, Ck.SerialSession | (write ? Ck.RwSession : 0), handle.Address),
            "C_OpenSession");
        return new Pkcs11Session(_functions, _functions.Layout.ReadUlong(handle.Bytes, 0), slot);
    }

    internal static void Check(ulong code, string function)
    {
        if (code != Ckr.Ok)
        {
            throw new CryptokiException(function, code);
        }
    }

    private static Pkcs11Module Open(string path)
    {
        if (!File.Exists(path))
        {
            throw Unavailable(path, "there is no such file");
        }

        // Never unloaded: threads of the module's own may run in it, and others may have got it the same way.
        if (!NativeLibrary.TryLoad(path, out nint library))
        {
            throw Unavailable(
                path, "it cannot be loaded: it is no library for this system and processor, or lacks one it needs");
        }

        return NativeLibrary.TryGetExport(library, "C_GetFunctionList", out nint export)
            ? Shared(FunctionList(export, path), CLayout.Native, path)
            : throw Unavailable(path, "it is no PKCS #11 module: it has no C_GetFunctionList");
    }

    private static unsafe nint FunctionList(nint export, string path)
    {
        nint list = 0;
        CULong code = ((delegate* unmanaged[Cdecl]<nint*, CULong>)export)(&list);
        return code.Value == Ckr.Ok ? list : throw Unavailable(path, $"C_GetFunctionList: {Ckr.Name(code.Value)}");
    }

    private List<TokenSlot> ListSlots()
    {
        CLayout layout = _functions.Layout;
        PinnedBuffer count = new(layout.UlongSize);

        // Asking for the number is what makes a module look for new slots (v2.40, C_GetSlotList).
        Check(_functions.GetSlotList(true, 0, count.Address), "C_GetSlotList");
        PinnedBuffer slots = new(Limits.Pkcs11Slots * layout.UlongSize);
        layout.WriteUlong(count.Bytes, 0, Limits.Pkcs11Slots);
        ulong code = _functions.GetSlotList(true, slots.Address, count.Address);
        ulong number = layout.ReadUlong(count.Bytes, 0);
        if (code == Ckr.BufferTooSmall || number > Limits.Pkcs11Slots)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The module has more than {Limits.Pkcs11Slots} slots.");
        }

        Check(code, "C_GetSlotList");
        List<TokenSlot> found = [];
        for (int i = 0; i < (int)number; i++)
        {
            try
            {
                found.Add(Slot(layout.ReadUlong(slots.Bytes, i * layout.UlongSize)));
            }
            catch (CryptokiException e) when (e.Code != Ckr.NotInitialized)
            {
                // Taken out this moment, or one that the module cannot read: the others are still there.
                AmbientReports.Send(EngineReport.Verbose($"A slot of {Path} is passed over: {e.Message}."));
            }
        }

        return found;
    }

    /// <summary>Fixed length, padded with blanks (v2.40); some modules end it with NUL instead.</summary>
    private static string Text(ReadOnlySpan<byte> buffer, int offset, int length)
    {
        ReadOnlySpan<byte> text = buffer.Slice(offset, length);
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]).TrimEnd(' ');
    }

    private static SigstoreException Unavailable(string path, string why, Exception? inner = null) =>
        new(SigstoreErrorCode.Pkcs11ModuleUnavailable, $"The PKCS #11 module {path} cannot be used: {why}.", inner);
}
