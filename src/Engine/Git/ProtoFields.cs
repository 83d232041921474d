using System.Text;

namespace SigstorePS.Git;

/// <summary>
/// The fields of one protobuf message in binary form (protobuf.dev, "Encoding"), stricter than protobuf: a field that is
/// not repeated may be there once, and only the two wire types that sigstore's messages have.
/// </summary>
internal sealed class ProtoFields
{
    private readonly Dictionary<int, List<byte[]>> _bytes = [];
    private readonly Dictionary<int, long> _numbers = [];

    /// <param name="message">All of it.</param>
    /// <param name="repeated">Number of the one field that may be there several times; 0: none.</param>
    /// <exception cref="FormatException">Not protobuf, or a field twice.</exception>
    public ProtoFields(ReadOnlySpan<byte> message, int repeated)
    {
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            int number = tag >> 3 is > 0 and < 1024 ? (int)(tag >> 3) : throw new FormatException("a field has no number");
            bool added = (tag & 7) switch
            {
                0 => Add(number, Varint(ref message)),
                2 => Add(number, Take(ref message, Varint(ref message)), number == repeated),
                _ => throw new FormatException($"field {number} is of another type"),
            };
            if (!added)
            {
                throw new FormatException($"field {number} is there twice");
            }
        }
    }

    public bool Has(int field) => _bytes.ContainsKey(field) || _numbers.ContainsKey(field);

    /// <summary>Refuses every other field.</summary>
    public void Only(params ReadOnlySpan<int> fields)
    {
        foreach (int field in _bytes.Keys.Concat(_numbers.Keys))
        {
            if (!fields.Contains(field))
            {
                throw new FormatException($"field {field} is not known");
            }
        }
    }

    /// <summary>A number from 0 on; 0 when absent.</summary>
    public long Number(int field) =>
        _bytes.ContainsKey(field) ? throw new FormatException($"field {field} is no number")
        : _numbers.GetValueOrDefault(field);

    /// <summary>Bytes; none when absent.</summary>
    public byte[] Bytes(int field) =>
        _numbers.ContainsKey(field) ? throw new FormatException($"field {field} is a number")
        : _bytes.TryGetValue(field, out List<byte[]>? values) ? values[0] : [];

    /// <summary>UTF-8 text; empty when absent.</summary>
    public string Text(int field)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(field));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"field {field} is no text", e);
        }
    }

    /// <summary>A message; an empty one when absent.</summary>
    public ProtoFields Message(int field) => new(Bytes(field), repeated: 0);

    /// <summary>The same, one field of which may be there several times.</summary>
    public ProtoFields MessageWithList(int field, int list) => new(Bytes(field), list);

    /// <summary>All values of the repeated field.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> List(int field, int limit)
    {
        if (!_bytes.TryGetValue(field, out List<byte[]>? values))
        {
            return [];
        }

        return values.Count <= limit ? values.Select(static v => (ReadOnlyMemory<byte>)v)
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"Field {field} is there {values.Count} times, over {limit}.");
    }

    private bool Add(int number, ulong value) => value <= long.MaxValue && !_bytes.ContainsKey(number)
        ? _numbers.TryAdd(number, (long)value) : throw new FormatException($"field {number} is out of range");

    private bool Add(int number, ReadOnlySpan<byte> value, bool again)
    {
        if (_numbers.ContainsKey(number))
        {
            return false;
        }

        if (_bytes.TryGetValue(number, out List<byte[]>? values))
        {
            values.Add(value.ToArray());
            return again;
        }

        _bytes[number] = [value.ToArray()];
        return true;
    }

    private static ulong Varint(scoped ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(ref message, 1)[0];
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("a number is too long");
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> message, ulong length)
    {
        if (length > (ulong)message.Length)
        {
            throw new FormatException("it ends too early");
        }

        ReadOnlySpan<byte> taken = message[..(int)length];
        message = message[(int)length..];
        return taken;
    }
}
