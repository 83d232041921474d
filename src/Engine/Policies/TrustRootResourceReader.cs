using System.Security.Cryptography;
using SigstorePS.Certificates;
using SigstorePS.Encodings;
using SigstorePS.Trust;

namespace SigstorePS.Policies;

/// <summary>Reads a TrustRoot: keys and certificates, a TUF repository in an archive, or where one is.</summary>
internal static class TrustRootResourceReader
{
    /// <exception cref="SigstoreException">MalformedPolicy, LimitExceeded.</exception>
    public static TrustRootResource Read(YamlNode document)
    {
        PolicyProblems problems = new();
        PolicyFields fields = PolicyFields.Of(document, string.Empty, problems)!;
        fields.Ignore("apiVersion", "kind", "status");
        TrustRootResource root = new() { Name = PolicyReader.NameOf(fields) };
        if (fields.Map("spec") is { } spec)
        {
            int kinds = (spec.Has("remote") ? 1 : 0) + (spec.Has("repository") ? 1 : 0) + (spec.Has("sigstoreKeys") ? 1 : 0);
            if (kinds != 1)
            {
                spec.Problems.Error(
                    spec.Node, spec.Path,
                    kinds == 0 ? "one of repository, remote and sigstoreKeys is missing"
                        : "only one of repository, remote and sigstoreKeys may be there");
            }

            root = spec.Map("sigstoreKeys") is { } keys ? root with { Keys = Keys(keys) }
                : spec.Map("remote") is { } remote ? Remote(remote, root)
                : spec.Map("repository") is { } repository ? Repository(repository, root)
                : root;
            spec.Done();
        }
        else
        {
            fields.Error("spec", "it is missing");
        }

        fields.Done();
        problems.Throw($"The trust root '{root.Name}' is not valid");
        return root;
    }

    private static TrustRootResource Remote(PolicyFields fields, TrustRootResource root)
    {
        string? mirror = fields.Text("mirror");
        if (mirror is null)
        {
            fields.Error("mirror", "it is missing");
        }

        byte[]? first = Bytes(fields, "root", needed: true);
        fields.Ignore("targets");
        string target = fields.Text("trustedRootTarget") ?? root.Target;
        fields.Done();
        return root with { Mirror = mirror, Root = first, Target = target };
    }

    private static TrustRootResource Repository(PolicyFields fields, TrustRootResource root)
    {
        if (fields.Text("targets") is not (null or "targets"))
        {
            fields.Error("targets", "the targets of a repository are in its folder 'targets'");
        }

        byte[]? first = Bytes(fields, "root", needed: true);
        byte[]? archive = Bytes(fields, "mirrorFS", needed: true);
        string target = fields.Text("trustedRootTarget") ?? root.Target;
        fields.Done();
        return root with { Archive = archive, Root = first, Target = target };
    }

    private static TrustedRoot Keys(PolicyFields fields)
    {
        IReadOnlyList<PolicyFields> authorities = fields.Maps("certificateAuthorities");
        IReadOnlyList<PolicyFields> timestamps = fields.Maps("timestampAuthorities");
        if (authorities.Count + timestamps.Count == 0)
        {
            fields.Problems.Error(
                fields.Node, fields.Path, "one of certificateAuthorities and timestampAuthorities is missing");
        }

        TrustedRoot root = new()
        {
            CertificateAuthorities = [.. authorities.SelectMany(static a => Authority(a, ofTime: false))],
            TimestampAuthorities = [.. timestamps.SelectMany(static a => Authority(a, ofTime: true))],
            Logs = [.. fields.Maps("tLogs").Select(Log).OfType<TransparencyLogInstance>()],
            CertificateLogs = [.. fields.Maps("ctLogs").Select(Log).OfType<TransparencyLogInstance>()],
        };
        fields.Done();
        return root;
    }

    /// <summary>
    /// One authority for each certificate that issued itself, with the others below it: policy-controller takes those for
    /// anchors and nothing else, wherever in the chain they stand.
    /// </summary>
    private static IEnumerable<CertificateAuthority> Authority(PolicyFields fields, bool ofTime)
    {
        PolicyFields? subject = fields.Map("subject");
        string? organization = subject?.Text("organization");
        string? commonName = subject?.Text("commonName");
        subject?.Done();
        string uri = fields.Text("uri") ?? string.Empty;
        List<ParsedCertificate> chain = Chain(fields);
        fields.Done();
        List<ParsedCertificate> anchors = [.. chain.Where(static c => c.IsSelfIssued)];
        if (anchors.Count == 0)
        {
            fields.Error("certChain", "no certificate of it issued itself: it leads nowhere");
        }

        if (ofTime && chain.Count(static c => !c.IsAuthority && !c.IsSelfIssued) > 1)
        {
            fields.Error("certChain", "it has more than one certificate that signs timestamps");
        }

        return anchors.Select(anchor => new CertificateAuthority
        {
            Organization = organization,
            CommonName = commonName,
            Uri = uri,
            Chain = [.. chain.Where(static c => !c.IsSelfIssued).Append(anchor).Select(static c => c.Der)],
            Validity = ValidityPeriod.Always,
        });
    }

    private static List<ParsedCertificate> Chain(PolicyFields fields)
    {
        byte[]? pem = Bytes(fields, "certChain", needed: true);
        try
        {
            IReadOnlyList<PemBlock> blocks = pem is null ? [] : Pem.Read(pem);
            if (blocks.Count > Limits.ChainCertificates || blocks.Any(static b => b.Label != "CERTIFICATE"))
            {
                throw new FormatException($"one to {Limits.ChainCertificates} certificates in PEM are expected");
            }

            return [.. blocks.Select(static b => ParsedCertificate.Parse(b.Data))];
        }
        catch (Exception e) when (e is FormatException or SigstoreException)
        {
            fields.Error("certChain", e.Message);
            return [];
        }
    }

    private static TransparencyLogInstance? Log(PolicyFields fields)
    {
        string url = fields.Text("baseURL") ?? string.Empty;
        if (fields.Text("hashAlgorithm") is { } hash
            && hash.Replace("-", "", StringComparison.Ordinal) is not ("sha256" or "sha384" or "sha512"))
        {
            fields.Error("hashAlgorithm", "it is none of sha-256, sha-384 and sha-512");
        }

        byte[]? pem = Bytes(fields, "publicKey", needed: true);
        fields.Done();
        try
        {
            if (pem is null)
            {
                return null;
            }

            Crypto.PublicKey key = PolicyKey.Read(pem, out _);
            return new TransparencyLogInstance
            {
                BaseUrl = url,
                Key = key,
                LogId = SHA256.HashData(key.Spki.Span),
                Validity = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
            };
        }
        catch (FormatException e)
        {
            fields.Error("publicKey", e.Message);
            return null;
        }
    }

    /// <summary>Base64, line ends aside, which block texts of YAML bring along.</summary>
    private static byte[]? Bytes(PolicyFields fields, string name, bool needed)
    {
        string? text = fields.Text(name);
        if (text is null)
        {
            if (needed)
            {
                fields.Error(name, "it is missing");
            }

            return null;
        }

        try
        {
            return Base64Text.Decode(string.Concat(text.Where(static c => c is not ('\n' or '\r' or ' '))));
        }
        catch (FormatException)
        {
            fields.Error(name, "it is no base64");
            return null;
        }
    }
}
