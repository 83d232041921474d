using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace SigstorePS.Support.Mutation;

/// <summary>Damage to members, elements and values, wherever they are.</summary>
internal static class TreeEdits
{
    private static readonly string[] Values =
    [
        "null", "{}", "[]", "\"\"", "0", "1", "-1", "true", "\"x\"", "1e400", "\"\\ud800\"", "\"\\u0000\"", "[null]", "[{}]",
        "{\"\":null}", "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}", "{\"\\ud800\":1,\"\\udfff\":2}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ];

    private static readonly string[] Words =
    [
        "application/vnd.dev.sigstore.bundle+json;version=0.1", "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3", "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle.v0.4+json", "SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256",
        "HASH_ALGORITHM_UNSPECIFIED", "hashedrekord", "dsse", "intoto", "rekord", "0.0.1", "0.0.2", "0.0.3",
        "application/vnd.in-toto+json", "text/plain",
    ];

    private static readonly string[] Unknown =
        ["unknown", "publicKey", "certificate", "x509CertificateChain", "messageSignature", "dsseEnvelope", "media_type",
            "canonicalized_body", "base64Signature", "Payload", "attestations", "payload", "\\u006dediaType", "\\ud800", ""];

    public static IEnumerable<Edit> Of(LooseJson root)
    {
        foreach ((object[] path, LooseJson node) in root.Walk())
        {
            string at = "/" + string.Join("/", path);
            foreach (Edit edit in node.Kind switch
            {
                JsonValueKind.Object => OfObject(node),
                JsonValueKind.Array => OfArray(node),
                _ => OfScalar(node),
            })
            {
                yield return Moved(edit, path, at);
            }

            foreach (string value in Values)
            {
                yield return Moved(new Edit("value", value, n => Replace(n, LooseJson.Raw(value))), path, at);
            }
        }
    }

    private static IEnumerable<Edit> OfObject(LooseJson node)
    {
        // What only the promise signs must not be told once it is gone.
        if (node.Find("inclusionPromise") is not null)
        {
            foreach (string name in new[] { "logIndex", "integratedTime" })
            {
                yield return new Edit("unpromised", name, n => n.Members.RemoveAll(static m => m.Name == "inclusionPromise") > 0
                    && n.Find(name) is { } value && Replace(value, LooseJson.Of("1795245091")));
            }
        }

        for (int i = 0; i < node.Members.Count; i++)
        {
            int at = i;
            string name = node.Members[i].Name;
            yield return Object("drop", name, at, (m, n) => m.RemoveAt(at));
            yield return Object("duplicate", name, at, (m, n) => m.Add(n));
            yield return Object("duplicate null", name, at, (m, n) => m.Insert(0, (n.Name, LooseJson.Raw("null"))));
            yield return Object("duplicate escaped", name, at, (m, n) => m.Add((Escaped(n.Name), n.Value)));
            yield return Object("name escaped", name, at, (m, n) => m[at] = (Escaped(n.Name), n.Value));
            yield return Object("name case", name, at, (m, n) => m[at] = (Flipped(n.Name), n.Value));
            yield return Object("both cases", name, at, (m, n) => m.Add((Flipped(n.Name), n.Value)));
            yield return Object("name snake", name, at, (m, n) => m[at] = (Snake(n.Name), n.Value));
            yield return Object("both spellings", name, at, (m, n) => m.Add((Snake(n.Name) + (Snake(n.Name) == n.Name ? "_" : ""), n.Value)));
            yield return Object("name long s", name, at, (m, n) => m[at] = (n.Name.Replace('s', 'ſ'), n.Value));
            yield return Object("name nul", name, at, (m, n) => m[at] = (n.Name + "\\u0000", n.Value));
            yield return Object("wrapped", name, at, (m, n) => m[at] = (n.Name, LooseJson.Raw("[" + System.Text.Encoding.UTF8.GetString(n.Value.ToBytes()) + "]")));
        }

        yield return new Edit("reorder", "reverse", static n => Do(() => n.Members.Reverse()));
        foreach (string name in Unknown)
        {
            yield return new Edit("unknown", name, n => Do(() => n.Members.Add((name, LooseJson.Of("AAAA")))));
            yield return new Edit("unknown null", name, n => Do(() => n.Members.Add((name, LooseJson.Raw("null")))));
            yield return new Edit("unknown object", name, n => Do(() => n.Members.Insert(0, (name, LooseJson.Raw("{}")))));
        }
    }

    private static IEnumerable<Edit> OfArray(LooseJson node)
    {
        for (int i = 0; i < node.Items.Count; i++)
        {
            int at = i;
            yield return new Edit("drop", $"[{at}]", n => at < n.Items.Count && Do(() => n.Items.RemoveAt(at)));
            yield return new Edit("duplicate", $"[{at}]", n => at < n.Items.Count && Do(() => n.Items.Add(n.Items[at].Clone())));
            yield return new Edit("many", $"[{at}]", n => at < n.Items.Count && Do(
                () => n.Items.AddRange(Enumerable.Repeat(n.Items[at], 40))));
            yield return new Edit("reorder", $"[{at}]", n => n.Items.Count > 1 && at < n.Items.Count && Do(
                () => (n.Items[at], n.Items[^1]) = (n.Items[^1], n.Items[at])));
            yield return new Edit("shift", $"[{at}]", n => Do(() => n.Items.Insert(at, LooseJson.Raw("null"))));
        }

        yield return new Edit("empty element", "{}", static n => Do(() => n.Items.Add(LooseJson.Raw("{}"))));
    }

    private static IEnumerable<Edit> OfScalar(LooseJson node)
    {
        string text = node.Text;
        if (node.IsText)
        {
            string[] spellings =
            [
                text + " ", " " + text, text + "\n", text + "\0", text + "=", text.TrimEnd('='), text.TrimEnd('=') + "====",
                text.Replace('+', '-').Replace('/', '_'), text.Insert(text.Length / 2, "\r\n"), text.Insert(text.Length / 2, "\u200B"),
                text.Insert(text.Length / 2, "="), text + text, text.ToUpperInvariant(), text.Normalize(System.Text.NormalizationForm.FormD) + "\u0301",
            ];
            foreach (string spelling in spellings.Where(s => s != text))
            {
                yield return new Edit("spelling", LooseJson.Quote(spelling)[..Math.Min(40, spelling.Length)],
                    n => Replace(n, LooseJson.Of(spelling)));
            }

            yield return new Edit("escapes", "all", n => n.IsText && Replace(n, LooseJson.Raw('"' + Escaped(n.Text) + '"')));
            yield return new Edit("surrogate", "end", n => n.IsText && Replace(n, LooseJson.Raw(LooseJson.Quote(n.Text).TrimEnd('"') + "\\ud800\"")));
            if (text.Length < 80)
            {
                foreach (string word in Words.Where(w => w != text))
                {
                    yield return new Edit("word", word, n => Replace(n, LooseJson.Of(word)));
                }
            }
        }

        if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number))
        {
            string[] numbers =
            [
                $"{number}", $"{number + 1}", $"{number - 1}", $"{-number - 1}", $"0{number}", $"+{number}", $"{number}.0", $"{number}e0", "0", "1",
                "2147483648", "9007199254740993", "253402300799", "253402300800", "9223372036854775807", "9223372036854775808",
                "18446744073709551616", "-0", "1e400", new string('9', 5000), "0x10", "٣",
            ];
            foreach (string other in numbers)
            {
                yield return new Edit("number", other[..Math.Min(other.Length, 24)], n => Replace(n, LooseJson.Raw(other)));
                yield return new Edit("number as text", other[..Math.Min(other.Length, 24)], n => Replace(n, LooseJson.Of(other)));
            }
        }
    }

    private static Edit Object(
        string kind, string name, int at, Action<List<(string Name, LooseJson Value)>, (string Name, LooseJson Value)> change) =>
        new(kind, name, n => at < n.Members.Count && Do(() => change(n.Members, n.Members[at])));

    private static Edit Moved(Edit edit, object[] path, string at) =>
        edit with { What = $"{at} {edit.What}", Apply = root => root.At(path) is { } node && edit.Apply(node) };

    private static bool Replace(LooseJson node, LooseJson with)
    {
        node.Become(with);
        return true;
    }

    private static bool Do(Action change)
    {
        change();
        return true;
    }

    private static string Escaped(string text) =>
        string.Concat(text.Select(static c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));

    private static string Flipped(string name) =>
        name.Length == 0 ? "x" : (char.IsAsciiLetterUpper(name[0]) ? char.ToLowerInvariant(name[0]) : char.ToUpperInvariant(name[0])) + name[1..];

    private static string Snake(string name) =>
        string.Concat(name.Select(static c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}"));
}
