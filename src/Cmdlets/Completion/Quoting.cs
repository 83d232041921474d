namespace SigstorePS.Commands;

/// <summary>Quotes of completed words.</summary>
internal static class Quoting
{
    /// <summary>Characters that end or change an unquoted argument.</summary>
    private const string Special = " \t'\"`$(){}[]<>|&;,@#";

    /// <summary>The word without the quotes the user has begun.</summary>
    public static string Strip(string? word) => (word ?? string.Empty).Trim('\'', '"');

    /// <summary>The text as one argument.</summary>
    public static string Quote(string text) => text.AsSpan().ContainsAny(Special)
        ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'"
        : text;
}
