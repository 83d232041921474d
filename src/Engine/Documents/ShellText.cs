using System.Text;
using System.Text.RegularExpressions;

namespace SigstorePS.Documents;

/// <summary>
/// Words and variables of a Dockerfile, exactly as buildkit's frontend reads them (frontend/dockerfile/shell): who reads
/// them otherwise sees another image than the one that is pulled.
/// </summary>
internal sealed class ShellText
{
    private readonly StringBuilder _word = new();
    private readonly List<string> _words = [];
    private string _text = string.Empty;
    private int _at;
    private int _depth;
    private bool _inWord;
    private bool _rawEscapes;

    /// <summary>The value of a variable; null: it has none.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    public char Escape { get; init; } = '\\';

    /// <summary>Quotes stay where they are.</summary>
    public bool RawQuotes { get; init; }

    /// <summary>Escapes stay where they are.</summary>
    public bool RawEscapes { get; init; }

    /// <summary>A variable without a value stays as it is written.</summary>
    public bool KeepUnset { get; init; }

    /// <summary>Variables without a value that left a gap in the result.</summary>
    public List<string> Unset { get; } = [];

    /// <summary>The text with its variables replaced, and its words.</summary>
    /// <exception cref="FormatException">A quote or a brace is not closed, or a substitution is none.</exception>
    public (string Text, IReadOnlyList<string> Words) Process(string text)
    {
        (_text, _at, _depth, _inWord, _rawEscapes) = (text, 0, 0, false, RawEscapes);
        _word.Clear();
        _words.Clear();
        Unset.Clear();
        string result = Read(null, RawEscapes, top: true);
        EndWord();
        return (result, [.. _words]);
    }

    private string Read(char? stop, bool rawEscapes, bool top)
    {
        if (++_depth > Limits.DocumentDepth)
        {
            throw new FormatException("variables are nested too deep");
        }

        bool outer = _rawEscapes;
        _rawEscapes = rawEscapes;
        StringBuilder result = new();
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == stop)
            {
                _at++;
                _depth--;
                _rawEscapes = outer;
                return result.ToString();
            }

