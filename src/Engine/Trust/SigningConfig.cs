namespace SigstorePS.Trust;

/// <summary>A service to sign with (sigstore_trustroot.proto, Service).</summary>
internal sealed record ServiceEndpoint
{
    public required string Url { get; init; }

    /// <summary>Which API it speaks: Fulcio 1, Rekor 1 or 2, timestamp authority 1, OpenID Connect 1.</summary>
    public required uint MajorApiVersion { get; init; }

    public required ValidityPeriod ValidFor { get; init; }

    /// <summary>Who runs it; two services of one operator are no two witnesses.</summary>
    public string Operator { get; init; } = string.Empty;
}

/// <summary>How many services of a kind are used (sigstore_trustroot.proto, ServiceSelector).</summary>
internal enum ServiceSelection
{
    /// <summary>Not said: whoever uses it decides.</summary>
    Unspecified = 0,

    /// <summary>All that are valid.</summary>
    All = 1,

    /// <summary>One, whichever.</summary>
    Any = 2,

    /// <summary>As many as the count says.</summary>
    Exact = 3,
}

/// <summary>A selection with its count, which is 0 unless it is <see cref="ServiceSelection.Exact"/>.</summary>
internal readonly record struct ServiceSelector(ServiceSelection Selection, uint Count = 0)
{
    /// <summary>As cosign's flags and our parameters spell it: Any, All, Exact:2, or nothing.</summary>
    public override string ToString() => Selection switch
    {
        ServiceSelection.Exact => $"Exact:{Count}",
        ServiceSelection.Unspecified => string.Empty,
        _ => Selection.ToString(),
    };
}

/// <summary>Which services to sign with (sigstore_trustroot.proto, SigningConfig).</summary>
internal sealed record SigningConfig
{
    public const string MediaTypeV01 = "application/vnd.dev.sigstore.signingconfig.v0.1+json";
    public const string MediaTypeV02 = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

    public static SigningConfig Empty { get; } = new();

    /// <summary>What was read; what is written is always version 0.2.</summary>
    public string MediaType { get; init; } = MediaTypeV02;

    public IReadOnlyList<ServiceEndpoint> Fulcio { get; init; } = [];

    public IReadOnlyList<ServiceEndpoint> Oidc { get; init; } = [];

    /// <summary>None at all: signatures are not logged.</summary>
    public IReadOnlyList<ServiceEndpoint> Rekor { get; init; } = [];

    public ServiceSelector RekorSelector { get; init; }

    public IReadOnlyList<ServiceEndpoint> Tsa { get; init; } = [];

    public ServiceSelector TsaSelector { get; init; }

    /// <summary>
    /// The services to ask now: of the highest of <paramref name="supported"/> versions that has a service valid now,
    /// the newest of each operator, newest first, as many as the selector says.
    /// </summary>
    /// <param name="services">One kind of services.</param>
    /// <param name="selector">How many. Unspecified is one.</param>
    /// <param name="supported">API versions the caller speaks.</param>
    /// <param name="now">The time they must be valid at.</param>
    /// <param name="pick">For Any: a number from 0 below its argument.</param>
    /// <returns>Empty when none is valid now.</returns>
    /// <exception cref="SigstoreException">MalformedSigningConfig: fewer operators than the selector wants.</exception>
    public static IReadOnlyList<ServiceEndpoint> Select(
        IReadOnlyList<ServiceEndpoint> services,
        ServiceSelector selector,
        IReadOnlyCollection<uint> supported,
        DateTimeOffset now,
        Func<int, int> pick)
    {
        ServiceEndpoint[] valid =
            [.. services.Where(s => supported.Contains(s.MajorApiVersion) && s.ValidFor.Contains(now))];
        if (valid.Length == 0)
        {
            return [];
        }

        uint version = valid.Max(static s => s.MajorApiVersion);
        ServiceEndpoint[] candidates =
        [
            .. valid.Where(s => s.MajorApiVersion == version)
                .OrderByDescending(static s => s.ValidFor.Start ?? DateTimeOffset.MinValue)
                .DistinctBy(static s => s.Operator, StringComparer.Ordinal),
        ];
        return selector.Selection switch
        {
            ServiceSelection.All => candidates,
            ServiceSelection.Exact when selector.Count <= candidates.Length => candidates[..(int)selector.Count],
            ServiceSelection.Exact => throw new SigstoreException(
                SigstoreErrorCode.MalformedSigningConfig,
                $"The signing configuration wants {selector.Count} services and has {candidates.Length} that are "
                + "valid now and of different operators."),
            ServiceSelection.Any => [candidates[pick(candidates.Length)]],
            _ => [candidates[0]],
        };
    }
}
