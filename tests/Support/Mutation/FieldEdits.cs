using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Support.Mutation;

/// <summary>Damage to the bytes in a field: base64, PEM in base64, JSON in base64, DER, or a signed note.</summary>
internal static class FieldEdits
{
    private static readonly BigInteger P256 = BigInteger.Parse(
        "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static IEnumerable<Edit> Of(LooseJson root, Random random)
    {
        foreach ((object[] path, LooseJson node) in root.Walk().Where(static n => n.Value.IsText))
        {
            string at = "/" + string.Join("/", path);
            foreach ((string kind, string what, Func<string> text) in OfText(node.Text, random))
            {
                yield return new Edit(kind, $"{at} {what}", r =>
                {
                    r.At(path)?.Become(LooseJson.Of(text()));
                    return r.At(path) is not null;
                });
            }
        }
    }

    private static IEnumerable<(string Kind, string What, Func<string> Text)> OfText(string text, Random random)
    {
        if (text.Contains('\n', StringComparison.Ordinal))
        {
            return OfNote(text, random);
        }

        if (text.Length < 12 || Decode(text) is not { } bytes)
        {
            return OfPlain(text, random);
        }

        return OfBytes(bytes, random).Select(e => (e.Kind, e.What, (Func<string>)(() => Convert.ToBase64String(e.Bytes()))));
    }

    private static IEnumerable<(string Kind, string What, Func<byte[]> Bytes)> OfBytes(byte[] all, Random random)
    {
        // One bit at every position; every bit of what is short enough to be a signature or hash.
        for (int i = 0; i < all.Length; i++)
        {
            int at = i;
            foreach (int bit in all.Length <= 80 ? [0, 1, 2, 3, 4, 5, 6, 7] : new[] { random.Next(8) })
            {
                yield return ("field bit", $"{at}.{bit}", () => With(all, at, (byte)(all[at] ^ 1 << bit)));
            }
        }

        yield return ("field", "less", () => all[..^1]);
        yield return ("field", "less before", () => all[1..]);
        yield return ("field", "more", () => [.. all, 0]);
        yield return ("field", "more before", () => [0, .. all]);
        yield return ("field", "twice", () => [.. all, .. all]);
        yield return ("field", "zeros", () => new byte[all.Length]);
        yield return ("field", "long", () => new byte[300_000]);
        foreach ((string what, byte[] bytes) in Signatures(all))
        {
            yield return ("signature", what, () => bytes);
        }

        string text = Encoding.UTF8.GetString(all);
        if (text.StartsWith("-----BEGIN", StringComparison.Ordinal))
        {
            foreach ((string what, string pem) in Pems(text))
            {
                yield return ("pem", what, () => Encoding.UTF8.GetBytes(pem));
            }

            string[] parts = text.Split("-----");
            if (Decode(parts[2].ReplaceLineEndings(string.Empty)) is { } inner)
            {
                foreach ((string kind, string what, Func<byte[]> bytes) in OfDer(inner, random))
                {
                    yield return (kind, what, () => Encoding.ASCII.GetBytes(
                        $"-----{parts[1]}-----\n{Convert.ToBase64String(bytes(), Base64FormattingOptions.InsertLineBreaks)}\n-----{parts[3]}-----\n"));
                }
            }
        }
        else if (all is [(byte)'{', ..] && Parse(all) is { } document)
        {
            foreach (Edit edit in TreeEdits.Of(document).Concat(Of(document, random).Where(static e => e.Kind != "field bit")))
            {
                yield return ($"inner {edit.Kind}", edit.What, () =>
                {
                    LooseJson copy = document.Clone();
                    edit.Apply(copy);
                    return copy.ToBytes();
                });
            }
        }
        else
        {
            foreach ((string Kind, string, Func<byte[]>) edit in OfDer(all, random))
            {
                yield return edit;
            }
        }
    }

    private static IEnumerable<(string Kind, string What, Func<byte[]> Bytes)> OfDer(byte[] all, Random random)
    {
        if (LooseDer.Parse(all) is not { } tree)
        {
            yield break;
        }

        int count = tree.Walk().Count();
        for (int i = 0; i < count; i++)
        {
            int at = i;
            yield return ("der drop", $"{at}", () => Change(all, at, static (s, e) => s?.Remove(e)));
            yield return ("der duplicate", $"{at}", () => Change(all, at, static (s, e) => s?.Insert(s.IndexOf(e), e)));
            yield return ("der swap", $"{at}", () => Change(all, at, static (s, e) => Swap(s, e)));
            yield return ("der null", $"{at}", () => Change(all, at, static (s, e) => Replace(e, 5, [])));
            yield return ("der empty", $"{at}", () => Change(all, at, static (s, e) => Replace(e, e.Tag, [])));
            yield return ("der tag", $"{at}", () => Change(all, at, static (s, e) => e.Tag ^= 1));
            yield return ("der last", $"{at}", () => Change(all, at, static (s, e) => Bump(e, e.Content.Length - 1, 1)));
            yield return ("der first", $"{at}", () => Change(all, at, static (s, e) => Bump(e, 0, 1)));
            int where = random.Next(64);
            yield return ("der inside", $"{at}.{where}", () => Change(all, at, (s, e) => Bump(e, where % Math.Max(1, e.Content.Length), 0x80)));
            yield return ("der zero", $"{at}", () => Change(all, at, static (s, e) => Replace(e, e.Tag, [0, .. e.Content])));
        }
    }

    private static byte[] Change(byte[] all, int index, Action<List<LooseDer>?, LooseDer> change)
    {
        LooseDer copy = LooseDer.Parse(all)!;
        (List<LooseDer>? siblings, LooseDer element) = copy.Walk().ElementAt(index);
        change(siblings, element);
        return copy.ToBytes();
    }

    private static void Swap(List<LooseDer>? siblings, LooseDer element)
    {
        if (siblings is { Count: > 1 })
        {
            int at = siblings.IndexOf(element);
            int other = (at + 1) % siblings.Count;
            (siblings[at], siblings[other]) = (siblings[other], siblings[at]);
        }
    }

    private static void Replace(LooseDer element, byte tag, byte[] content)
    {
        element.Inside.Clear();
        element.Tag = tag;
        element.Content = content;
    }

    private static void Bump(LooseDer element, int at, int by)
    {
        if (at >= 0 && at < element.Content.Length)
        {
            element.Content[at] = unchecked((byte)(element.Content[at] + by));
        }
    }

    /// <summary>Other encodings of one signature, for whoever does not take them for the same.</summary>
    private static IEnumerable<(string What, byte[] Bytes)> Signatures(byte[] all)
    {
        if (all.Length == 64)
        {
            BigInteger order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);
            BigInteger s = new BigInteger(all.AsSpan(32), isUnsigned: true) + order;
            byte[] other = s.ToByteArray(isUnsigned: true);
            yield return ("s + order", [.. all[..32], .. other, .. new byte[Math.Max(0, 32 - other.Length)]]);
        }

        if (LooseDer.Parse(all) is not { Tag: 0x30, Inside: [{ Tag: 2 } r, { Tag: 2 } s2] } || all.Length > 80)
        {
            yield break;
        }

        BigInteger value = new(s2.Content, isUnsigned: false, isBigEndian: true);
        yield return ("other s", Pair(r.Content, (P256 - value).ToByteArray(isBigEndian: true)));
        yield return ("s + order", Pair(r.Content, (P256 + value).ToByteArray(isBigEndian: true)));
        yield return ("negative s", Pair(r.Content, (-value).ToByteArray(isBigEndian: true)));
        yield return ("zeros", Pair([0], [0]));
        yield return ("zero s", Pair(r.Content, [0]));
        yield return ("leading zero", Pair([0, .. r.Content], s2.Content));
        yield return ("three", [0x30, (byte)(all[1] + 3), .. all[2..], 2, 1, 1]);
        yield return ("after", [.. all, 2, 1, 1]);
        yield return ("long length", [0x30, 0x81, .. all[1..]]);
        yield return ("indefinite", [0x30, 0x80, .. all[2..], 0, 0]);
        yield return ("raw", [.. Fixed(r.Content), .. Fixed(s2.Content)]);
    }

