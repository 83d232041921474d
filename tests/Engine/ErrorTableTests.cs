using System.Text.RegularExpressions;
using SigstorePS.Support;

namespace SigstorePS.Tests;

/// <summary>about_SigstoreErrors against the codes there are and the categories they are reported with.</summary>
public sealed partial class ErrorTableTests
{
    private static readonly string[] Codes = Enum.GetNames<SigstoreErrorCode>();

    [Fact]
    public void Every_code_has_one_row_and_every_row_is_a_code() =>
        Assert.Equal(Codes.Order(StringComparer.Ordinal), Rows().Select(static r => r[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_code_has_a_category_and_the_table_shows_it()
    {
        string source = Read("src", "Cmdlets", "Common", "ErrorRecords.cs");
        Dictionary<string, string> categories = Category().Matches(source)
            .ToDictionary(static m => m.Groups[1].Value, static m => m.Groups[2].Value, StringComparer.Ordinal);

        Assert.Equal(Codes.Order(StringComparer.Ordinal), categories.Keys.Order(StringComparer.Ordinal));
        Assert.All(Rows(), row => Assert.Equal(categories[row[0]], row[1]));
    }

    [Fact]
    public void Every_row_says_what_it_means_what_to_do_and_whether_to_retry() =>
        Assert.All(Rows(), static row =>
        {
            Assert.Equal(5, row.Length);
            Assert.EndsWith(".", row[2], StringComparison.Ordinal);
            Assert.EndsWith(".", row[3], StringComparison.Ordinal);
            Assert.Contains(row[4], (string[])["yes", "no"]);
        });

    private static List<string[]> Rows() =>
    [
        .. Read("docs", "help", "about_SigstoreErrors.md").Split('\n')
            .SkipWhile(static l => !l.StartsWith("| Code |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(static l => l.StartsWith('|'))
            .Select(static l => l.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)),
    ];

    private static string Read(params string[] parts) =>
        File.ReadAllText(Path.Combine([RepositoryRoot.Path, .. parts])).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\[Code\.(\w+)\] = ErrorCategory\.(\w+)")]
    private static partial Regex Category();
}
