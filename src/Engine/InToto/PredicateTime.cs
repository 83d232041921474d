using System.Globalization;
using System.Text.Json;

namespace SigstorePS.InToto;

/// <summary>When a predicate says it was made, for sorting. Whoever signed wrote it; nobody vouches for it.</summary>
internal static class PredicateTime
{
    /// <summary>Where the known predicate types have it (their own specifications; cosign's types for the first).</summary>
    private static readonly string[][] Places =
    [
        ["Timestamp"],
        ["runDetails", "metadata", "finishedOn"],
        ["runDetails", "metadata", "startedOn"],
        ["metadata", "buildFinishedOn"],
        ["metadata", "buildStartedOn"],
        ["metadata", "scanFinishedOn"],
        ["metadata", "timestamp"],
        ["creationInfo", "created"],
        ["timestamp"],
    ];

    /// <summary>The time, or null when the predicate has none that can be read.</summary>
    public static DateTimeOffset? Of(JsonElement predicate)
    {
        foreach (string[] place in Places)
        {
            JsonElement at = predicate;
            if (place.All(name => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out at))
                && at.ValueKind == JsonValueKind.String && Time(at) is { } time)
            {
                return time;
            }
        }

        return null;
    }

    private static DateTimeOffset? Time(JsonElement text)
    {
        try
        {
            return DateTimeOffset.TryParse(
                text.GetString(), CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
                ? time
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;   // half a character
        }
    }
}
