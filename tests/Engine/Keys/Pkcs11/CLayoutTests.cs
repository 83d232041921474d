using SigstorePS.Keys.Pkcs11;

namespace SigstorePS.Tests.Keys.Pkcs11;

/// <summary>Sizes and offsets as C compilers give them (checked with sizeof and offsetof of pkcs11.h).</summary>
public sealed class CLayoutTests
{
    private static readonly CLayout Unix64 = new(8, 8, packed: false);
    private static readonly CLayout Windows64 = new(4, 8, packed: true);
    private static readonly CLayout Unix32 = new(4, 4, packed: false);
    private static readonly CLayout Windows32 = new(4, 4, packed: true);

    [Fact]
    public void Structures_have_the_sizes_of_C()
    {
        Assert.Equal((24, 48, 112, 208, 546 + 6), Sizes(Unix64));
        Assert.Equal((16, 44, 104, 160, 546), Sizes(Windows64));
        Assert.Equal((12, 24, 104, 160, 276), Sizes(Unix32));
        Assert.Equal((12, 24, 104, 160, 274), Sizes(Windows32));
    }

    [Fact]
    public void Members_lie_where_C_puts_them()
    {
        Assert.Equal((0, 8, 16), (Unix64.Attribute[0], Unix64.Attribute[1], Unix64.Attribute[2]));
        Assert.Equal((0, 4, 12), (Windows64.Attribute[0], Windows64.Attribute[1], Windows64.Attribute[2]));
        Assert.Equal((8, 2), (Unix64.FunctionList[1], Windows64.FunctionList[1]));
        Assert.Equal((8 + 59 * 8, 2 + 59 * 8), (Unix64.FunctionList[60], Windows64.FunctionList[60]));
        Assert.Equal((32, 32), (Unix64.InitializeArguments[4], Windows64.InitializeArguments[4]));
        Assert.Equal((96, 104, 96, 100), (
            Unix64.TokenInfo[4], Unix64.TokenInfo[5], Windows64.TokenInfo[4], Windows64.TokenInfo[5]));
        Assert.Equal((24, 12), (Unix64.PssParameters.Size, Windows64.PssParameters.Size));
    }

    [Fact]
    public void Numbers_have_the_width_of_the_platform()
    {
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0], Unix64.Ulong(3));
        Assert.Equal([3, 0, 0, 0], Windows64.Ulong(3));
        Assert.Equal((ulong.MaxValue, (ulong)uint.MaxValue), (Unix64.Unavailable, Windows64.Unavailable));
        Assert.Throws<OverflowException>(() => Windows64.Ulong(1UL << 32));
    }

    private static (int, int, int, int, int) Sizes(CLayout layout) => (
        layout.Attribute.Size, layout.InitializeArguments.Size, layout.SlotInfo.Size, layout.TokenInfo.Size,
        layout.FunctionList.Size);
}
