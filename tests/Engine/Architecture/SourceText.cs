using System.Text;

namespace SigstorePS.Tests.Architecture;

/// <summary>
/// C# source with comments and the text of literals blanked out, so that a rule about code never sees prose. The code
/// in the holes of interpolated strings stays.
/// </summary>
internal sealed class SourceText
{
    private readonly string _source;
    private readonly StringBuilder _code = new();
    private int _at;

    private SourceText(string source) => _source = source;

    public static string CodeOf(string source)
    {
        SourceText text = new(source);
        text.Code(inHole: false);
        return text._code.ToString();
    }

    private char Peek(int ahead = 0) => _at + ahead < _source.Length ? _source[_at + ahead] : '\0';

    private bool Sees(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private void Code(bool inHole)
    {
        int braces = 0;
        while (_at < _source.Length)
        {
            if (inHole && Peek() == '}' && braces-- == 0)
            {
                return;
            }

            if (Sees("//"))
            {
                SkipTo("\n");
            }
            else if (Sees("/*"))
            {
                SkipTo("*/");
                _at += 2;
            }
            else if (Peek() == '\'')
            {
                Quoted('\'');
            }
            else if (Peek() is '"' or '$' or '@' && StringStarts(out int dollars, out bool verbatim, out int quotes))
            {
                Literal(dollars, verbatim, quotes);
            }
            else
            {
                braces += inHole && Peek() == '{' ? 1 : 0;
                _code.Append(_source[_at++]);
            }
        }
    }

    /// <summary>Moves past <c>$@"</c> and the like, if that is what stands here.</summary>
    private bool StringStarts(out int dollars, out bool verbatim, out int quotes)
    {
        int at = _at;
        for (dollars = 0, verbatim = false; at < _source.Length && _source[at] is '$' or '@'; at++)
        {
            dollars += _source[at] == '$' ? 1 : 0;
            verbatim |= _source[at] == '@';
        }

        for (quotes = 0; at + quotes < _source.Length && _source[at + quotes] == '"'; quotes++)
        {
        }

        if (quotes == 0)
        {
            return false;
        }

        quotes = quotes >= 3 && !verbatim ? quotes : 1;
        _at = at + quotes;
        return true;
    }

    private void Literal(int dollars, bool verbatim, int quotes)
    {
        string end = new('"', quotes);
        string hole = new('{', Math.Max(dollars, 1));
        _code.Append("\"\"");
        while (_at < _source.Length)
        {
            if (Sees(end) && !(verbatim && Peek(1) == '"'))
            {
                _at += quotes;
                return;
            }

            if (dollars > 0 && Sees(hole) && (quotes >= 3 || Peek(1) != '{'))
            {
                _at += hole.Length;
                _code.Append(' ');
                Code(inHole: true);
                _code.Append(' ');
                _at += hole.Length;
            }
            else
            {
                bool pair = (verbatim && Peek() == '"') || (quotes == 1 && !verbatim && Peek() == '\\')
                    || (dollars > 0 && quotes == 1 && Sees("{{"));
                _at += pair ? 2 : 1;
            }
        }
    }

    private void Quoted(char end)
    {
        for (_at++; _at < _source.Length && Peek() != end; _at++)
        {
            _at += Peek() == '\\' ? 1 : 0;
        }

        _at++;
        _code.Append("' '");
    }

    private void SkipTo(string end)
    {
        int found = _source.IndexOf(end, _at, StringComparison.Ordinal);
        _at = found < 0 ? _source.Length : found;
    }
}
