using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Policies;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>
/// Turns authorities into verification policies, and what they refer to into keys, roots and programs: each once a command,
/// however many images are judged. The rules are policy-controller's (pkg/webhook/validator.go, checkOptsFromAuthority);
/// each check they leave out is told in the result.
/// </summary>
/// <param name="services">Whom to ask.</param>
/// <param name="given">Resources given with the command, besides those in the files of the policies.</param>
internal sealed class PolicyMaterial(PolicyServices services, PolicyResources given)
{
    private readonly ConcurrentDictionary<object, Lazy<Task<object>>> _made = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _gate = new();
    private Task<TrustedRoot>? _public;

    /// <summary>What a signature must be to satisfy a key or keyless authority.</summary>
    /// <exception cref="SigstoreException">
    /// PolicyUnresolved, PolicyFailed: the authority can never pass; what reading keys and roots throws.
    /// </exception>
    public async Task<VerificationPolicy> OfAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, CancellationToken cancel) =>
        (VerificationPolicy)await Once(
            authority, async () => await MakeAsync(policy, authority).ConfigureAwait(false), cancel).ConfigureAwait(false);

    /// <summary>The program of an attestation or of the whole policy.</summary>
    /// <param name="policy">Whose companions are looked in.</param>
    /// <param name="program">Which.</param>
    /// <param name="name">What the user knows it by.</param>
    /// <param name="ofImage">It gets what all authorities found, not a statement.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="SigstoreException">PolicyUnresolved, PolicyProgramMissing.</exception>
    public async Task<IStatementPolicy> ProgramAsync(
        ClusterImagePolicy policy, PolicyProgram program, string name, bool ofImage, CancellationToken cancel) =>
        (IStatementPolicy)await Once(
            program, async () =>
            {
                byte[] text = await TextAsync(policy, program).ConfigureAwait(false);
                return program.IsRego
                    ? PolicyPrograms.RegoModule(name, text, services.SearchPath)
                    : ofImage ? PolicyPrograms.CueOfImage(name, text, services.SearchPath)
                    : PolicyPrograms.Cue(name, text, services.SearchPath);
            },
            cancel).ConfigureAwait(false);

    /// <summary>A shared task is nobody's to cancel; who stops waiting leaves it to the others.</summary>
    private Task<object> Once(object key, Func<Task<object>> make, CancellationToken cancel) =>
        _made.GetOrAdd(key, _ => new Lazy<Task<object>>(() => Task.Run(make, CancellationToken.None))).Value.WaitAsync(cancel);

    private async Task<VerificationPolicy> MakeAsync(ClusterImagePolicy policy, PolicyAuthority authority)
    {
        if (authority.IsBundle && authority.Keyless is null)
        {
            throw Never("signatureFormat bundle is evaluated for keyless authorities only");
        }

        // cosign.VerifyImageSignatures refuses them up to 3.1.2 at least: what passed here would be refused in a cluster.
        if (authority is { IsBundle: true, Attestations.Count: 0 })
        {
            throw Never(
                "signatureFormat bundle is evaluated for attestations only; ask for one of predicateType "
                + $"{Statement.CosignSign}, which signatures of images are");
        }

        return authority.Key is { } key
            ? await OfKeyAsync(policy, authority, key).ConfigureAwait(false)
            : authority.Keyless!.Url is null
                ? throw Never("ca-cert is not evaluated by policy-controller; use trustRootRef")
                : authority.IsBundle ? await OfBundleAsync(policy, authority, authority.Keyless).ConfigureAwait(false)
                : await OfCertificateAsync(policy, authority, authority.Keyless).ConfigureAwait(false);
    }

    /// <summary>A key: a log entry only where a log is named.</summary>
    private async Task<VerificationPolicy> OfKeyAsync(ClusterImagePolicy policy, PolicyAuthority authority, AuthorityKey key)
    {
        TrustedKey trusted = await KeyAsync(policy, authority.Name, key).ConfigureAwait(false);
        bool hashes = trusted.Key.Algorithm.Scheme != SignatureScheme.Ed25519;
        if (hashes && key.Hash == "sha224")
        {
            throw Never("SHA-224 is not supported here");
        }

        return await WithTimesAsync(policy, authority, new VerificationPolicy
        {
            Signer = new SignerPolicy.ByKey([trusted])
            {
                // The policy's hash is the only one: that of the curve is not tried.
                Hash = hashes ? new HashAlgorithmName(key.Hash.ToUpperInvariant()) : null,
            },
            Clock = services.Clock,
        }).ConfigureAwait(false);
    }

    private async Task<VerificationPolicy> OfCertificateAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, AuthorityKeyless keyless)
    {
        TrustedRoot root = await RootAsync(policy, keyless.TrustRoot).ConfigureAwait(false);
        return await WithTimesAsync(policy, authority, new VerificationPolicy
        {
            Signer = new SignerPolicy.ByIdentity([.. keyless.Identities.Select(Identity)]),
            Root = new TrustedRoot
            {
                CertificateAuthorities = root.CertificateAuthorities, CertificateLogs = root.CertificateLogs,
            },
            SkipSct = keyless.IgnoreSct,
            Clock = services.Clock,
        }).ConfigureAwait(false);
    }

    /// <summary>Which log and which timestamps: the older format takes each from a trust root of its own.</summary>
    private async Task<VerificationPolicy> WithTimesAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, VerificationPolicy wanted)
    {
        // An authority that names timestamps is not asked for a log.
        bool stamped = authority.Timestamp?.TrustRoot is not null;
        string? logRoot = authority.Log?.TrustRoot;
        bool logged = !stamped && (authority.Log is { } log ? log.Url is not null || logRoot is not null
            : authority.Keyless is { TrustRoot: null });
        IReadOnlyList<TransparencyLogInstance> logs = logged
            ? (await RootAsync(policy, logRoot).ConfigureAwait(false)).Logs : [];
        IReadOnlyList<CertificateAuthority> times = stamped
            ? (await RootAsync(policy, authority.Timestamp!.TrustRoot).ConfigureAwait(false)).TimestampAuthorities : [];
        return wanted with
        {
            Root = wanted.Root with { Logs = logs, TimestampAuthorities = times },
            SkipTransparencyLog = !logged,
            SkipTimestamp = !stamped,
            TimestampThreshold = stamped ? 1 : 0,
        };
    }

    /// <summary>Bundles have one trust root for everything.</summary>
    private async Task<VerificationPolicy> OfBundleAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, AuthorityKeyless keyless)
    {
        if ((authority.Timestamp is { } time && time.TrustRoot != keyless.TrustRoot)
            || (authority.Log is { } log && log.TrustRoot != keyless.TrustRoot))
        {
            throw Never("for bundles, the trustRootRef of ctlog, rfc3161timestamp and keyless must be the same");
        }

        bool stamped = authority.Timestamp is not null;
        return new VerificationPolicy
        {
            Signer = new SignerPolicy.ByIdentity([.. keyless.Identities.Select(Identity)]),
            Root = await RootAsync(policy, keyless.TrustRoot).ConfigureAwait(false),
            SkipSct = keyless.IgnoreSct,
            SkipTransparencyLog = stamped,
            TimestampThreshold = stamped ? 1 : 0,
            Clock = services.Clock,
        };
    }

    private async Task<TrustedRoot> RootAsync(ClusterImagePolicy policy, string? name)
    {
        if (name is null)
        {
            Task<TrustedRoot> shared;
            lock (_gate)
            {
                shared = _public ??= Task.Run(() => services.PublicTrust(CancellationToken.None), CancellationToken.None);
            }

            return await shared.ConfigureAwait(false);
        }

        TrustRootResource resource = given.TrustRoots.GetValueOrDefault(name)
            ?? policy.Companions.TrustRoots.GetValueOrDefault(name)
            ?? throw PolicyServices.Unresolved($"there is no TrustRoot '{name}'; give it with -TrustRootResource");

        // By the resource, not by its name: files of different people may use one name for different roots.
        return (TrustedRoot)await Once(
            resource, async () => await services.NamedTrust.ReadAsync(resource, CancellationToken.None)
                .ConfigureAwait(false),
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<TrustedKey> KeyAsync(ClusterImagePolicy policy, string authority, AuthorityKey key)
    {
        if (key.Data is { } data)
        {
            return new TrustedKey($"key of {authority}", data);
        }

        if (key.Kms is { } reference)
        {
            SigstorePublicKey known = await services.Keys
                .ReadPublicKeyAsync(reference, services.KeyAccess, CancellationToken.None).ConfigureAwait(false);
            return new TrustedKey(known.Reference, known.Key);
        }

        IReadOnlyDictionary<string, byte[]> secret = given.Secrets.GetValueOrDefault(key.Secret!)
            ?? policy.Companions.Secrets.GetValueOrDefault(key.Secret!)
            ?? throw PolicyServices.Unresolved($"there is no Secret '{key.Secret}'; give it with -Resource");
        if (secret.Count != 1)
        {
            throw PolicyServices.Unresolved($"the Secret '{key.Secret}' has {secret.Count} entries, and not the key alone");
        }

        try
        {
            return new TrustedKey($"Secret {key.Secret}", PolicyKey.Read(secret.Values.First(), out _));
        }
        catch (FormatException)
        {
            throw PolicyServices.Unresolved($"the entry of the Secret '{key.Secret}' is no public key");
        }
    }

    private async Task<byte[]> TextAsync(ClusterImagePolicy policy, PolicyProgram program)
    {
        if (program.Data is { } data)
        {
            return Encoding.UTF8.GetBytes(data);
        }

        if (program.RemoteUrl is { } url)
        {
            return await services.DownloadAsync(url, program.RemoteDigest!, CancellationToken.None).ConfigureAwait(false);
        }

        IReadOnlyDictionary<string, string> map = given.ConfigMaps.GetValueOrDefault(program.ConfigMap!)
            ?? policy.Companions.ConfigMaps.GetValueOrDefault(program.ConfigMap!)
            ?? throw PolicyServices.Unresolved($"there is no ConfigMap '{program.ConfigMap}'; give it with -Resource");
        return map.TryGetValue(program.ConfigMapKey!, out string? text) && text.Length > 0
            ? Encoding.UTF8.GetBytes(text)
            : throw PolicyServices.Unresolved($"the ConfigMap '{program.ConfigMap}' has no entry '{program.ConfigMapKey}'");
    }

    /// <summary>cosign looks for a pattern anywhere in the text; whoever wrote one without anchors was warned.</summary>
    private static CertificateIdentity Identity(IdentityRule rule) => new(
        Match(rule.Subject, rule.SubjectPattern), Match(rule.Issuer, rule.IssuerPattern), new Dictionary<string, string>());

    private static TextMatch Match(string? exact, string? pattern) =>
        exact is not null ? TextMatch.Exactly(exact) : TextMatch.Containing(pattern!);

    private static SigstoreException Never(string why) =>
        new(SigstoreErrorCode.PolicyUnresolved, $"The authority can never pass: {why}.");
}
