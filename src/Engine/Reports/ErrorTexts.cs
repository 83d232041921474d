using System.Collections.Frozen;

namespace SigstorePS.Reports;

/// <summary>What error ids mean: the table of about_SigstoreErrors, which travels in this assembly.</summary>
internal static class ErrorTexts
{
    private static readonly Lazy<FrozenDictionary<string, (string Meaning, string Advice)>> Rows = new(Read);

    /// <summary>What the id means; null for what is no id of this module.</summary>
    public static string? Meaning(string code) => Rows.Value.TryGetValue(code, out var row) ? row.Meaning : null;

    /// <summary>What to do; null for what is no id of this module.</summary>
    public static string? Advice(string code) => Rows.Value.TryGetValue(code, out var row) ? row.Advice : null;

    private static FrozenDictionary<string, (string Meaning, string Advice)> Read() =>
        PageAssets.Load("about_SigstoreErrors.md").Split('\n')
            .Select(static line => line.Split('|'))
            .Where(static cells => cells.Length == 7 && Enum.TryParse(cells[1].Trim(), out SigstoreErrorCode _))
            .ToFrozenDictionary(static cells => cells[1].Trim(), static cells => (cells[3].Trim(), cells[4].Trim()));
}
