namespace SigstorePS.Certificates;

/// <summary>
/// What Fulcio writes of a token into a certificate (fulcio docs/oid-info.md). Numbers 1 to 6 hold bare text, 8 and up
/// a DER UTF8String.
/// </summary>
internal static class FulcioExtensions
{
    /// <summary>The arc all of them are in, with a dot at the end.</summary>
    public const string Arc = "1.3.6.1.4.1.57264.1.";

    public const string IssuerV1 = Arc + "1";
    public const string OtherName = Arc + "7";
    public const string IssuerV2 = Arc + "8";

    /// <summary>The merged issuer: number 8, or 1 where there is no 8.</summary>
    public const string Issuer = "Issuer";

    private static readonly (int Number, string Name)[] Table =
    [
        (2, "GithubWorkflowTrigger"), (3, "GithubWorkflowSHA"), (4, "GithubWorkflowName"),
        (5, "GithubWorkflowRepository"), (6, "GithubWorkflowRef"), (9, "BuildSignerURI"), (10, "BuildSignerDigest"),
        (11, "RunnerEnvironment"), (12, "SourceRepositoryURI"), (13, "SourceRepositoryDigest"),
        (14, "SourceRepositoryRef"), (15, "SourceRepositoryIdentifier"), (16, "SourceRepositoryOwnerURI"),
        (17, "SourceRepositoryOwnerIdentifier"), (18, "BuildConfigURI"), (19, "BuildConfigDigest"),
        (20, "BuildTrigger"), (21, "RunInvocationURI"), (22, "SourceRepositoryVisibilityAtSigning"),
        (23, "DeploymentEnvironment"), (24, "TokenSubject"),
    ];

    private static readonly Dictionary<string, string> NameByOid =
        Table.ToDictionary(static t => $"{Arc}{t.Number}", static t => t.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, string> CanonicalNames = Canonical();

    /// <summary>Every friendly name, <c>Issuer</c> first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Issuer, .. Table.Select(static t => t.Name)];

    /// <summary>The friendly name of an extension; null when it has none.</summary>
    public static string? NameOf(string oid) => NameByOid.GetValueOrDefault(oid);

    /// <summary>
    /// The name extensions are kept under: a friendly name in any case, or an object identifier as it is. Null for
    /// what can be neither, such as a name with a typing mistake.
    /// </summary>
    public static string? Resolve(string nameOrOid) =>
        CanonicalNames.TryGetValue(nameOrOid, out string? name) ? name
        : nameOrOid.Contains('.', StringComparison.Ordinal) && !nameOrOid.StartsWith('.') && !nameOrOid.EndsWith('.')
            && !nameOrOid.AsSpan().ContainsAnyExcept("0123456789.") ? nameOrOid
        : null;

    /// <summary>Whether the value is bare text; false: a DER UTF8String; null: not an extension of Fulcio.</summary>
    public static bool? IsBareText(string oid) =>
        oid is IssuerV1 || NameByOid.ContainsKey(oid) && oid.Length == IssuerV1.Length && oid[^1] is >= '2' and <= '6'
            ? true
        : oid is IssuerV2 || NameByOid.ContainsKey(oid) ? false
        : null;

    private static Dictionary<string, string> Canonical()
    {
        Dictionary<string, string> names = new(StringComparer.OrdinalIgnoreCase) { [Issuer] = Issuer };
        foreach ((int number, string name) in Table)
        {
            names[name] = name;
            names[$"{Arc}{number}"] = name;
        }

        return names;
    }
}
