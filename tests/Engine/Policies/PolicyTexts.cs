using SigstorePS.Policies;

namespace SigstorePS.Tests.Policies;

/// <summary>Policies for tests, in our own words.</summary>
internal static class PolicyTexts
{
    public const string Key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZxAfzrQG1EbWyCI8LiSB7YgSFXoI
        FNGTyQGKHFc6/H8TQumT9VLS78pUwtv3w7EfKoyFZoP32KrO7nzUy2q6Cw==
        -----END PUBLIC KEY-----
        """;

    /// <summary>A whole policy of the lines below <c>spec:</c>.</summary>
    public static string Of(string spec, string version = "v1beta1") =>
        $"apiVersion: policy.sigstore.dev/{version}\nkind: ClusterImagePolicy\nmetadata: {{name: p}}\nspec:\n"
        + string.Concat(spec.ReplaceLineEndings("\n").Split('\n').Select(static l => $"  {l}\n"));

    /// <summary>A policy with these authorities, in YAML flow style.</summary>
    public static string With(string authorities, string version = "v1beta1") =>
        Of($"images: [{{glob: 'image*'}}]\nauthorities: [{authorities}]", version);

    /// <summary>A PEM text in one quoted line.</summary>
    public static string Quoted(string pem) => "\"" + pem.ReplaceLineEndings("\n").Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    public static ClusterImagePolicy Read(string text) => PolicyDocuments.ReadPolicies(text, "p.yaml").Policies[0];
}
