using System.Globalization;
using System.Text;

namespace SigstorePS.Reports;

/// <summary>
/// Text from outside with everything in it visible: an identity that reads the same as another one and is not the same is
/// what an attacker would have an auditor look at.
/// </summary>
internal static class VisibleText
{
    /// <summary>Accents on one letter; names of people need three, towers of them hide the lines around.</summary>
    private const int Marks = 3;

    /// <summary>
    /// One line. What has no shape of its own (controls, bidirectional overrides, joiners, blanks that are no space)
    /// becomes <c>‹U+202E›</c>, a line break <c>⏎</c>.
    /// </summary>
    /// <param name="text">Anything.</param>
    /// <param name="limit">Characters kept; what is cut ends in an ellipsis.</param>
    public static string Of(string? text, int limit = int.MaxValue)
    {
        if (string.IsNullOrEmpty(text))
        {
            return string.Empty;
        }

        StringBuilder visible = new(Math.Min(text.Length, 4096));
        int marks = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (visible.Length >= limit)
            {
                return visible.Append('…').ToString();
            }

            marks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
                ? marks + 1 : 0;
            _ = rune.Value switch
            {
                '\r' => visible,
                '\n' => visible.Append('⏎'),
                '\t' => visible.Append(' '),
                _ when marks > Marks || IsInvisible(rune) =>
                    visible.Append('‹').Append(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}").Append('›'),
                _ => visible.Append(rune.ToString()),
            };
        }

        return visible.ToString();
    }

    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.SpaceSeparator => rune.Value != ' ',
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned => true,

            // Letters and marks that fonts draw as nothing: fillers, blank Braille, joiners, variation selectors.
            _ => rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0x034F or 0x17B4 or 0x17B5
                or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF),
        };
}
