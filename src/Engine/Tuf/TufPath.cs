using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Tuf;

/// <summary>
/// Names of targets and roles: patterns over them, and what becomes of them in addresses and on disk.
/// </summary>
internal static class TufPath
{
    private const int LongestFileName = 120;

    /// <summary>
    /// Shell patterns as the specification asks for (section 4.5, PATHPATTERN): <c>*</c> and <c>?</c> never match
    /// <c>/</c>. Linear in what a pattern can make of it: one step back per star.
    /// </summary>
    public static bool Matches(string pattern, string path)
    {
        string[] patterns = pattern.Split('/');
        string[] parts = path.Split('/');
        return patterns.Length == parts.Length
            && patterns.Zip(parts).All(static pair => MatchesPart(pair.First, pair.Second));
    }

    /// <summary>SHA-256 of a target's name, lower-case hex.</summary>
    public static string HashOf(string target) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)));

    /// <summary>The folders and the file of a target's name.</summary>
    /// <exception cref="SigstoreException">
    /// TufProtocolViolation: a name that leads out of the folder it belongs in, or that a disk takes for another.
    /// </exception>
    public static string[] Segments(string target)
    {
        string[] segments = target.Split('/');
        return segments.All(static s => s is not ("" or "." or "..") && !s.AsSpan().ContainsAny('\\', '\0', ':'))
            ? segments
            : throw new SigstoreException(
                SigstoreErrorCode.TufProtocolViolation, $"The target name '{target}' is not a relative path.");
    }

    /// <summary>
    /// A name for a file of ours: lower case, since some disks take A for a, and nothing that is special on any.
    /// Different names stay different.
    /// </summary>
    public static string FileName(string name)
    {
        StringBuilder safe = new();
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            char c = (char)b;
            _ = char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' || (c == '.' && safe.Length > 0)
                ? safe.Append(c)
                : safe.Append('%').Append(Convert.ToHexStringLower([b]));
        }

        // A dot at the end is dropped by Windows.
        return safe.Length is 0 or > LongestFileName || safe[^1] == '.' ? "%" + HashOf(name) : safe.ToString();
    }

    private static bool MatchesPart(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
