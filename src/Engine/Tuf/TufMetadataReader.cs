using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SigstorePS.Encodings;

namespace SigstorePS.Tuf;

/// <summary>
/// Reads TUF metadata (specification section 4). Members nobody knows are left alone, as section 4.2 demands, and
/// belong to what is signed; those that are known must be exactly what they should be.
/// </summary>
internal static partial class TufMetadataReader
{
    private static readonly string[] TopRoles = ["root", "timestamp", "snapshot", "targets"];

    /// <exception cref="SigstoreException">MalformedMetadata.</exception>
    public static TufRoot ReadRoot(ReadOnlyMemory<byte> bytes) => Read(bytes, "root", static (common, signed) =>
    {
        Dictionary<string, TufKey> keys = Keys(Member(signed, "keys", JsonValueKind.Object));
        JsonElement roles = Member(signed, "roles", JsonValueKind.Object);
        return new TufRoot
        {
            Bytes = common.Bytes, Canonical = common.Canonical, Signatures = common.Signatures,
            Version = common.Version, Expires = common.Expires,
            ConsistentSnapshot = Boolean(signed, "consistent_snapshot"),
            Keys = keys,
            Roles = TopRoles.ToDictionary(
                static name => name, name => Role(Member(roles, name, JsonValueKind.Object)), StringComparer.Ordinal),
        };
    });

    /// <exception cref="SigstoreException">MalformedMetadata.</exception>
    public static TufTimestamp ReadTimestamp(ReadOnlyMemory<byte> bytes) =>
        Read(bytes, "timestamp", static (common, signed) => new TufTimestamp
        {
            Bytes = common.Bytes, Canonical = common.Canonical, Signatures = common.Signatures,
            Version = common.Version, Expires = common.Expires,
            Snapshot = MetaFile(Member(
                Member(signed, "meta", JsonValueKind.Object), "snapshot.json", JsonValueKind.Object)),
        });

    /// <exception cref="SigstoreException">MalformedMetadata.</exception>
    public static TufSnapshot ReadSnapshot(ReadOnlyMemory<byte> bytes) =>
        Read(bytes, "snapshot", static (common, signed) => new TufSnapshot
        {
            Bytes = common.Bytes, Canonical = common.Canonical, Signatures = common.Signatures,
            Version = common.Version, Expires = common.Expires,
            Files = Member(signed, "meta", JsonValueKind.Object).EnumerateObject()
                .ToDictionary(static p => p.Name, static p => MetaFile(p.Value), StringComparer.Ordinal),
        });

    /// <exception cref="SigstoreException">MalformedMetadata, Unsupported.</exception>
    public static TufTargets ReadTargets(ReadOnlyMemory<byte> bytes) =>
        Read(bytes, "targets", static (common, signed) =>
        {
            JsonElement? delegations = StrictJson.OptionalObject(signed, "delegations");
            return new TufTargets
            {
                Bytes = common.Bytes, Canonical = common.Canonical, Signatures = common.Signatures,
                Version = common.Version, Expires = common.Expires,
                Targets = Member(signed, "targets", JsonValueKind.Object).EnumerateObject()
                    .ToDictionary(static p => p.Name, static p => Target(p.Name, p.Value), StringComparer.Ordinal),
                Keys = delegations is { } d ? Keys(Member(d, "keys", JsonValueKind.Object)) : [],
                Delegations = delegations is { } e ? Delegations(e) : [],
            };
        });

    private sealed record Common : TufMetadata;

