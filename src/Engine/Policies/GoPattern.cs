using System.Text;
using System.Text.RegularExpressions;

namespace SigstorePS.Policies;

/// <summary>
/// Regular expressions as Go writes them (RE2), as those of .NET that match the same. Both know nearly one syntax; where
/// a text is valid in both and means two things, it is translated or refused: a digit of Go is one of ten, one of .NET any
/// of Unicode, and <c>$</c> of .NET lets a line end follow.
/// </summary>
internal static class GoPattern
{
    private const int Longest = 4096;

    /// <exception cref="FormatException">No pattern, or one whose meaning here would be another.</exception>
    public static string ToNet(string pattern)
    {
        if (pattern.Length > Longest)
        {
            throw new FormatException($"a pattern has at most {Longest} characters");
        }

        StringBuilder net = new();
        bool inClass = false;
        bool afterDash = false;
        int start = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '\\')
            {
                net.Append(Escape(i + 1 < pattern.Length ? pattern[++i] : '\0', inClass, afterDash));
                afterDash = false;
            }
            else if (inClass)
            {
                inClass = c != ']';
                afterDash = c == '-' && net.Length > start;
                net.Append(c == '[' ? throw Bad("'[' within brackets is written \\[ here") : c);
            }
            else if (c == '[')
            {
                inClass = true;
                net.Append(c);
                i = Open(pattern, i, net);
                start = net.Length;
                afterDash = false;
            }
            else if (c == '(' && i + 1 < pattern.Length && pattern[i + 1] == '?')
            {
                i = Group(pattern, i + 2, net);
            }
            else
            {
                net.Append(c == '$' ? @"\z" : c.ToString());
            }
        }

        string result = net.ToString();
        try
        {
            _ = new Regex(result, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return result;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"it is no regular expression that can be used here ({e.Message})", e);
        }
    }

    /// <summary>
    /// Whether it can match the whole text only. A pattern of alternatives is taken for one that can match a part, and so is
    /// one with brackets of which only a full parser could tell.
    /// </summary>
    public static bool IsAnchored(string pattern)
    {
        int from = pattern.StartsWith('^') ? 1 : pattern.StartsWith(@"\A", StringComparison.Ordinal) ? 2 : 0;
        return from > 0 && pattern.Length > from && !"*+?{".Contains(pattern[from], StringComparison.Ordinal)
            && ((pattern.EndsWith('$') && !pattern.EndsWith(@"\$", StringComparison.Ordinal))
                || (pattern.EndsWith(@"\z", StringComparison.Ordinal) && !pattern.EndsWith(@"\\z", StringComparison.Ordinal)))
            && !HasOpenAlternative(pattern);
    }

    private static bool HasOpenAlternative(string pattern)
    {
        int depth = 0;
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '\\')
            {
                i++;
            }
            else if (inClass)
            {
                inClass = c != ']';
            }
            else if (c == '[')
            {
                inClass = true;
                i += pattern.AsSpan(i + 1) is ['^', ']', ..] ? 2 : pattern.AsSpan(i + 1) is [']' or '^', ..] ? 1 : 0;
            }
            else if (c == '|' && depth == 0)
            {
                return true;
            }
            else
            {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            }
        }

        return false;
    }

    /// <summary>The first members of a class: a bracket there stands for itself.</summary>
    private static int Open(string pattern, int i, StringBuilder net)
    {
        if (i + 1 < pattern.Length && pattern[i + 1] == '^')
        {
            net.Append('^');
            i++;
        }

        if (i + 1 < pattern.Length && pattern[i + 1] == ']')
        {
            net.Append(@"\]");
            i++;
        }

        return i;
    }

    /// <summary>Groups both know: <c>(?:</c>, <c>(?P&lt;name&gt;</c>, <c>(?&lt;name&gt;</c> and the flags i and s.</summary>
    private static int Group(string pattern, int i, StringBuilder net)
    {
        if (i < pattern.Length && pattern[i] == 'P')
        {
            i++;
        }

        if (i < pattern.Length && pattern[i] == '<')
        {
            net.Append("(?<");
            return i;
        }

        int end = pattern.AsSpan(i).IndexOfAny(':', ')');
        string flags = end < 0 ? "?" : pattern.Substring(i, end);
        if (flags.Any(static f => f is not ('i' or 's' or '-')) || (flags.Length == 0 && pattern[i + end] == ')'))
        {
            throw Bad($"the group '(?{flags}' is not supported here");
        }

        net.Append("(?").Append(flags).Append(pattern[i + end]);
        return i + end;
    }

    /// <summary>
    /// Within brackets a class ends in a range, so that a dash behind it begins none: what Go takes for white space, a dash
    /// and a tilde, <c>[\s-~]</c>, would else be every letter. A word boundary of Go knows the letters of ASCII only.
    /// </summary>
    private static string Escape(char c, bool inClass, bool afterDash) => c switch
    {
        'd' or 'w' or 's' when inClass && afterDash => throw Bad($"the dash before \\{c} comes first in its brackets here"),
        'd' => inClass ? "0-9" : "[0-9]",
        'w' => inClass ? "_0-9A-Za-z" : "[0-9A-Za-z_]",
        's' => inClass ? @" \t\n\f-\r" : @"[\t\n\f\r ]",
        'D' when !inClass => "[^0-9]",
        'W' when !inClass => "[^0-9A-Za-z_]",
        'S' when !inClass => @"[^\t\n\f\r ]",
        't' or 'n' or 'r' or 'f' or 'v' => $"\\{c}",
        'A' or 'z' when !inClass => $"\\{c}",
        _ when c != '\0' && char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) => $"\\{c}",
        _ => throw Bad(c == '\0' ? "it ends in a backslash" : $"the escape '\\{c}' is not supported here"),
    };

    private static FormatException Bad(string why) => new(why);
}
