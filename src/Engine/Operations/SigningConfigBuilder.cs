using System.Globalization;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>Makes signing configurations, as <c>cosign signing-config create</c> does.</summary>
internal sealed class SigningConfigBuilder
{
    private readonly Dictionary<TrustKind, List<ServiceEndpoint>> _services = new()
    {
        [TrustKind.Fulcio] = [],
        [TrustKind.Oidc] = [],
        [TrustKind.Rekor] = [],
        [TrustKind.Tsa] = [],
    };

    private readonly Dictionary<TrustKind, ServiceSelector> _selectors = [];

    /// <summary>Names a spec may have.</summary>
    public static ReadOnlySpan<string> Names =>
        new[] { "url", "api-version", "start-time", "end-time", "operator" };

    /// <summary>Begins with all of a configuration but the excluded kinds; what is added comes after it.</summary>
    public void Begin(SigningConfig config, IReadOnlySet<TrustKind> excluded)
    {
        Take(TrustKind.Fulcio, config.Fulcio, default);
        Take(TrustKind.Oidc, config.Oidc, default);
        Take(TrustKind.Rekor, config.Rekor, config.RekorSelector);
        Take(TrustKind.Tsa, config.Tsa, config.TsaSelector);

        void Take(TrustKind kind, IReadOnlyList<ServiceEndpoint> services, ServiceSelector selector)
        {
            if (!excluded.Contains(kind))
            {
                _services[kind].AddRange(services);
                _selectors[kind] = selector;
            }
        }
    }

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public void Add(ServiceSpec spec, TrustKind kind)
    {
        (DateTimeOffset? start, DateTimeOffset? end) = spec.Period();
        _services[kind].Add(new ServiceEndpoint
        {
            Url = spec.Url(),
            MajorApiVersion = spec.Version(),
            ValidFor = new ValidityPeriod(start ?? throw spec.Invalid("needs 'start-time'"), end),
            Operator = spec.Required("operator"),
        });
    }

    /// <summary>Sets how many of a kind are used: <c>Any</c>, <c>All</c> or <c>Exact:n</c>, in any case.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public void Select(TrustKind kind, string text)
    {
        string[] parts = text.Trim().Split(':');
        uint count = 0;
        ServiceSelection selection = (parts[0].ToUpperInvariant(), parts.Length) switch
        {
            ("ANY", 1) => ServiceSelection.Any,
            ("ALL", 1) => ServiceSelection.All,
            ("EXACT", 2) when uint.TryParse(
                parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0 =>
                ServiceSelection.Exact,
            _ => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{text}' selects nothing; use Any, All or Exact:n with n from 1 on."),
        };
        _selectors[kind] = new ServiceSelector(selection, count);
    }

    /// <exception cref="SigstoreException">InvalidValue, LimitExceeded, MalformedSigningConfig.</exception>
    public SigningConfig Build() => SigningConfigReader.Read(SigningConfigWriter.Write(new SigningConfig
    {
        Fulcio = _services[TrustKind.Fulcio],
        Oidc = _services[TrustKind.Oidc],
        Rekor = _services[TrustKind.Rekor],
        RekorSelector = SelectorOf(TrustKind.Rekor),
        Tsa = _services[TrustKind.Tsa],
        TsaSelector = SelectorOf(TrustKind.Tsa),
    }));

    /// <summary>
    /// With one service Any is all there is to choose; with more a default would decide how many witnesses a signature
    /// has.
    /// </summary>
    private ServiceSelector SelectorOf(TrustKind kind)
    {
        List<ServiceEndpoint> services = _services[kind];
        ServiceSelector selector = _selectors.GetValueOrDefault(kind);
        int operators = services.DistinctBy(static s => s.Operator, StringComparer.Ordinal).Count();
        if (services.Count == 0)
        {
            // With a selector and no service cosign looks for one; without both it signs without.
            return default;
        }

        return selector.Selection switch
        {
            ServiceSelection.Unspecified when services.Count == 1 => new ServiceSelector(ServiceSelection.Any),
            ServiceSelection.Unspecified => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"There are {services.Count} services of kind {kind}; give -{kind}Selector Any, All or Exact:n."),
            ServiceSelection.Exact when selector.Count > operators => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"-{kind}Selector {selector} asks for more operators of {kind} than the {operators} there are."),
            _ => selector,
        };
    }
}
