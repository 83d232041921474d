using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Rekor;

/// <content>Checkpoint, tiles and bundles of entries (Rekor v2).</content>
internal sealed partial class VirtualRekor
{
    private async Task TilesAsync(HttpContext context, string path)
    {
        if (WriteOnly)
        {
            await GatewayErrorAsync(context, 501, 12, "method GetCheckpoint not implemented");
            return;
        }

        if (path == "api/v2/checkpoint")
        {
            await WriteAsync(context, Encoding.UTF8.GetBytes(Sign(ShownTree, HeadSize)));
            return;
        }

        byte[]? content = path.StartsWith("api/v2/tile/entries/", StringComparison.Ordinal)
            ? Bundle(path["api/v2/tile/entries/".Length..])
            : path.StartsWith("api/v2/tile/", StringComparison.Ordinal) ? Tile(path["api/v2/tile/".Length..]) : null;
        await (content is null ? MissingAsync(context) : WriteAsync(context, content));
    }

    private byte[]? Tile(string path)
    {
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        int level = int.Parse(path[..slash], CultureInfo.InvariantCulture);
        if (!TryParse(path[(slash + 1)..], _tree.Size >> (8 * level), out int number, out int width))
        {
            return null;
        }

        byte[] tile = [.. Enumerable.Range(number * 256, width).SelectMany(i => ShownTree.Node(8 * level, i))];
        if (Lie == RekorLie.DamagedTile)
        {
            tile[^1] ^= 1;
        }

        return Lie == RekorLie.TruncatedTile ? tile[..^1] : tile;
    }

    private byte[]? Bundle(string path)
    {
        if (!TryParse(path, _tree.Size, out int number, out int width))
        {
            return null;
        }

        byte[] bundle =
        [
            .. ShownTree.Leaves.Skip(number * 256).Take(width).SelectMany(
                static leaf => (byte[])[(byte)(leaf.Length >> 8), (byte)(leaf.Length & 255), .. leaf]),
        ];
        if (Lie == RekorLie.DamagedBundle)
        {
            bundle[^1] ^= 1;
        }

        return bundle;
    }

    /// <summary>Only the tiles a log has: full ones, and the one partial of the present size.</summary>
    private static bool TryParse(string path, int count, out int number, out int width)
    {
        int mark = path.IndexOf(".p/", StringComparison.Ordinal);
        string digits = (mark < 0 ? path : path[..mark]).Replace("x", "", StringComparison.Ordinal)
            .Replace("/", "", StringComparison.Ordinal);
        number = int.Parse(digits, CultureInfo.InvariantCulture);
        width = mark < 0 ? 256 : int.Parse(path[(mark + 3)..], CultureInfo.InvariantCulture);
        int there = Math.Clamp(count - (number * 256), 0, 256);
        return there > 0 && width == there;
    }
}
