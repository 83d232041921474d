using System.Runtime.InteropServices;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// Memory that a module reads and writes: it does not move, and is kept by whoever keeps this object
/// (<see cref="GC.KeepAlive"/> after the call).
/// </summary>
internal sealed class PinnedBuffer(int size)
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Math.Max(size, 1), pinned: true);

    public Span<byte> Bytes => _bytes.AsSpan(0, size);

    public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);

    public static PinnedBuffer Of(ReadOnlySpan<byte> content)
    {
        PinnedBuffer buffer = new(content.Length);
        content.CopyTo(buffer.Bytes);
        return buffer;
    }
}

/// <summary>An attribute and the value it is to have.</summary>
internal readonly record struct CkAttribute(ulong Type, byte[] Value);

/// <summary>An array of CK_ATTRIBUTE with the values behind it.</summary>
internal sealed class CkTemplate
{
    private readonly PinnedBuffer _buffer;

    public CkTemplate(CLayout layout, IReadOnlyList<CkAttribute> attributes)
    {
        int values = layout.Attribute.Size * attributes.Count;
        _buffer = new PinnedBuffer(values + attributes.Sum(static a => a.Value.Length));
        Count = attributes.Count;
        for (int i = 0; i < attributes.Count; i++)
        {
            Span<byte> entry = _buffer.Bytes.Slice(i * layout.Attribute.Size, layout.Attribute.Size);
            byte[] value = attributes[i].Value;
            layout.WriteUlong(entry, layout.Attribute[0], attributes[i].Type);
            CLayout.WritePointer(entry, layout.Attribute[1], value.Length == 0 ? 0 : _buffer.Address + values);
            layout.WriteUlong(entry, layout.Attribute[2], (ulong)value.Length);
            value.CopyTo(_buffer.Bytes[values..]);
            values += value.Length;
        }
    }

    public int Count { get; }

    public nint Address => _buffer.Address;
}

/// <summary>A CK_MECHANISM with its parameter.</summary>
internal sealed class CkMechanism
{
    private readonly PinnedBuffer _buffer;
    private readonly PinnedBuffer _parameter;

    public CkMechanism(CLayout layout, ulong type, ReadOnlySpan<byte> parameter = default)
    {
        _parameter = PinnedBuffer.Of(parameter);
        _buffer = new PinnedBuffer(layout.Attribute.Size);
        layout.WriteUlong(_buffer.Bytes, layout.Attribute[0], type);
        CLayout.WritePointer(_buffer.Bytes, layout.Attribute[1], parameter.IsEmpty ? 0 : _parameter.Address);
        layout.WriteUlong(_buffer.Bytes, layout.Attribute[2], (ulong)parameter.Length);
    }

    public nint Address => _buffer.Address;
}
