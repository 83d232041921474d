using SigstorePS.Encodings;
using SigstorePS.InToto;
using SigstorePS.Policies;

namespace SigstorePS.Operations;

/// <summary>What a policy is made of by parameters.</summary>
internal sealed record PolicyDraft
{
    public required string Name { get; init; }

    /// <summary><c>v1alpha1</c> or <c>v1beta1</c>.</summary>
    public string Version { get; init; } = "v1beta1";

    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Keys as PEM text, or references of key services: an authority each.</summary>
    public IReadOnlyList<(string? Pem, string? Kms)> Keys { get; init; } = [];

    /// <summary>Identities: all in one authority, any of them will do.</summary>
    public IReadOnlyList<(string Subject, bool SubjectIsPattern, string Issuer, bool IssuerIsPattern)> Identities { get; init; } = [];

    /// <summary><c>pass</c> or <c>fail</c>; null: none.</summary>
    public string? Static { get; init; }

    public string? Message { get; init; }

    /// <summary>Attestations that each authority must have.</summary>
    public IReadOnlyList<string> PredicateTypes { get; init; } = [];

    /// <summary>Address of the log that keys must be in; keyless without one asks the public log.</summary>
    public string? RekorUrl { get; init; }

    public string? TrustRoot { get; init; }

    public bool Warns { get; init; }

    public bool IsBundle { get; init; }

    /// <summary>The policy, read again from what was written: what is emitted is what would be read.</summary>
    /// <exception cref="SigstoreException">MalformedPolicy: it could never be read.</exception>
    public SigstorePolicy Build(string source)
    {
        YamlNode document = PolicyYaml.Map(
            ("apiVersion", PolicyYaml.Text($"policy.sigstore.dev/{Version}")),
            ("kind", PolicyYaml.Text("ClusterImagePolicy")),
            ("metadata", PolicyYaml.Map(("name", PolicyYaml.Text(Name)))),
            ("spec", PolicyYaml.Map(
                ("mode", Warns ? PolicyYaml.Text("warn") : null),
                ("images", PolicyYaml.List(Images.Select(static g => PolicyYaml.Map(("glob", PolicyYaml.Text(g)))))),
                ("authorities", PolicyYaml.List(Authorities())))));
        SigstorePolicy made = PolicyFiles.Read(PolicyYaml.Write(document), source)[0];
        return made;
    }

    private IEnumerable<YamlNode> Authorities()
    {
        if (Static is not null)
        {
            yield return PolicyYaml.Map(("static", PolicyYaml.Map(
                ("action", PolicyYaml.Text(Static)), ("message", Optional(Message)))));
        }

        foreach ((string? pem, string? kms) in Keys)
        {
            yield return Signed(("key", PolicyYaml.Map(("data", Optional(pem)), ("kms", Optional(kms)))));
        }

        if (Identities.Count > 0)
        {
            yield return Signed(("keyless", PolicyYaml.Map(
                ("url", PolicyYaml.Text("https://fulcio.sigstore.dev")),
                ("identities", PolicyYaml.List(Identities.Select(static i => PolicyYaml.Map(
                    (i.IssuerIsPattern ? "issuerRegExp" : "issuer", PolicyYaml.Text(i.Issuer)),
                    (i.SubjectIsPattern ? "subjectRegExp" : "subject", PolicyYaml.Text(i.Subject)))))),
                ("trustRootRef", Optional(TrustRoot)))));
        }
    }

    /// <summary>policy-controller takes bundles as attestations only, and a signature of cosign 3 is one of that type.</summary>
    private IReadOnlyList<string> Types => IsBundle && PredicateTypes.Count == 0 ? [Statement.CosignSign] : PredicateTypes;

    private YamlNode Signed((string Name, YamlNode? Value) signer) => PolicyYaml.Map(
        signer,
        ("ctlog", RekorUrl is null && TrustRoot is null ? null : PolicyYaml.Map(
            ("url", Optional(RekorUrl)), ("trustRootRef", Optional(TrustRoot)))),
        ("attestations", Types.Count == 0 ? null : PolicyYaml.List(Types.Select(static (t, i) => PolicyYaml.Map(
            ("name", PolicyYaml.Text($"attestation-{i}")), ("predicateType", PolicyYaml.Text(t)))))),
        ("signatureFormat", IsBundle ? PolicyYaml.Text("bundle") : null));

    private static YamlNode? Optional(string? text) => text is null ? null : PolicyYaml.Text(text);
}
