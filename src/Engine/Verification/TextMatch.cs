using System.Text.RegularExpressions;

namespace SigstorePS.Verification;

/// <summary>
/// A text to compare with: the whole value exactly, or the whole value by a regular expression. A pattern that need
/// only occur somewhere would let <c>https://github.com/acme/</c> match an address that an attacker appends to; one
/// that backtracks would let a certificate stop the verifier.
/// </summary>
internal sealed class TextMatch
{
    private readonly string _text;
    private readonly Regex? _pattern;

    private TextMatch(string text, Regex? pattern)
    {
        _text = text;
        _pattern = pattern;
    }

    public static TextMatch Exactly(string text) => new(text, null);

    /// <exception cref="SigstoreException">InvalidValue: no pattern, or one that needs backtracking.</exception>
    public static TextMatch Pattern(string pattern)
    {
        try
        {
            // By itself first: "a)|(b" would otherwise break out of the anchors.
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return new TextMatch(pattern, new Regex(
                $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{pattern}' is no regular expression that can be used here: {e.Message}", e);
        }
    }

    /// <summary>
    /// A pattern that need only occur somewhere, as in the policies of policy-controller, whose verdict is asked for. For
    /// nothing else.
    /// </summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static TextMatch Containing(string pattern)
    {
        try
        {
            return new TextMatch(pattern, new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{pattern}' is no regular expression that can be used here: {e.Message}", e);
        }
    }

    /// <summary>The one text that it matches; null: it is a pattern.</summary>
    public string? ExactText => _pattern is null ? _text : null;

    public bool IsMatch(string value) =>
        _pattern?.IsMatch(value) ?? string.Equals(_text, value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => _pattern is null ? _text : $"/{_text}/";
}
