using System.Globalization;

namespace SigstorePS.Rekor;

/// <summary>
/// Where a tile-based log keeps what (C2SP tlog-tiles): tiles of 256 hashes and bundles of 256 entries, numbered in
/// groups of three digits of which all but the last begin with <c>x</c>; those that are not full end in <c>.p/</c> and
/// their width.
/// </summary>
internal static class TilePath
{
    /// <summary>Levels of the tree in one tile.</summary>
    public const int Height = 8;

    /// <summary>Hashes in a full tile, entries in a full bundle.</summary>
    public const int Width = 1 << Height;

    public const string Checkpoint = "checkpoint";

    /// <param name="level">Level of the tile, 0 for leaf hashes.</param>
    /// <param name="number">Tile of that level, from the left.</param>
    /// <param name="width">Hashes in it, 1 to 256.</param>
    public static string OfTile(int level, long number, int width) =>
        string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{Number(number)}{Partial(width)}");

    public static string OfEntries(long number, int width) => $"tile/entries/{Number(number)}{Partial(width)}";

    public static string Number(long number)
    {
        string path = (number % 1000).ToString("D3", CultureInfo.InvariantCulture);
        for (long rest = number / 1000; rest > 0; rest /= 1000)
        {
            path = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:D3}/{path}");
        }

        return path;
    }

    /// <summary>How many hashes of a tile a tree of a size has; from 0 to 256.</summary>
    public static int WidthOf(int level, long number, long size) =>
        (int)Math.Clamp((size >> (Height * level)) - (number << Height), 0, Width);

    private static string Partial(int width) =>
        width == Width ? string.Empty : string.Create(CultureInfo.InvariantCulture, $".p/{width}");
}
