using System.Text;
using System.Text.RegularExpressions;

namespace System.Management.Automation;

public sealed class WildcardPattern
{
    private const string Special = "*?[]";

    private readonly Regex _regex;

    public WildcardPattern(string pattern)
        : this(pattern, WildcardOptions.None)
    {
    }

    public WildcardPattern(string pattern, WildcardOptions options)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        RegexOptions regex = RegexOptions.CultureInvariant | RegexOptions.Singleline;
        if (options.HasFlag(WildcardOptions.IgnoreCase))
        {
            regex |= RegexOptions.IgnoreCase;
        }

        _regex = new Regex(Translate(pattern), regex, TimeSpan.FromSeconds(1));
    }

    public static WildcardPattern Get(string pattern, WildcardOptions options) => new(pattern, options);

    public static bool ContainsWildcardCharacters(string pattern)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '`')
            {
                i++;
            }
            else if (Special.Contains(pattern[i], StringComparison.Ordinal) && pattern[i] != ']')
            {
                return true;
            }
        }

        return false;
    }

    public static string Escape(string pattern)
    {
        StringBuilder text = new();
        foreach (char c in pattern)
        {
            if (Special.Contains(c, StringComparison.Ordinal))
            {
                text.Append('`');
            }

            text.Append(c);
        }

        return text.ToString();
    }

    public static string Unescape(string pattern)
    {
        StringBuilder text = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '`' && i + 1 < pattern.Length && Special.Contains(pattern[i + 1], StringComparison.Ordinal))
            {
                i++;
            }

            text.Append(pattern[i]);
        }

        return text.ToString();
    }

    public bool IsMatch(string input) => input is not null && _regex.IsMatch(input);

    private static string Translate(string pattern)
    {
        StringBuilder regex = new(@"\A");
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    regex.Append(".*");
                    break;
                case '?':
                    regex.Append('.');
                    break;
                case '`' when i + 1 < pattern.Length:
                    regex.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                case '[':
                    int end = pattern.IndexOf(']', i + 1);
                    if (end <= i + 1)
                    {
                        throw new PSArgumentException($"The wildcard pattern \"{pattern}\" has a bracket that is not closed.");
                    }

                    string set = pattern[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal)
                        .Replace("^", "\\^", StringComparison.Ordinal);
                    regex.Append('[').Append(set).Append(']');
                    i = end;
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        return regex.Append(@"\z").ToString();
    }
}
