namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// A session with a token; one thread at a time. Every length that comes back is held against what there is room for.
/// </summary>
internal sealed class Pkcs11Session(CFunctions functions, ulong handle, ulong slot) : IDisposable
{
    /// <summary>Bytes of a signature: RSA of 8192 bit.</summary>
    private const int SignatureSize = 1024;

    private const int FindBatch = 32;

    private readonly CLayout _layout = functions.Layout;
    private bool _closed;

    public CLayout Layout => _layout;

    public ulong SlotId { get; } = slot;

    /// <summary>Whether the user is logged in, by this session or any other of the process.</summary>
    public bool IsLoggedIn
    {
        get
        {
            PinnedBuffer info = new(_layout.SessionInfo.Size);
            Check(functions.GetSessionInfo(handle, info.Address), "C_GetSessionInfo");
            return _layout.ReadUlong(info.Bytes, _layout.SessionInfo[1]) is Ck.RoUserFunctions or Ck.RwUserFunctions;
        }
    }

    /// <summary>Logs in: every session of this process with the token.</summary>
    /// <param name="user">CKU_USER, or CKU_CONTEXT_SPECIFIC for the operation that has begun.</param>
    /// <param name="pin">Null: typed at the token.</param>
    public void Login(ulong user, byte[]? pin)
    {
        PinnedBuffer copy = PinnedBuffer.Of(pin);
        try
        {
            ulong code = functions.Login(handle, user, pin is null ? 0 : copy.Address, pin?.Length ?? 0);
            if (code != Ckr.UserAlreadyLoggedIn)
            {
                Check(code, "C_Login");
            }
        }
        finally
        {
            copy.Bytes.Clear();
        }
    }

    /// <summary>The objects that have all of these attributes.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IReadOnlyList<ulong> Find(params IReadOnlyList<CkAttribute> attributes)
    {
        CkTemplate template = new(_layout, attributes);
        Check(functions.FindObjectsInit(handle, template.Address, template.Count), "C_FindObjectsInit");
        GC.KeepAlive(template);
        try
        {
            return FindAll();
        }
        finally
        {
            functions.FindObjectsFinal(handle);
        }
    }

    /// <summary>The value of an attribute; null when the object has none, or does not tell.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public byte[]? Attribute(ulong item, ulong type)
    {
        PinnedBuffer entry = new(_layout.Attribute.Size);
        _layout.WriteUlong(entry.Bytes, _layout.Attribute[0], type);
        if (!Told(functions.GetAttributeValue(handle, item, entry.Address, 1)))
        {
            return null;
        }

        ulong length = _layout.ReadUlong(entry.Bytes, _layout.Attribute[2]);
        if (length == _layout.Unavailable)
        {
            return null;
        }

        if (length > Limits.Pkcs11Attribute)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"An attribute of the token has more than {Limits.Pkcs11Attribute} bytes.");
        }

        PinnedBuffer value = new((int)length);
        CLayout.WritePointer(entry.Bytes, _layout.Attribute[1], length == 0 ? 0 : value.Address);
        if (!Told(functions.GetAttributeValue(handle, item, entry.Address, 1)))
        {
            return null;
        }

        ulong written = _layout.ReadUlong(entry.Bytes, _layout.Attribute[2]);
        GC.KeepAlive(value);
        return written == _layout.Unavailable ? null
            : written <= length ? value.Bytes[..(int)written].ToArray()
            : throw Nonsense("C_GetAttributeValue");
    }

    /// <summary>A number among the attributes; null when it is absent or of another size.</summary>
    public ulong? Number(ulong item, ulong type) =>
        Attribute(item, type) is { } value && value.Length == _layout.UlongSize ? _layout.ReadUlong(value, 0) : null;

    /// <summary>Signs.</summary>
    /// <param name="key">Handle of a private key.</param>
    /// <param name="mechanism">How.</param>
    /// <param name="data">What the mechanism takes.</param>
    /// <param name="authenticate">Logs in once more, for keys that want that with each signature; else null.</param>
    public byte[] Sign(ulong key, CkMechanism mechanism, ReadOnlySpan<byte> data, Action? authenticate)
    {
        Check(functions.SignInit(handle, mechanism.Address, key), "C_SignInit");
        GC.KeepAlive(mechanism);
        authenticate?.Invoke();
        PinnedBuffer input = PinnedBuffer.Of(data);
        PinnedBuffer signature = new(SignatureSize);
        PinnedBuffer length = new(_layout.UlongSize);
        _layout.WriteUlong(length.Bytes, 0, SignatureSize);
        Check(functions.Sign(handle, input.Address, data.Length, signature.Address, length.Address), "C_Sign");
        GC.KeepAlive(input);
        ulong written = _layout.ReadUlong(length.Bytes, 0);
        return written <= SignatureSize ? signature.Bytes[..(int)written].ToArray() : throw Nonsense("C_Sign");
    }

    /// <summary>Makes a key pair.</summary>
    /// <returns>Handles of the public and of the private key.</returns>
    public (ulong Public, ulong Private) GenerateKeyPair(
        CkMechanism mechanism, IReadOnlyList<CkAttribute> publicKey, IReadOnlyList<CkAttribute> privateKey)
    {
        CkTemplate publicTemplate = new(_layout, publicKey);
        CkTemplate privateTemplate = new(_layout, privateKey);
        PinnedBuffer handles = new(2 * _layout.UlongSize);
        Check(
            functions.GenerateKeyPair(
                handle, mechanism.Address, publicTemplate.Address, publicTemplate.Count, privateTemplate.Address,
                privateTemplate.Count, handles.Address, handles.Address + _layout.UlongSize),
            "C_GenerateKeyPair");
        GC.KeepAlive((mechanism, publicTemplate, privateTemplate));
        return (_layout.ReadUlong(handles.Bytes, 0), _layout.ReadUlong(handles.Bytes, _layout.UlongSize));
    }

    /// <summary>Closes the session; what that returns changes nothing.</summary>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            functions.CloseSession(handle);
        }
    }

    private List<ulong> FindAll()
    {
        List<ulong> found = [];
        PinnedBuffer handles = new(FindBatch * _layout.UlongSize);
        PinnedBuffer count = new(_layout.UlongSize);
        while (true)
        {
            _layout.WriteUlong(count.Bytes, 0, 0);
            Check(functions.FindObjects(handle, handles.Address, FindBatch, count.Address), "C_FindObjects");
            ulong number = _layout.ReadUlong(count.Bytes, 0);
            if (number == 0)
            {
                return found;
            }

            if (number > FindBatch)
            {
                throw Nonsense("C_FindObjects");
            }

            for (int i = 0; i < (int)number; i++)
            {
                found.Add(_layout.ReadUlong(handles.Bytes, i * _layout.UlongSize));
            }

            if (found.Count > Limits.Pkcs11Objects)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"The token has more than {Limits.Pkcs11Objects} objects of one kind.");
            }
        }
    }

    private static bool Told(ulong code)
    {
        if (code is Ckr.AttributeSensitive or Ckr.AttributeTypeInvalid)
        {
            return false;
        }

        Check(code, "C_GetAttributeValue");
        return true;
    }

    private static void Check(ulong code, string function) => Pkcs11Module.Check(code, function);

    private static SigstoreException Nonsense(string function) =>
        new(SigstoreErrorCode.Pkcs11Failed, $"{function} of the module wrote more than there was room for.");
}
