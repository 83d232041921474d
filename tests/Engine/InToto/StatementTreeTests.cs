using System.Numerics;
using System.Text;
using System.Text.Json;
using SigstorePS.InToto;

namespace SigstorePS.Tests.InToto;

/// <summary>A statement as plain values, and the time that predicates say.</summary>
public sealed class StatementTreeTests
{
    [Fact]
    public void Every_kind_of_value_comes_out_as_what_it_is()
    {
        KeyValuePair<string, object?>[] tree = Assert.IsType<KeyValuePair<string, object?>[]>(StatementTree.Read(
            """{"a":1,"A":-9223372036854775809,"b":1.5,"c":[true,false,null,"x"],"d":{},"e":1e999}"""u8.ToArray()));
        Assert.Equal(["a", "A", "b", "c", "d", "e"], tree.Select(static p => p.Key));
        Assert.Equal(1L, tree[0].Value);
        Assert.Equal(long.MinValue - BigInteger.One, tree[1].Value);
        Assert.Equal(1.5, tree[2].Value);
        Assert.Equal([true, false, null, "x"], Assert.IsType<object?[]>(tree[3].Value));
        Assert.Empty(Assert.IsType<KeyValuePair<string, object?>[]>(tree[4].Value));
        Assert.Equal(double.PositiveInfinity, tree[5].Value);
    }

    [Fact]
    public void A_number_of_a_million_digits_takes_no_time() => Assert.IsType<double>(
        Assert.IsType<KeyValuePair<string, object?>[]>(StatementTree.Read(
            Encoding.ASCII.GetBytes($"{{\"a\":{new string('9', 1_000_000)}}}")))[0].Value);

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{")]
    public void What_is_no_strict_JSON_is_refused(string text) => Assert.Equal(
        SigstoreErrorCode.MalformedStatement,
        Assert.Throws<SigstoreException>(() => StatementTree.Read(Encoding.UTF8.GetBytes(text))).Code);

    [Theory]
    [InlineData("""{"Data":"x","Timestamp":"2026-01-02T03:04:05Z"}""", true)]
    [InlineData("""{"runDetails":{"metadata":{"finishedOn":"2026-01-02T04:04:05+01:00"}}}""", true)]
    [InlineData("""{"metadata":{"buildFinishedOn":"2026-01-02T03:04:05Z"}}""", true)]
    [InlineData("""{"metadata":{"scanFinishedOn":"2026-01-02T03:04:05Z"}}""", true)]
    [InlineData("""{"metadata":{"timestamp":"2026-01-02T03:04:05Z"}}""", true)]
    [InlineData("""{"creationInfo":{"created":"2026-01-02T03:04:05Z"}}""", true)]
    [InlineData("""{"timestamp":"2026-01-02T03:04:05Z"}""", true)]
    [InlineData("""{"timestamp":"yesterday"}""", false)]
    [InlineData("""{"timestamp":7,"metadata":"x"}""", false)]
    [InlineData("""{"timestamp":"\ud800"}""", false)]
    [InlineData("\"text\"", false)]
    public void A_predicate_may_say_when_it_was_made(string predicate, bool known) => Assert.Equal(
        known ? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) : null,
        PredicateTime.Of(JsonDocument.Parse(predicate).RootElement));

    [Fact]
    public void A_statement_without_a_predicate_has_no_time() => Assert.Null(PredicateTime.Of(default));
}