            string piece = c switch
            {
                '$' => Dollar(),
                '\'' => Single(),
                '"' => Double(),
                '<' => Less(),
                _ => Plain(c),
            };
            result.Append(piece);
            if (top)
            {
                Collect(piece, splits: c == '$' || (c != Escape && c is not ('\'' or '"' or '<')));
            }
        }

        _depth--;
        _rawEscapes = outer;
        return stop is null ? result.ToString() : throw new FormatException($"'{stop}' is missing");
    }

    private void Collect(string piece, bool splits)
    {
        foreach (char c in piece)
        {
            if (splits && char.IsWhiteSpace(c))
            {
                EndWord();
            }
            else
            {
                _word.Append(c);
                _inWord = true;
            }
        }

        _inWord |= !splits;
    }

    private void EndWord()
    {
        if (_inWord && _word.Length > 0)
        {
            _words.Add(_word.ToString());
            _word.Clear();
            _inWord = false;
        }
    }

    private string Plain(char c)
    {
        _at++;
        if (c != Escape)
        {
            return c.ToString();
        }

        string kept = _rawEscapes ? c.ToString() : string.Empty;
        return _at < _text.Length ? kept + _text[_at++] : kept;
    }

    private string Single()
    {
        int end = _text.IndexOf('\'', _at + 1);
        if (end < 0)
        {
            throw new FormatException("a single quote is not closed");
        }

        string inner = _text[(_at + 1)..end];
        _at = end + 1;
        return RawQuotes ? $"'{inner}'" : inner;
    }

    private string Double()
    {
        StringBuilder result = new(RawQuotes ? "\"" : string.Empty);
        for (_at++; _at < _text.Length;)
        {
            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                return result.Append(RawQuotes ? "\"" : string.Empty).ToString();
            }

            if (c == '$')
            {
                result.Append(Dollar());
                continue;
            }

            _at++;
            if (c == Escape)
            {
                result.Append(_rawEscapes ? c.ToString() : string.Empty);
                if (_at == _text.Length)
                {
                    break;
                }

                char next = _text[_at];
                if (next == '"' || next == '$' || next == Escape)
                {
                    c = next;
                    _at++;
                }
            }

            result.Append(c);
        }

        throw new FormatException("a double quote is not closed");
    }

    /// <summary>The word of a heredoc may stand apart from its <c>&lt;&lt;</c>.</summary>
    private string Less()
    {
        int start = _at++;
        if (_at == _text.Length || _text[_at] != '<')
        {
            return "<";
        }

        for (_at++; _at < _text.Length && _text[_at] is ' ' or '\t' or '\r'; _at++)
        {
        }

        return _text[start.._at];
    }

    private string Dollar()
    {
        _at++;
        if (Peek() != '{')
        {
            string bare = Name();
            return bare.Length == 0 ? "$" : Variable(bare) ?? Missing(bare, $"${bare}");
        }

        _at++;
        if (Peek() is null or '{' or '}' or ':')
        {
            throw new FormatException("a substitution is none");
        }

        string name = Name();
        char? mark = Next();
        bool emptyIsUnset = mark == ':';
        mark = emptyIsUnset ? Next() : mark;
        return mark switch
        {
            '}' when !emptyIsUnset => Variable(name) ?? Missing(name, $"${{{name}}}"),
            '-' or '+' or '?' => Choose(name, mark.Value, emptyIsUnset),
            '#' or '%' when !emptyIsUnset => Trim(name, mark.Value),
            '/' when !emptyIsUnset => Replace(name),
            _ => throw new FormatException("a substitution is none"),
        };
    }

    private string Choose(string name, char mark, bool emptyIsUnset)
    {
        int before = Unset.Count;
        string word = Read('}', rawEscapes: false, top: false);
        string? value = Variable(name);
        bool unset = value is null || (emptyIsUnset && value.Length == 0);
        if (KeepUnset && value is null)
        {
            return $"${{{name}{(emptyIsUnset ? ":" : string.Empty)}{mark}{word}}}";
        }

        if (unset != (mark == '-') || mark == '?')
        {
            if (mark != '+' || unset)
            {
                // The word is not used, nor what it lacks.
                Unset.RemoveRange(before, Unset.Count - before);
            }
        }

        return mark switch
        {
            '-' => unset ? word : value!,
            '+' => unset ? string.Empty : word,
            _ => unset ? throw new FormatException($"the variable {name} must have a value") : value!,
        };
    }

    private string Trim(string name, char mark)
    {
        string word = Read('}', rawEscapes: true, top: false);
        if (Variable(name) is not { } value)
        {
            return Missing(name, $"${{{name}{mark}{word}}}");
        }

        bool longest = word.StartsWith(mark);
        word = longest ? word[1..] : word;
        if (mark == '#')
        {
            Match head = Pattern(word, longest, anchored: true).Match(value);
            return head.Success ? value[head.Length..] : value;
        }

        Match tail = Pattern(ReversePattern(word), longest, anchored: true).Match(Reverse(value));
        return tail.Success ? value[..^tail.Length] : value;
    }

    private string Replace(string name)
    {
        bool all = Peek() == '/';
        _at += all ? 1 : 0;
        string pattern = Read('/', rawEscapes: true, top: false);
        string with = Read('}', rawEscapes: true, top: false);
        if (Variable(name) is not { } value)
        {
            return Missing(name, $"${{{name}/{pattern}/{with}}}");
        }

        return Pattern(pattern, longest: true, anchored: false).Replace(value, _ => with, all ? -1 : 1);
    }

    private string Missing(string name, string written)
    {
        if (KeepUnset)
        {
            return written;
        }

        Unset.Add(name);
        return string.Empty;
    }

    /// <summary>Letters, digits and underscores; or only digits; or one of the special parameters of a shell.</summary>
    private string Name()
    {
        int start = _at;
        if (Peek() is { } first && char.IsAsciiDigit(first))
        {
            while (Peek() is { } digit && char.IsAsciiDigit(digit))
            {
                _at++;
            }
        }
        else if (Peek() is '@' or '*' or '#' or '?' or '-' or '$' or '!')
        {
            _at++;
        }
        else
        {
            while (Peek() is { } c && (char.IsLetterOrDigit(c) || c == '_'))
            {
                _at++;
            }
        }

        return _text[start.._at];
    }

    private char? Peek() => _at < _text.Length ? _text[_at] : null;

    private char? Next() => _at < _text.Length ? _text[_at++] : null;

    private static Regex Pattern(string pattern, bool longest, bool anchored)
    {
        StringBuilder regex = new(anchored ? @"\A" : string.Empty);
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c is '*' or '?')
            {
                regex.Append(c == '?' ? "." : longest ? ".*" : ".*?");
                continue;
            }

            if (c == '\\')
            {
                char next = ++i < pattern.Length ? pattern[i] : ' ';
                c = next is '}' or '/' or '*' or '?' or '\\'
                    ? next : throw new FormatException("a pattern has an escape that is none");
            }

            regex.Append(Regex.Escape(c.ToString()));
        }

        return new Regex(regex.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    private static string ReversePattern(string pattern)
    {
        List<string> tokens = [];
        for (int i = 0; i < pattern.Length; i++)
        {
            bool escape = pattern[i] == '\\' && i + 1 < pattern.Length;
            tokens.Add(pattern.Substring(i, escape ? 2 : 1));
            i += escape ? 1 : 0;
        }

        tokens.Reverse();
        return string.Concat(tokens);
    }

    private static string Reverse(string text)
    {
        char[] characters = text.ToCharArray();
        Array.Reverse(characters);
        return new string(characters);
    }
}