    private static byte[] Fixed(byte[] integer) => [.. new byte[Math.Max(0, 32 - integer.Length)], .. integer.TakeLast(32)];

    private static byte[] Pair(byte[] r, byte[] s)
    {
        byte[] content = [2, (byte)r.Length, .. r, 2, (byte)s.Length, .. s];
        return [0x30, (byte)content.Length, .. content];
    }

    private static IEnumerable<(string What, string Text)> Pems(string pem)
    {
        yield return ("crlf", pem.ReplaceLineEndings("\r\n"));
        yield return ("no line end", pem.TrimEnd('\n'));
        yield return ("text before", "subject=x\n" + pem);
        yield return ("text after", pem + "x\n");
        yield return ("twice", pem + pem);
        yield return ("one line", "-----" + pem.Split("-----")[1] + "-----\n" + pem.Split("-----")[2].ReplaceLineEndings("") + "\n-----" + pem.Split("-----")[3] + "-----\n");
        yield return ("header", pem.Replace("-----\n", "-----\nProc-Type: 4\n", StringComparison.Ordinal));
        yield return ("other label", pem.Replace("CERTIFICATE", "TRUSTED CERTIFICATE", StringComparison.Ordinal));
        yield return ("no end", pem.Split("-----END")[0]);
    }

    private static IEnumerable<(string Kind, string What, Func<string> Text)> OfNote(string note, Random random)
    {
        foreach ((string, string, Func<string>) edit in OfPlain(note, random))
        {
            yield return edit;
        }

        string[] lines = note.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int at = i;
            yield return ("note", $"drop {at}", () => string.Join('\n', lines.Where((_, n) => n != at)));
            yield return ("note", $"twice {at}", () => string.Join('\n', lines.SelectMany((l, n) => n == at ? new[] { l, l } : [l])));
            yield return ("note", $"swap {at}", () =>
            {
                string[] other = [.. lines];
                (other[at], other[(at + 1) % other.Length]) = (other[(at + 1) % other.Length], other[at]);
                return string.Join('\n', other);
            });
            yield return ("note", $"blank {at}", () => string.Join('\n', lines.SelectMany((l, n) => n == at ? new[] { "", l } : [l])));
            yield return ("note", $"more {at}", () => string.Join('\n', lines.SelectMany((l, n) => n == at ? new[] { "extension", l } : [l])));
            yield return ("note", $"space {at}", () => string.Join('\n', lines.Select((l, n) => n == at ? l + " " : l)));
            yield return ("note", $"return {at}", () => string.Join('\n', lines.Select((l, n) => n == at ? l + "\r" : l)));
        }

        yield return ("note", "stranger", () => note + "\u2014 witness.example AAAAAQIDBAUGBwg=\n");
        yield return ("note", "stranger first", () => note.Replace("\n\n", "\n\n\u2014 witness.example AAAAAQIDBAUGBwg=\n", StringComparison.Ordinal));
        yield return ("note", "broken line", () => note + "- witness.example AAAA\n");
        yield return ("note", "many lines", () => note + string.Concat(Enumerable.Repeat(note.Split('\n')[^2] + "\n", 60)));
        yield return ("note", "two parts", () => note + "\n" + note);
    }

    private static IEnumerable<(string Kind, string What, Func<string> Text)> OfPlain(string text, Random random)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int at = i;
            char other = (char)(text[at] ^ 1 << random.Next(7));
            yield return ("char", $"{at}={(int)other}", () => text[..at] + other + text[(at + 1)..]);
        }
    }

    private static LooseJson? Parse(byte[] json)
    {
        try
        {
            return LooseJson.Parse(json).Single();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Decode(string text)
    {
        byte[] buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out int length) && length > 8 ? buffer[..length] : null;
    }

    private static byte[] With(byte[] all, int at, byte value)
    {
        byte[] copy = [.. all];
        copy[at] = value;
        return copy;
    }
}
