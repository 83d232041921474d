using System.Globalization;
using System.Text.RegularExpressions;

namespace SigstorePS.Encodings;

/// <summary>
/// Points in time as proto3 JSON spells them (RFC 3339 section 5.6): upper-case T and Z, up to nine digits of a second,
/// any offset. Digits below 100 ns are cut off.
/// </summary>
internal static partial class Rfc3339
{
    /// <exception cref="FormatException">Not such a time.</exception>
    public static DateTimeOffset Parse(string text)
    {
        Match match = Shape().Match(text);
        if (!match.Success)
        {
            throw new FormatException($"'{text}' is no RFC 3339 time");
        }

        string fraction = match.Groups["fraction"].Value.PadRight(7, '0')[..7];
        string zone = match.Groups["zone"].Value;
        string exact = $"{match.Groups["time"].Value}.{fraction}{(zone == "Z" ? "+00:00" : zone)}";
        return DateTimeOffset.TryParseExact(
            exact, "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out DateTimeOffset time)
            ? time.ToUniversalTime()
            : throw new FormatException($"'{text}' is no RFC 3339 time");
    }

    /// <summary>UTC with as few digits of a second as keep the value, in threes as protojson writes them.</summary>
    public static string Write(DateTimeOffset time)
    {
        long fraction = time.Ticks % TimeSpan.TicksPerSecond;
        string digits = fraction == 0 ? string.Empty
            : fraction % TimeSpan.TicksPerMillisecond == 0 ? "'.'fff"
            : fraction % TimeSpan.TicksPerMicrosecond == 0 ? "'.'ffffff"
            : "'.'fffffff'00'";
        return time.UtcDateTime.ToString($"yyyy-MM-dd'T'HH:mm:ss{digits}'Z'", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"\A(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?<fraction>[0-9]{1,9}))?"
        + @"(?<zone>Z|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
