using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Policies;

/// <summary>
/// Reads one authority, with the rules of policy-controller's validating webhook (clusterimagepolicy_validation.go); those
/// of v1alpha1 and v1beta1 are the same.
/// </summary>
internal static class AuthorityReader
{
    private const string PublicFulcio = "https://fulcio.sigstore.dev";
    private static readonly string[] Hashes = ["sha224", "sha256", "sha384", "sha512"];

    public static PolicyAuthority Read(PolicyFields fields, int index)
    {
        int kinds = (fields.Has("key") ? 1 : 0) + (fields.Has("keyless") ? 1 : 0) + (fields.Has("static") ? 1 : 0);
        if (kinds != 1)
        {
            fields.Problems.Error(
                fields.Node, fields.Path,
                kinds == 0 ? "one of key, keyless and static is missing" : "only one of key, keyless and static may be there");
        }

        AuthorityStatic? verdict = fields.Map("static") is { } s ? Static(s) : null;
        foreach (string other in fields.Has("static") ? ["attestations", "source", "ctlog", "rfc3161timestamp"] : (string[])[])
        {
            if (fields.Value(other) is { Items: not { Count: 0 } })
            {
                fields.Error(other, "it means nothing beside static");
            }
        }

        string? format = fields.Text("signatureFormat");
        if (format is not (null or "legacy" or "bundle"))
        {
            fields.Warn("signatureFormat", "it is neither legacy nor bundle, and taken for legacy");
        }

        PolicyAuthority authority = new()
        {
            Name = fields.Text("name") ?? $"authority-{index}",
            Key = fields.Map("key") is { } key ? Key(key) : null,
            Keyless = fields.Map("keyless") is { } keyless ? Keyless(keyless) : null,
            Static = verdict,
            Source = Source(fields),
            Log = fields.Map("ctlog") is { } log ? Log(log) : null,
            Timestamp = fields.Map("rfc3161timestamp") is { } time ? Timestamp(time) : null,
            Attestations = [.. fields.Maps("attestations").Select(Attestation)],
            IsBundle = format == "bundle",
        };
        if (authority is { IsBundle: true, Keyless: null, Static: null })
        {
            fields.Warn("signatureFormat", "policy-controller takes bundles of keyless authorities only: this one never passes");
        }
        else if (authority is { IsBundle: true, Keyless: not null, Attestations.Count: 0 })
        {
            fields.Warn(
                "signatureFormat",
                "policy-controller takes bundles as attestations only: this authority never passes; ask for an attestation of "
                + $"predicateType {Statement.CosignSign}, which signatures of images are");
        }

        fields.Done();
        return authority;
    }

    private static AuthorityStatic Static(PolicyFields fields)
    {
        string? action = fields.Text("action");
        if (action is not ("pass" or "fail"))
        {
            fields.Error("action", action is null ? "it is missing" : "it is neither pass nor fail");
        }

        AuthorityStatic verdict = new(action == "pass", fields.Text("message"));
        fields.Done();
        return verdict;
    }

    private static AuthorityKey Key(PolicyFields fields)
    {
        string? data = fields.Text("data");
        string? kms = fields.Text("kms");
        string? secret = fields.Map("secretRef") is { } reference ? Secret(reference) : null;
        bool hasSecret = fields.Has("secretRef");
        int given = (data is null ? 0 : 1) + (kms is null ? 0 : 1) + (hasSecret ? 1 : 0);
        if (given != 1)
        {
            fields.Problems.Error(
                fields.Node, fields.Path,
                given == 0 ? "one of data, kms and secretRef is missing" : "only one of data, kms and secretRef may be there");
        }

        if (kms is not null && KeyServiceRule.Problem(kms) is { } problem)
        {
            fields.Error("kms", problem);
        }

        string hash = (fields.Text("hashAlgorithm") ?? "sha256").Trim().ToLowerInvariant();
        if (!Hashes.Contains(hash))
        {
            fields.Error("hashAlgorithm", $"it is none of {string.Join(", ", Hashes)}");
        }

        AuthorityKey key = new(data is null ? null : Data(fields, data), secret, kms, hash);
        fields.Done();
        return key;
    }

    private static PublicKey? Data(PolicyFields fields, string text)
    {
        try
        {
            PublicKey key = PolicyKey.Read(text, out int blocks);
            if (blocks > 1)
            {
                fields.Warn("data", $"only the first of its {blocks} PEM blocks counts");
            }

            return key;
        }
        catch (FormatException e)
        {
            fields.Error("data", e.Message);
            return null;
        }
    }

    private static string? Secret(PolicyFields fields)
    {
        if (fields.Text("namespace") is not (null or "cosign-system"))
        {
            fields.Error("namespace", "a Secret of a policy is in the namespace cosign-system");
        }

        string? name = fields.Text("name");
        if (name is null)
        {
            fields.Warn("name", "it is missing: no Secret can be meant");
        }

        fields.Done();
        return name ?? string.Empty;
    }

