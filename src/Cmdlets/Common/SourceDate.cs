using System.Globalization;

namespace SigstorePS.Commands;

/// <summary>SOURCE_DATE_EPOCH: the time to record, so that the same input gives the same output.</summary>
internal static class SourceDate
{
    private const string Name = "SOURCE_DATE_EPOCH";

    /// <summary>The time; null when the variable is not set.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static DateTimeOffset? Read(Func<string, string?> variable)
    {
        string? text = variable(Name);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"{Name} is '{text}', not a number of seconds.");
    }
}
