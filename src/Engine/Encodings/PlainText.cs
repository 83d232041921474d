using System.Globalization;
using System.Text;

namespace SigstorePS.Encodings;

/// <summary>Text from outside, fit for a terminal.</summary>
internal static class PlainText
{
    /// <summary>
    /// One line without control and format characters: escape sequences rewrite what was shown before, a line break
    /// fakes a line of ours, and a bidirectional override shows another text than is there.
    /// </summary>
    /// <param name="text">Anything.</param>
    /// <param name="limit">Characters kept.</param>
    public static string Clean(string text, int limit = int.MaxValue)
    {
        StringBuilder clean = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length >= limit)
            {
                clean.Append('…');
                break;
            }

            bool plain = !Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            clean.Append(plain ? rune.ToString() : " ");
        }

        return clean.ToString().Trim();
    }
}
