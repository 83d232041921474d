using System.Text;

namespace SigstorePS.Tests.Archives;

/// <summary>Tars as nobody's program would write them.</summary>
internal sealed class TarBytes
{
    private readonly MemoryStream _bytes = new();

    public TarBytes File(string name, byte[] content, long? said = null) => Entry('0', name, content, said);

    public TarBytes Pax(params string[] records) =>
        Entry('x', "PaxHeader", Encoding.UTF8.GetBytes(string.Concat(records.Select(Record))));

    public TarBytes Entry(char kind, string name, byte[] content, long? said = null, Action<byte[]>? change = null)
    {
        byte[] block = new byte[512];
        Encoding.UTF8.GetBytes(name).AsSpan(0, Math.Min(100, Encoding.UTF8.GetByteCount(name))).CopyTo(block);
        Put(block, 100, "0000644");
        Put(block, 124, Convert.ToString(said ?? content.Length, 8).PadLeft(11, '0'));
        Put(block, 136, "00000000000");
        block[156] = (byte)kind;
        Put(block, 257, "ustar\u000000");
        change?.Invoke(block);
        Sign(block);
        _bytes.Write(block);
        _bytes.Write(content);
        _bytes.Write(new byte[(512 - (content.Length % 512)) % 512]);
        return this;
    }

    public TarBytes Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public byte[] End() => Raw(new byte[1024])._bytes.ToArray();

    public byte[] NoEnd() => _bytes.ToArray();

    public static string Record(string text)
    {
        int length = text.Length + 3;
        while ($"{length} {text}\n".Length != length)
        {
            length++;
        }

        return $"{length} {text}\n";
    }

    public static void Put(byte[] block, int at, string text) => Encoding.ASCII.GetBytes(text, block.AsSpan(at));

    private static void Sign(byte[] block)
    {
        Put(block, 148, "        ");
        Put(block, 148, Convert.ToString(block.Sum(static b => b), 8).PadLeft(6, '0') + "\0 ");
    }
}
