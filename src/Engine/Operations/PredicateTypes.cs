using SigstorePS.InToto;

namespace SigstorePS.Operations;

/// <summary>Predicate types as cmdlets offer and show them.</summary>
internal static class PredicateTypes
{
    /// <summary>Type of a statement as cosign writes it.</summary>
    public const string StatementV01 = Statement.TypeV01;

    /// <summary>Type of a statement of the current specification.</summary>
    public const string StatementV1 = Statement.TypeV1;

    private const int LongestName = 60;

    /// <summary>A type as part of a file name: its first short name, or what a file system takes of the URI.</summary>
    public static string FileName(string uri)
    {
        string name = PredicateType.ShortNames.FirstOrDefault(n => n.Value == uri).Key
            ?? string.Join('-', uri.Split("://", 2)[^1].Split([.. uri.Where(static c => !char.IsAsciiLetterOrDigit(c)
                && c != '.').Distinct()], StringSplitOptions.RemoveEmptyEntries)).Trim('.');
        return name.Length > LongestName ? name[..LongestName] : name;
    }
}