    private static AuthorityKeyless Keyless(PolicyFields fields)
    {
        string? url = fields.Text("url");
        bool hasCa = fields.Map("ca-cert") is { } ca && Key(ca) is not null;
        if (url is not null && hasCa)
        {
            fields.Problems.Error(fields.Node, fields.Path, "only one of url and ca-cert may be there");
        }

        if (hasCa)
        {
            fields.Warn("ca-cert", "policy-controller does not evaluate it: this authority never passes; use trustRootRef");
        }

        IReadOnlyList<IdentityRule> identities = [.. fields.Maps("identities").Select(Identity)];
        if (identities.Count == 0)
        {
            fields.Error("identities", "it is missing: whoever has a certificate would do");
        }

        AuthorityKeyless keyless = new()
        {
            Identities = identities,
            Url = url ?? (hasCa ? null : PublicFulcio),
            HasCaCert = hasCa,
            TrustRoot = fields.Text("trustRootRef"),
            IgnoreSct = fields.Flag("insecureIgnoreSCT") ?? false,
        };
        if (keyless.IgnoreSct)
        {
            fields.Warn("insecureIgnoreSCT", "certificates that nobody published are accepted");
        }

        fields.Done();
        return keyless;
    }

    private static IdentityRule Identity(PolicyFields fields)
    {
        (string? issuer, string? issuerPattern) = Either(fields, "issuer", "issuerRegExp");
        (string? subject, string? subjectPattern) = Either(fields, "subject", "subjectRegExp");
        fields.Done();
        return new IdentityRule(issuer, issuerPattern, subject, subjectPattern);
    }

    private static (string? Text, string? Pattern) Either(PolicyFields fields, string exact, string pattern)
    {
        string? text = fields.Text(exact);
        string? written = fields.Text(pattern);
        if (text is null == written is null)
        {
            fields.Error(
                exact, text is null ? $"one of {exact} and {pattern} is missing" : $"only one of {exact} and {pattern} may be there");
        }

        if (written is null)
        {
            return (text, null);
        }

        try
        {
            string net = GoPattern.ToNet(written);
            if (!GoPattern.IsAnchored(written))
            {
                fields.Warn(
                    pattern, "the pattern is not anchored by ^ and $: it matches any text that merely contains such a one");
            }

            return (text, net);
        }
        catch (FormatException e)
        {
            fields.Error(pattern, e.Message);
            return (text, null);
        }
    }

    private static AuthoritySource? Source(PolicyFields fields)
    {
        IReadOnlyList<PolicyFields> sources = fields.Maps("source");
        if (sources.Count > 1)
        {
            fields.Error("source", "only one source is supported");
        }

        return sources is not [var source, ..] ? null : Source(source, source.Text("oci"));
    }

    private static AuthoritySource Source(PolicyFields source, string? repository)
    {
        if (repository is not null)
        {
            try
            {
                ImageReference reference = ImageReference.Parse(repository);
                if (reference.IsLayout || reference.Digest is not null || repository.Split('/')[^1].Contains(':', StringComparison.Ordinal))
                {
                    source.Error("oci", "a repository is expected, without tag or digest");
                }
            }
            catch (SigstoreException e)
            {
                source.Error("oci", e.Message);
            }
        }

        string prefix = source.Text("tagPrefix") ?? string.Empty;
        if (prefix.Length > 0 && !ImageReference.IsTag($"{prefix}x"))
        {
            source.Error("tagPrefix", "no tag can begin with it");
        }

        List<string> secrets = [];
        foreach (PolicyFields secret in source.Maps("signaturePullSecrets"))
        {
            if (secret.Text("name") is { } name)
            {
                secrets.Add(name);
            }
            else
            {
                secret.Error("name", "it is missing");
            }

            secret.Done();
        }

        source.Done();
        return new AuthoritySource(repository, prefix, secrets);
    }

    private static AuthorityLog Log(PolicyFields fields)
    {
        AuthorityLog log = new(fields.Text("url"), fields.Text("trustRootRef"));
        fields.Done();
        return log;
    }

    private static AuthorityTimestamp Timestamp(PolicyFields fields)
    {
        AuthorityTimestamp timestamp = new(fields.Text("trustRootRef"));
        fields.Done();
        return timestamp;
    }

    private static AuthorityAttestation Attestation(PolicyFields fields)
    {
        string? name = fields.Text("name");
        string? type = fields.Text("predicateType");
        if (name is null)
        {
            fields.Error("name", "it is missing");
        }

        if (type is null)
        {
            fields.Error("predicateType", "it is missing");
        }
        else if (!Uri.TryCreate(type, UriKind.Absolute, out _))
        {
            fields.Warn("predicateType", "short names are deprecated; give the URI");
        }

        AuthorityAttestation attestation = new(
            name ?? string.Empty, type ?? string.Empty,
            fields.Map("policy") is { } program ? ProgramReader.Read(program, ofImage: false) : null);
        fields.Done();
        return attestation;
    }
}
