using System.Globalization;
using System.Text;

namespace SigstorePS.Archives;

/// <summary>
/// Writes a tar whose bytes depend on nothing but names and content: no owner, no time, always the same mode (POSIX.1-2017,
/// ustar; an extended header only where a name or a size does not fit).
/// </summary>
internal sealed class LayoutTar(Stream output) : ILayoutPacker
{
    private const int NameSize = 100;

    public async Task AddAsync(string name, Stream content, long length, CancellationToken cancel)
    {
        if (Encoding.UTF8.GetByteCount(name) > NameSize || length > TarHeader.LargestPlainSize)
        {
            byte[] records = Encoding.UTF8.GetBytes(Record("path", name)
                + (length > TarHeader.LargestPlainSize
                    ? Record("size", length.ToString(CultureInfo.InvariantCulture)) : string.Empty));
            await output.WriteAsync(Header("././@PaxHeader", records.Length, 'x'), cancel).ConfigureAwait(false);
            await output.WriteAsync(records, cancel).ConfigureAwait(false);
            await PadAsync(records.Length, cancel).ConfigureAwait(false);
        }

        await output.WriteAsync(Header(name, length, '0'), cancel).ConfigureAwait(false);
        await PackedCopy.RunAsync(content, output, name, length, cancel).ConfigureAwait(false);
        await PadAsync(length, cancel).ConfigureAwait(false);
    }

    public Task FinishAsync(CancellationToken cancel) =>
        output.WriteAsync(new byte[2 * TarHeader.Size], cancel).AsTask();

    private static byte[] Header(string name, long length, char kind)
    {
        byte[] block = new byte[TarHeader.Size];
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        bytes.AsSpan(0, Math.Min(bytes.Length, NameSize)).CopyTo(block);
        Put(100, "0000644");
        Put(108, "0000000");
        Put(116, "0000000");
        Put(124, Octal(length > TarHeader.LargestPlainSize ? 0 : length, 11));
        Put(136, Octal(0, 11));
        block[156] = (byte)kind;
        Put(257, "ustar\u000000");
        Put(148, "        ");
        Put(148, $"{Octal(block.Sum(static b => (long)b), 6)}\0 ");
        return block;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, block.AsSpan(at));
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    /// <summary>A record says its own length, digits of that included.</summary>
    private static string Record(string keyword, string value)
    {
        string rest = $" {keyword}={value}\n";
        int bytes = Encoding.UTF8.GetByteCount(rest);
        int length = bytes + bytes.ToString(CultureInfo.InvariantCulture).Length;
        length = bytes + length.ToString(CultureInfo.InvariantCulture).Length;
        return length.ToString(CultureInfo.InvariantCulture) + rest;
    }

    private Task PadAsync(long length, CancellationToken cancel)
    {
        int over = (int)(length % TarHeader.Size);
        return over == 0 ? Task.CompletedTask : output.WriteAsync(new byte[TarHeader.Size - over], cancel).AsTask();
    }
}
