namespace SigstorePS.Providers.Google;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), against accidents on the way: it proves nothing about who sent it.
/// </summary>
internal static class Crc32C
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(static i => Entry((uint)i))];

    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = Table[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint Entry(uint index)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            index = (index & 1) == 0 ? index >> 1 : (index >> 1) ^ 0x82F63B78;
        }

        return index;
    }
}
