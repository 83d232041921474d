namespace SigstorePS.Support.Mutation;

/// <summary>DER that can be broken: elements in a tree, lengths written anew, whatever becomes of the content.</summary>
internal sealed class LooseDer
{
    private LooseDer(byte tag) => Tag = tag;

    public byte Tag { get; set; }

    /// <summary>Elements inside; also of an OCTET STRING that holds nothing but DER.</summary>
    public List<LooseDer> Inside { get; } = [];

    /// <summary>Of an element without others inside.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>Null for what is no DER to its end.</summary>
    public static LooseDer? Parse(ReadOnlySpan<byte> der) =>
        All(der, 0) is [LooseDer one] ? one : null;

    /// <summary>Every element, itself first, with the list it is in; null for the outermost.</summary>
    public IEnumerable<(List<LooseDer>? Siblings, LooseDer Element)> Walk(List<LooseDer>? siblings = null)
    {
        yield return (siblings, this);
        foreach (LooseDer inner in Inside.ToArray())
        {
            foreach ((List<LooseDer>?, LooseDer) found in inner.Walk(Inside))
            {
                yield return found;
            }
        }
    }

    public byte[] ToBytes()
    {
        byte[] content = Inside.Count > 0 ? [.. Inside.SelectMany(static e => e.ToBytes())] : Content;
        byte[] length = content.Length switch
        {
            < 0x80 => [(byte)content.Length],
            < 0x100 => [0x81, (byte)content.Length],
            < 0x10000 => [0x82, (byte)(content.Length >> 8), (byte)(content.Length & 255)],
            _ => [0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8 & 255), (byte)(content.Length & 255)],
        };
        return [Tag, .. length, .. content];
    }

    private static List<LooseDer>? All(ReadOnlySpan<byte> der, int depth)
    {
        List<LooseDer> found = [];
        while (!der.IsEmpty)
        {
            if (der.Length < 2 || (der[0] & 31) == 31 || depth > 30)
            {
                return null;
            }

            int head = der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7F);
            if (der[1] == 0x80 || head > 5 || der.Length < head)
            {
                return null;
            }

            int length = der[1];
            if (head > 2)
            {
                length = 0;
                foreach (byte b in der[2..head])
                {
                    length = length << 8 | b;
                }
            }

            if (length < 0 || der.Length - head < length)
            {
                return null;
            }

            LooseDer element = new(der[0]);
            ReadOnlySpan<byte> content = der.Slice(head, length);
            List<LooseDer>? inside = (der[0] & 0x20) != 0 || der[0] == 4 ? All(content, depth + 1) : null;
            if (inside is { Count: > 0 })
            {
                element.Inside.AddRange(inside);
            }
            else
            {
                element.Content = content.ToArray();
            }

            found.Add(element);
            der = der[(head + length)..];
        }

        return found;
    }
}