    private static T Read<T>(ReadOnlyMemory<byte> bytes, string type, Func<TufMetadata, JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(bytes);
            JsonElement signed = Member(document.RootElement, "signed", JsonValueKind.Object);
            if (StrictJson.String(signed, "_type") is var actual && actual != type)
            {
                throw new FormatException($"it is of type '{actual}'");
            }

            string spec = StrictJson.String(signed, "spec_version");
            if (!SpecVersion().IsMatch(spec))
            {
                throw new FormatException($"specification version '{spec}' is not supported");
            }

            return read(
                new Common
                {
                    Bytes = bytes,
                    Canonical = OlpcJson.Canonicalize(signed),
                    Signatures = Signatures(document.RootElement),
                    Version = Whole(signed, "version", 1),
                    Expires = Time(StrictJson.String(signed, "expires")),
                },
                signed);
        }
        catch (Exception e) when (
            e is FormatException or JsonException or InvalidOperationException or OverflowException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedMetadata,
                $"The {type} metadata of the TUF repository cannot be read: {e.Message}.", e);
        }
    }

    // Section 4.2: a client refuses metadata of another major version.
    [GeneratedRegex(@"\A1(\.[0-9]{1,6}){1,2}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex SpecVersion();

    // The first roots of the public repository have fractions and time zones, which the specification has not.
    [GeneratedRegex(
        @"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TimeShape();

    private static DateTimeOffset Time(string text)
    {
        // Nine digits of a fraction are two more than the parser takes.
        string parsed = Fraction().Replace(text, "");
        return TimeShape().IsMatch(text)
            && DateTimeOffset.TryParse(
                parsed, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
                ? time
                : throw new FormatException($"'{text}' is not a time");
    }

    [GeneratedRegex(@"\.[0-9]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Fraction();

    private static Dictionary<string, string> Signatures(JsonElement document)
    {
        Dictionary<string, string> signatures = new(StringComparer.Ordinal);
        foreach (JsonElement signature in Items(Member(document, "signatures", JsonValueKind.Array)))
        {
            // The reference implementation refuses this too: there is no telling which of the two is meant.
            string id = StrictJson.String(signature, "keyid");
            if (!signatures.TryAdd(id, StrictJson.String(signature, "sig")))
            {
                throw new FormatException($"key '{id}' signed twice");
            }
        }

        return signatures;
    }

    private static Dictionary<string, TufKey> Keys(JsonElement keys)
    {
        Dictionary<string, TufKey> read = new(StringComparer.Ordinal);
        foreach (JsonProperty key in keys.EnumerateObject())
        {
            if (read.Count == Limits.TufKeys)
            {
                throw new FormatException($"there are more than {Limits.TufKeys} keys");
            }

            string value = StrictJson.String(Member(key.Value, "keyval", JsonValueKind.Object), "public");
            read.Add(key.Name, TufKey.Read(
                StrictJson.String(key.Value, "keytype"), StrictJson.String(key.Value, "scheme"), value));
        }

        return read;
    }

    private static TufRole Role(JsonElement role)
    {
        string[] ids = Texts(role, "keyids");
        return ids.Distinct(StringComparer.Ordinal).Count() == ids.Length
            ? new TufRole(ids, Whole(role, "threshold", 1))
            : throw new FormatException("a role names one key twice");
    }

    private static TufMetaFile MetaFile(JsonElement file) => new(
        Whole(file, "version", 1),
        file.TryGetProperty("length", out _) ? Whole(file, "length", 0) : null,
        StrictJson.OptionalObject(file, "hashes") is { } hashes
            ? Hashes(hashes)
            : new Dictionary<string, string>(StringComparer.Ordinal));

    private static TufTarget Target(string name, JsonElement target)
    {
        // What others put into "custom" has no shape anybody promised.
        SigstoreCustom? custom =
            target.TryGetProperty("custom", out JsonElement c) && c.ValueKind == JsonValueKind.Object
            && c.TryGetProperty("sigstore", out JsonElement s) && s.ValueKind == JsonValueKind.Object
                ? new SigstoreCustom(
                    StrictJson.OptionalString(s, "usage"), StrictJson.OptionalString(s, "status"),
                    StrictJson.OptionalString(s, "uri"))
                : null;
        return new TufTarget(
            name, Whole(target, "length", 0), Hashes(Member(target, "hashes", JsonValueKind.Object)), custom);
    }

    private static Dictionary<string, string> Hashes(JsonElement hashes)
    {
        Dictionary<string, string> read = hashes.EnumerateObject().ToDictionary(
            static p => p.Name, p => StrictJson.String(hashes, p.Name).ToLowerInvariant(), StringComparer.Ordinal);
        return read.Count > 0 && read.Values.All(static hex => !hex.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            ? read
            : throw new FormatException("hashes are missing or not hexadecimal");
    }

    private static List<TufDelegation> Delegations(JsonElement delegations)
    {
        if (delegations.TryGetProperty("succinct_roles", out _))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "The TUF repository delegates to hash bins (succinct_roles), which is not supported.");
        }

        List<TufDelegation> read = [];
        foreach (JsonElement role in Items(Member(delegations, "roles", JsonValueKind.Array)))
        {
            TufDelegation delegation = Delegation(role);
            if (TopRoles.Contains(delegation.Name) || read.Exists(r => r.Name == delegation.Name))
            {
                throw new FormatException($"targets are delegated to a second role '{delegation.Name}'");
            }

            read.Add(delegation);
        }

        return read;
    }

    private static TufDelegation Delegation(JsonElement role)
    {
        bool paths = role.TryGetProperty("paths", out _);
        bool prefixes = role.TryGetProperty("path_hash_prefixes", out _);
        string name = StrictJson.String(role, "name");
        return paths != prefixes && name.Length > 0
            ? new TufDelegation
            {
                Name = name,
                Role = Role(role),
                Terminating = Boolean(role, "terminating"),
                Paths = paths ? Texts(role, "paths") : [],
                HashPrefixes = prefixes ? Texts(role, "path_hash_prefixes") : [],
            }
            : throw new FormatException("a delegation has no name, or not one of paths and path_hash_prefixes");
    }

    private static JsonElement Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == kind
            ? value
            : throw new FormatException($"'{name}' is missing or not of the right kind");

    private static IEnumerable<JsonElement> Items(JsonElement array) =>
        array.GetArrayLength() <= Limits.TufKeys
            ? array.EnumerateArray()
            : throw new FormatException($"a list has more than {Limits.TufKeys} items");

    private static string[] Texts(JsonElement parent, string name) =>
    [
        .. Items(Member(parent, name, JsonValueKind.Array)).Select(item =>
            item.ValueKind == JsonValueKind.String
                ? item.GetString()! : throw new FormatException($"'{name}' holds what is no text")),
    ];

    private static bool Boolean(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value)
            && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new FormatException($"'{name}' is missing or not a boolean");

    private static int Whole(JsonElement parent, string name, int least) =>
        Member(parent, name, JsonValueKind.Number).TryGetInt32(out int number) && number >= least
            ? number
            : throw new FormatException($"'{name}' is not a whole number of at least {least}");
}
