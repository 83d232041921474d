using System.Globalization;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>
/// One service as a user describes it: names and values. Names count without regard to case, hyphens and underscores,
/// so that <c>certificate-chain</c>, <c>certificateChain</c> and <c>CertificateChain</c> are one.
/// </summary>
internal sealed class ServiceSpec
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="parameter">Name of the parameter it was given to, for messages.</param>
    /// <param name="values">Names and values.</param>
    /// <param name="known">
    /// Names that may be there. cosign ignores others; here a misspelt <c>end-time</c> must not trust for ever.
    /// </param>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public ServiceSpec(
        string parameter, IEnumerable<KeyValuePair<string, string>> values, params ReadOnlySpan<string> known)
    {
        Parameter = parameter;
        Dictionary<string, string> names = [];
        foreach (string name in known)
        {
            names.Add(Fold(name), name);
        }

        foreach ((string name, string value) in values)
        {
            if (!names.TryGetValue(Fold(name), out string? meant))
            {
                throw Invalid($"knows no '{name}'; it knows {string.Join(", ", names.Values)}");
            }

            if (!_values.TryAdd(meant, value.Trim()))
            {
                throw Invalid($"has '{meant}' twice");
            }
        }
    }

    public string Parameter { get; }

    /// <summary>The pairs of cosign's form <c>url=https://…,start-time=…</c>.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(string parameter, string text) =>
    [
        .. text.Split(',').Select(pair => pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? KeyValuePair.Create(pair[..at].Trim(), pair[(at + 1)..])
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"-{parameter} has '{pair}', which is no name=value; values with commas go in a hashtable.")),
    ];

    public string? Optional(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    public string Required(string name) => Optional(name) ?? throw Invalid($"needs '{name}'");

    /// <summary>The address: http or https, absolute. The host of a log is its origin.</summary>
    public string Url()
    {
        string url = Required("url");
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && (address.Scheme is "https" or "http")
            && address.UserInfo.Length == 0
            ? url
            : throw Invalid($"has '{url}', which is no http or https address");
    }

    public uint Version() =>
        uint.TryParse(Required("api-version"), NumberStyles.None, CultureInfo.InvariantCulture, out uint version)
            && version > 0
            ? version
            : throw Invalid($"has '{Required("api-version")}', which is no API version");

    /// <summary>The times as given; start before end.</summary>
    public (DateTimeOffset? Start, DateTimeOffset? End) Period()
    {
        DateTimeOffset? start = Time("start-time");
        DateTimeOffset? end = Time("end-time");
        return end <= start ? throw Invalid("ends before it starts") : (start, end);
    }

    public SigstoreException Invalid(string what) =>
        new(SigstoreErrorCode.InvalidValue, $"A service of -{Parameter} {what}.");

    private DateTimeOffset? Time(string name)
    {
        if (Optional(name) is not { } text)
        {
            return null;
        }

        try
        {
            return Rfc3339.Parse(text);
        }
        catch (FormatException)
        {
            throw Invalid($"has '{text}' as '{name}'; write it like 2024-01-31T12:00:00Z");
        }
    }

    private static string Fold(string name) => name
        .Replace("-", string.Empty, StringComparison.Ordinal).Replace("_", string.Empty, StringComparison.Ordinal)
        .ToLowerInvariant();
}
