using System.Text;

namespace SigstorePS.Support.Mutation;

/// <summary>Damage to the text itself, whatever it means.</summary>
internal static class TextMutants
{
    private const int EachKind = 250;
    private const string Signs = "{}[],:\"\\ \n0-.eE+u/\0=_";

    public static IEnumerable<Mutant> Of(MutationSource source, Random random)
    {
        byte[] all = source.Content;
        for (int i = 0; i < EachKind; i++)
        {
            int at = random.Next(all.Length);
            int bit = random.Next(8);
            byte other = (byte)random.Next(256);
            byte sign = (byte)Signs[random.Next(Signs.Length)];
            int length = random.Next(1, 40);
            yield return Of(source, "text bit", $"{at}.{bit}", () => With(all, at, (byte)(all[at] ^ 1 << bit)));
            yield return Of(source, "text byte", $"{at}={other}", () => With(all, at, other));
            yield return Of(source, "text sign", $"{at}={sign}", () => With(all, at, sign));
            yield return Of(source, "text insert", $"{at}+{sign}", () => [.. all[..at], sign, .. all[at..]]);
            yield return Of(source, "text delete", $"{at}-{length}", () => [.. all[..at], .. all.Skip(at + length)]);
            yield return Of(source, "text repeat", $"{at}x{length}", () =>
                [.. all[..at], .. all.Skip(at).Take(length), .. all[at..]]);
        }

        int step = Math.Max(1, all.Length / 600);
        for (int length = 0; length < all.Length; length += step)
        {
            int end = length;
            yield return Of(source, "truncate", $"{end}", () => all[..end]);
        }

        foreach ((string what, byte[] bytes) in Whole(all))
        {
            yield return Of(source, "text", what, () => bytes);
        }
    }

    private static IEnumerable<(string What, byte[] Bytes)> Whole(byte[] all)
    {
        yield return ("nothing", []);
        yield return ("blanks", "  \n "u8.ToArray());
        yield return ("mark", [0xEF, 0xBB, 0xBF, .. all]);
        yield return ("utf-16", Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(all)));
        yield return ("twice", [.. all, .. all]);
        yield return ("twice as lines", [.. all, (byte)'\n', .. all]);
        yield return ("broken line before", [.. "{\n"u8, .. all]);
        yield return ("comment", [.. "/**/"u8, .. all]);
        yield return ("nul after", [.. all, 0]);
        yield return ("in an array", [.. "["u8, .. all, .. "]"u8]);
        yield return ("deep", [.. Enumerable.Repeat((byte)'[', 100_000)]);
        yield return ("deep objects", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 50_000))));
        yield return ("as attestations", [.. "{\"attestations\":[{\"bundle\":"u8, .. all, .. "}]}"u8]);
        yield return ("many members", Encoding.ASCII.GetBytes(
            "{" + string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"\"m{i}\":{i},")) + "\"mediaType\":1}"));
        yield return ("long name", Encoding.ASCII.GetBytes($"{{\"{new string('a', 1_000_000)}\":1}}"));
        yield return ("long media type", Encoding.ASCII.GetBytes($"{{\"mediaType\":\"{new string('a', 1_000_000)}\"}}"));
    }

    private static Mutant Of(MutationSource source, string kind, string what, Func<byte[]> build) =>
        new(source, kind, what, build);

    private static byte[] With(byte[] all, int at, byte value)
    {
        byte[] copy = [.. all];
        copy[at] = value;
        return copy;
    }
}
