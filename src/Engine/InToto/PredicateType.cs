namespace SigstorePS.InToto;

/// <summary>Predicate types: cosign's short names and the URIs they stand for.</summary>
internal static class PredicateType
{
    /// <summary>cosign's own: text of any kind, wrapped.</summary>
    public const string Custom = "https://cosign.sigstore.dev/attestation/v1";

    public const string SlsaProvenance02 = "https://slsa.dev/provenance/v0.2";
    public const string SlsaProvenance1 = "https://slsa.dev/provenance/v1";
    public const string Link = "https://in-toto.io/Link/v1";
    public const string Spdx = "https://spdx.dev/Document";
    public const string CycloneDx = "https://cyclonedx.org/bom";
    public const string Vulnerabilities = "https://cosign.sigstore.dev/attestation/vuln/v1";
    public const string OpenVex = "https://openvex.dev/ns";

    /// <summary>Short name to URI, in cosign's order. Two names stand for one SPDX type with different shapes.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ShortNames { get; } =
    [
        new("custom", Custom),
        new("slsaprovenance", SlsaProvenance02),
        new("slsaprovenance02", SlsaProvenance02),
        new("slsaprovenance1", SlsaProvenance1),
        new("link", Link),
        new("spdx", Spdx),
        new("spdxjson", Spdx),
        new("cyclonedx", CycloneDx),
        new("vuln", Vulnerabilities),
        new("openvex", OpenVex),
    ];

    /// <summary>The URI a short name stands for, in any case; any absolute URI stands for itself.</summary>
    /// <exception cref="SigstoreException">InvalidValue: neither.</exception>
    public static string UriOf(string name)
    {
        foreach ((string known, string uri) in ShortNames)
        {
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
            {
                return uri;
            }
        }

        return Uri.TryCreate(name, UriKind.Absolute, out Uri? given) && !given.IsFile
            ? name
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{name}' is no predicate type: give a URI or one of "
                + $"{string.Join(", ", ShortNames.Select(static n => n.Key))}.");
    }
}
