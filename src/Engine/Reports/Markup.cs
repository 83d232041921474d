using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace SigstorePS.Reports;

/// <summary>
/// HTML and SVG that cannot be injected into: there is no way to write a text or a value that is not escaped, nor an
/// element or attribute that could load, link or run something. Only <see cref="Style"/> and <see cref="Script"/> write
/// what is not escaped: constants of this assembly.
/// </summary>
internal sealed class Markup
{
    /// <summary>Characters of a cell; the whole text is in the details.</summary>
    public const int Cell = 200;

    /// <summary>Characters of a text in the details.</summary>
    public const int Full = 4096;

    private static readonly FrozenSet<string> Elements = Words(
        "html head meta title body header main footer section div p span bdi h1 h2 h3 table caption thead tbody tr th td "
        + "details summary dl dt dd ul ol li code strong small svg g rect circle path line text figure figcaption "
        + "input select option label button time");

    private static readonly FrozenSet<string> Attributes = Words(
        "id class lang charset name content http-equiv scope colspan open hidden role tabindex title type value for "
        + "placeholder autocomplete datetime aria-label aria-labelledby aria-hidden aria-live data-sort data-verdict data-column "
        + "viewBox width height x y x1 y1 x2 y2 cx cy r rx d text-anchor focusable preserveAspectRatio");

    private static readonly FrozenSet<string> Empty = Words("meta input rect circle path line");

    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element; one that can have no content is closed at once.</summary>
    /// <param name="element">One of the known ones.</param>
    /// <param name="attributes">Known ones; null leaves one out, an empty value writes the bare name.</param>
    /// <exception cref="ArgumentException">An element or attribute that pages of ours have no use for.</exception>
    public Markup Open(string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        _text.Append('<').Append(Known(Elements, element));
        foreach ((string name, string? value) in attributes)
        {
            if (value is null)
            {
                continue;
            }

            _text.Append(' ').Append(Known(Attributes, name));
            if (value.Length > 0)
            {
                _text.Append("=\"");
                Escape(VisibleText.Of(value, Full));
                _text.Append('"');
            }
        }

        if (Empty.Contains(element))
        {
            // The same element is none in SVG and has no end tag in HTML; the slash is right for one, no harm in the other.
            _text.Append("/>");
        }
        else
        {
            _text.Append('>');
            _open.Push(element);
        }

        return this;
    }

    public Markup Close()
    {
        _text.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    public Markup Line()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>Text of ours. Escaped all the same.</summary>
    public Markup Text(string text)
    {
        Escape(text);
        return this;
    }

    /// <summary>An element with text of ours.</summary>
    public Markup Put(string element, string? style, string text) => Open(element, ("class", style)).Text(text).Close();

    /// <summary>
    /// Text from outside: visible, bounded, and isolated, since letters that run from right to left move what stands beside
    /// them (Unicode Standard Annex #9).
    /// </summary>
    public Markup Outside(string? text, int limit = Full) =>
        Open("bdi").Text(VisibleText.Of(text, limit)).Close();

    /// <summary>The same inside SVG, where the style isolates it.</summary>
    public Markup Drawn(string? text, int limit) => Text(VisibleText.Of(text, limit));

    public Markup Style()
    {
        _text.Append("<style>").Append(PageAssets.Style).Append("</style>");
        return this;
    }

    public Markup Script()
    {
        _text.Append("<script>").Append(PageAssets.Script).Append("</script>");
        return this;
    }

    public Markup Doctype()
    {
        _text.Append("<!DOCTYPE html>\n");
        return this;
    }

    /// <exception cref="InvalidOperationException">Something is still open.</exception>
    public override string ToString() =>
        _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> is open");

    /// <summary>A number as SVG wants it.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Known(FrozenSet<string> names, string name) =>
        names.Contains(name) ? name : throw new ArgumentException($"'{name}' has no place in a report", nameof(name));

    private void Escape(string text)
    {
        foreach (char c in text)
        {
            _ = c switch
            {
                '&' => _text.Append("&amp;"),
                '<' => _text.Append("&lt;"),
                '>' => _text.Append("&gt;"),
                '"' => _text.Append("&quot;"),
                '\'' => _text.Append("&#39;"),
                '`' => _text.Append("&#96;"),
                '\n' => _text.Append(c),
                _ when char.IsControl(c) => _text.Append('\uFFFD'),
                _ => _text.Append(c),
            };
        }
    }

    private static FrozenSet<string> Words(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
