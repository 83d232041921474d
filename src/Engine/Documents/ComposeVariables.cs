using System.Text;

namespace SigstorePS.Documents;

/// <summary>
/// Variables of compose files as compose-go replaces them (template, dotenv): <c>$NAME</c>, <c>${NAME}</c>,
/// <c>${NAME:-default}</c> and its kin, <c>$$</c>. A variable without a value is blank to compose; here it is an error,
/// for the image that is meant is another one.
/// </summary>
/// <param name="lookup">The value of a variable; null: it has none.</param>
internal sealed class ComposeVariables(Func<string, string?> lookup)
{
    /// <exception cref="FormatException">A variable has no value, or what stands there is none.</exception>
    public string Replace(string text) => Replace(text, 0);

    public string? Lookup(string name) => lookup(name);

    /// <summary>The same variables, and behind them those of a file.</summary>
    public ComposeVariables Over(IReadOnlyDictionary<string, string> more) =>
        new(name => lookup(name) ?? more.GetValueOrDefault(name));

    /// <summary>The same with environment files behind them: of two that set a variable the later one does.</summary>
    /// <exception cref="FormatException">As <see cref="ReadFile"/>.</exception>
    public ComposeVariables WithFiles(IEnumerable<string> texts)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            foreach ((string name, string value) in Over(all).ReadFile(text))
            {
                all[name] = value;
            }
        }

        return Over(all);
    }

    /// <summary>Reads an environment file. Earlier lines of it, and what is set already, serve later ones.</summary>
    /// <exception cref="FormatException">A line is none; the message has its number.</exception>
    public Dictionary<string, string> ReadFile(string text)
    {
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            line = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..].TrimStart() : line;
            int equals = line.AsSpan().IndexOfAny('=', ':');
            string name = (equals < 0 ? line : line[..equals]).TrimEnd();
            if (name.Length == 0 || !name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '.'))
            {
                throw new FormatException($"line {i + 1} of the environment file is no NAME=value");
            }

            // A name alone hands on what is set already.
            if ((equals < 0 ? lookup(name) : Value(line[(equals + 1)..].Trim(), read, i + 1)) is { } value)
            {
                read[name] = value;
            }
        }

        return read;
    }

    private string Value(string text, Dictionary<string, string> read, int line)
    {
        char quote = text.Length > 0 ? text[0] : ' ';
        if (quote is not ('"' or '\''))
        {
            return Blank(text.Split('#')[0].TrimEnd(), read, line);
        }

        int end = 1;
        while (end < text.Length && (text[end] != quote || text[end - 1] == '\\'))
        {
            end++;
        }

        if (end == text.Length)
        {
            throw new FormatException($"line {line} of the environment file has a value over several lines, which is not read");
        }

        string inner = text[1..end];
        return quote == '\'' ? inner : Blank(inner.Replace("\\\"", "\"", StringComparison.Ordinal), read, line);
    }

    private string Blank(string text, Dictionary<string, string> read, int line)
    {
        try
        {
            return Over(read).Replace(text);
        }
        catch (FormatException e)
        {
            throw new FormatException($"line {line} of the environment file: {e.Message}", e);
        }
    }

    private string Replace(string text, int depth)
    {
        if (depth > Limits.DocumentDepth)
        {
            throw new FormatException("variables are nested too deep");
        }

        StringBuilder result = new();
        for (int at = 0; at < text.Length;)
        {
            char c = text[at++];
            if (c != '$')
            {
                result.Append(c);
                continue;
            }

            char next = at < text.Length ? text[at] : ' ';
            if (next == '$')
            {
                result.Append('$');
                at++;
            }
            else if (next == '{')
            {
                int end = Closing(text, at);
                result.Append(Braced(text[(at + 1)..end], depth));
                at = end + 1;
            }
            else
            {
                int end = NameEnd(text, at);
                result.Append(Plain(text[at..end]));
                at = end;
            }
        }

        return result.ToString();
    }

    private string Braced(string inner, int depth)
    {
        int end = NameEnd(inner, 0);
        string name = inner[..end];
        string rest = inner[end..];
        if (rest.Length == 0)
        {
            return Plain(name);
        }

        bool emptyIsUnset = rest[0] == ':' && rest.Length > 1;
        char mark = emptyIsUnset ? rest[1] : rest[0];
        string word = rest[(emptyIsUnset ? 2 : 1)..];
        string? value = name.Length == 0 ? throw None() : lookup(name);
        bool unset = value is null || (emptyIsUnset && value.Length == 0);
        return mark switch
        {
            '-' => unset ? Replace(word, depth + 1) : value!,
            '+' => unset ? string.Empty : Replace(word, depth + 1),
            '?' => unset ? throw Unset(name) : value!,
            _ => throw None(),
        };
    }

    private string Plain(string name) => name.Length == 0 ? throw None() : lookup(name) ?? throw Unset(name);

    private static int NameEnd(string text, int at)
    {
        int start = at;
        while (at < text.Length
            && (char.IsAsciiLetter(text[at]) || text[at] == '_' || (at > start && char.IsAsciiDigit(text[at]))))
        {
            at++;
        }

        return at;
    }

    private static int Closing(string text, int at)
    {
        int open = 0;
        for (int i = at; i < text.Length; i++)
        {
            if (text[i] == '}' && --open == 0)
            {
                return i;
            }

            if (text[i] == '{' && (i == at || text[i - 1] == '$'))
            {
                open++;
            }
        }

        throw None();
    }

    private static FormatException Unset(string name) =>
        new($"the variable {name} has no value; set it, or give -EnvironmentFile");

    private static FormatException None() => new("a variable is written as none can be");
}
