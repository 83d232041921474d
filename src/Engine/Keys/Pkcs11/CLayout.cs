using System.Runtime.InteropServices;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>A member of a C structure.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Bytes its offset is a multiple of.</param>
internal readonly record struct CField(int Size, int Alignment)
{
    public static CField Bytes(int count) => new(count, 1);
}

/// <summary>Where the members of a C structure lie.</summary>
internal sealed class CStruct
{
    private readonly int[] _offsets;

    public CStruct(params CField[] fields)
    {
        _offsets = new int[fields.Length];
        int end = 0;
        int widest = 1;
        for (int i = 0; i < fields.Length; i++)
        {
            _offsets[i] = Up(end, fields[i].Alignment);
            end = _offsets[i] + fields[i].Size;
            widest = Math.Max(widest, fields[i].Alignment);
        }

        Size = Up(end, widest);
    }

    /// <summary>Bytes, padding at the end included: the distance of two in an array.</summary>
    public int Size { get; }

    /// <summary>Offset of a member.</summary>
    public int this[int field] => _offsets[field];

    private static int Up(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;
}

/// <summary>
/// The structures of PKCS #11 (v2.40, section 2 and on) as the C compiler of a platform lays them out. CK_ULONG is
/// <c>unsigned long</c>: four bytes on Windows, a pointer's size elsewhere; on Windows structures are packed to one
/// byte, elsewhere they are not.
/// </summary>
internal sealed class CLayout
{
    public CLayout(int ulongSize, int pointerSize, bool packed)
    {
        UlongSize = ulongSize;
        CField number = new(ulongSize, packed ? 1 : ulongSize);
        CField pointer = new(pointerSize, packed ? 1 : pointerSize);
        CField version = CField.Bytes(2);
        Attribute = new CStruct(number, pointer, number);
        InitializeArguments = new CStruct(pointer, pointer, pointer, pointer, number, pointer);
        SlotInfo = new CStruct(CField.Bytes(64), CField.Bytes(32), number, version, version);
        TokenInfo = new CStruct(
            CField.Bytes(32), CField.Bytes(32), CField.Bytes(16), CField.Bytes(16), number, number, number, number,
            number, number, number, number, number, number, number, version, version, CField.Bytes(16));
        SessionInfo = new CStruct(number, number, number, number);
        MechanismInfo = new CStruct(number, number, number);
        PssParameters = new CStruct(number, number, number);
        FunctionList = new CStruct([version, .. Enumerable.Repeat(pointer, Functions)]);
    }

    /// <summary>Functions in a list of version 2.</summary>
    public const int Functions = 68;

    /// <summary>Of this process.</summary>
    public static CLayout Native { get; } =
        new(Marshal.SizeOf<CULong>(), nint.Size, packed: OperatingSystem.IsWindows());

    public int UlongSize { get; }

    /// <summary>CK_UNAVAILABLE_INFORMATION: all bits of a CK_ULONG.</summary>
    public ulong Unavailable => UlongSize == 4 ? uint.MaxValue : ulong.MaxValue;

    /// <summary>CK_ATTRIBUTE and, of the same members, CK_MECHANISM: number, pointer, length.</summary>
    public CStruct Attribute { get; }

    /// <summary>CK_C_INITIALIZE_ARGS: four pointers to functions, flags, a pointer.</summary>
    public CStruct InitializeArguments { get; }

    /// <summary>CK_SLOT_INFO: description, manufacturer, flags, two versions.</summary>
    public CStruct SlotInfo { get; }

    /// <summary>CK_TOKEN_INFO: label, maker, model, serial number, flags, ten numbers, two versions, time.</summary>
    public CStruct TokenInfo { get; }

    /// <summary>CK_SESSION_INFO: slot, state, flags, device error.</summary>
    public CStruct SessionInfo { get; }

    /// <summary>CK_MECHANISM_INFO: least and greatest key size, flags.</summary>
    public CStruct MechanismInfo { get; }

    /// <summary>CK_RSA_PKCS_PSS_PARAMS: hash, mask generation function, length of the salt.</summary>
    public CStruct PssParameters { get; }

    /// <summary>CK_FUNCTION_LIST: version, pointers to functions.</summary>
    public CStruct FunctionList { get; }

    public ulong ReadUlong(ReadOnlySpan<byte> buffer, int offset) => UlongSize == 4
        ? MemoryMarshal.Read<uint>(buffer[offset..])
        : MemoryMarshal.Read<ulong>(buffer[offset..]);

    /// <exception cref="OverflowException">More than a CK_ULONG holds here.</exception>
    public void WriteUlong(Span<byte> buffer, int offset, ulong value)
    {
        if (UlongSize == 4)
        {
            MemoryMarshal.Write(buffer[offset..], (uint)value);
        }
        else
        {
            MemoryMarshal.Write(buffer[offset..], value);
        }
    }

    public static void WritePointer(Span<byte> buffer, int offset, nint value) =>
        MemoryMarshal.Write(buffer[offset..], value);

    /// <summary>A CK_ULONG as the value of an attribute.</summary>
    public byte[] Ulong(ulong value)
    {
        byte[] bytes = new byte[UlongSize];
        WriteUlong(bytes, 0, value);
        return bytes;
    }
}
