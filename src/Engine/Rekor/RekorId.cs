namespace SigstorePS.Rekor;

/// <summary>
/// Names of entries in a Rekor v1 log: the leaf hash (64 hex), or the tree id in 16 hex and the leaf hash (80 hex).
/// </summary>
internal static class RekorId
{
    public const int LeafLength = 64;
    public const int FullLength = 80;

    public static bool IsValid(string text) =>
        text.Length is LeafLength or FullLength && !text.AsSpan().ContainsAnyExcept("0123456789abcdef");

    /// <summary>What a user typed, in the log's own spelling.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static string Parse(string text)
    {
        string id = text.Trim().ToLowerInvariant();
        return IsValid(id) ? id : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{text}' is not a UUID of a log entry: 64 or 80 hexadecimal digits.");
    }

    /// <summary>The part that is the hash of the entry.</summary>
    public static ReadOnlySpan<char> Leaf(string id) => id.AsSpan(id.Length - LeafLength);

    /// <summary>The tree id in decimal, as checkpoints spell it; null when the name has none.</summary>
    public static string? TreeId(string id) => id.Length == FullLength
        ? Convert.ToUInt64(id[..(FullLength - LeafLength)], 16).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : null;

    /// <summary>Whether an answer is what was asked for; a name without tree id fits any tree.</summary>
    public static bool Fits(string asked, string answered) =>
        asked.Length == LeafLength || answered.Length == LeafLength
            ? Leaf(asked).SequenceEqual(Leaf(answered))
            : asked == answered;
}
