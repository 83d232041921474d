using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using SigstorePS.Operations;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>Makes a policy of what the user said, and refuses what can never pass or does not fit together.</summary>
internal sealed class PolicyArguments(SigstoreCmdlet cmdlet, PathResolver paths, IVerificationParameters said)
{
    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy, InvalidValue, and what reading keys, lists and roots throws.
    /// </exception>
    public VerificationPolicy Read(IDictionary? annotations, bool allowAttestation)
    {
        SignerPolicy signer = Signer();
        if (said.SkipClaimCheck)
        {
            cmdlet.WriteWarning("-SkipClaimCheck: a signature of anything else passes as well.");
        }

        return new VerificationPolicy
        {
            Signer = signer,
            Root = Root(signer),
            OwnAuthorities = said.CertificateAuthority.Length > 0,
            Annotations = AnnotationArgument.Read(annotations),
            PredicateType = said.PredicateType,
            AllowAttestation = allowAttestation,
            SkipClaimCheck = said.SkipClaimCheck,
            SkipTransparencyLog = said.SkipTransparencyLog,
            LogThreshold = Wanted(
                said.LogThreshold, nameof(said.LogThreshold), said.SkipTransparencyLog, nameof(said.SkipTransparencyLog)),
            SkipSct = said.SkipSct,
            SctThreshold = Wanted(said.SctThreshold, nameof(said.SctThreshold), said.SkipSct, nameof(said.SkipSct)),
            SkipTimestamp = said.SkipTimestamp,
            TimestampThreshold = Timestamps(),
            ObserverThreshold = said.ObserverThreshold,
            RevocationLists =
            [
                .. said.RevocationList.Select(
                    path => OwnAuthorities.RevocationList(paths.Read(path, Limits.RevocationList), path)),
            ],
            Clock = cmdlet.Engine.Options.Clock,
        };
    }

    private SignerPolicy Signer()
    {
        bool byIdentity = said.CertificateIdentity.Length + said.CertificateIdentityRegex.Length
            + said.CertificateIssuer.Length + said.CertificateIssuerRegex.Length > 0
            || said.CertificateExtension is not null;
        if (said.Key.Length > 0 == byIdentity)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                byIdentity
                    ? "A key has no certificate: give -Key, or -CertificateIdentity and -CertificateIssuer."
                    : "Whom to trust? Give -Key, or -CertificateIdentity and -CertificateIssuer.");
        }

        return byIdentity ? Identities() : Keys();
    }

    private SignerPolicy.ByKey Keys()
    {
        if (said.CertificateAuthority.Length > 0 || said.RevocationList.Length > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "-CertificateAuthority and -RevocationList are about certificates; -Key needs none.");
        }

        // What would be left out in silence: nobody publishes or has to observe a key.
        if (said.SctThreshold > 1 || said.ObserverThreshold > 1)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "-SctThreshold and -ObserverThreshold are about certificates; -Key needs none.");
        }

        using KeyArguments keys = new(cmdlet, paths, said.Password, said.Pin);
        return new SignerPolicy.ByKey(keys.ForVerifying(said.Key))
        {
            Hash = said.HashAlgorithm is { } name ? new HashAlgorithmName(name.ToUpperInvariant()) : null,
        };
    }

    /// <summary>
    /// Every identity with the one issuer, or each with its own: an identity means nothing without who vouched for it,
    /// and one issuer's word for another's user must not pass. Without an issuer the authorities the user named vouch.
    /// </summary>
    private SignerPolicy.ByIdentity Identities()
    {
        List<TextMatch> identities =
        [
            .. said.CertificateIdentity.Select(TextMatch.Exactly),
            .. said.CertificateIdentityRegex.Select(TextMatch.Pattern),
        ];
        List<TextMatch> issuers =
        [
            .. said.CertificateIssuer.Select(TextMatch.Exactly),
            .. said.CertificateIssuerRegex.Select(TextMatch.Pattern),
        ];
        if (said.HashAlgorithm is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-HashAlgorithm is about -Key; a certificate says its own.");
        }

        if (identities.Count == 0 || (issuers.Count == 0 && said.CertificateAuthority.Length == 0))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "An identity and who vouched for it belong together: give -CertificateIdentity and -CertificateIssuer, "
                + "or their -Regex forms. Only certificates of a -CertificateAuthority of your own may name no issuer.");
        }

        if (issuers.Count > 1 && issuers.Count != identities.Count)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"Give one issuer for all identities, or one for each: there are {identities.Count} identities and "
                + $"{issuers.Count} issuers.");
        }

        Dictionary<string, string> extensions = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry pair in said.CertificateExtension ?? new Hashtable())
        {
            extensions[Text(pair.Key)] = Text(pair.Value);
        }

        return new SignerPolicy.ByIdentity(
        [
            .. identities.Select((identity, i) =>
                new CertificateIdentity(
                    identity, issuers.Count == 0 ? null : issuers[issuers.Count == 1 ? 0 : i], extensions)),
        ]);
    }

    private static string Text(object? value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text
            ? text
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "-CertificateExtension has an empty name or value.");

    /// <summary>A key alone decides without a trust root; everything else is decided by one.</summary>
    private TrustedRoot Root(SignerPolicy signer)
    {
        bool needed = !said.SkipTransparencyLog || Timestamps() > 0
            || signer is SignerPolicy.ByIdentity && (said.CertificateAuthority.Length == 0 || !said.SkipSct);
        TrustedRoot root = said.TrustedRoot is not null || said.Instance is not null || needed
            ? new TrustArguments(cmdlet, paths).TrustRoot(said.TrustedRoot, said.Offline, said.Instance).Root
            : TrustedRoot.Empty;
        return said.CertificateAuthority.Length == 0
            ? root
            : root with
            {
                CertificateAuthorities = new CertificateArguments(paths).Authorities(
                    said.CertificateAuthority, nameof(said.CertificateAuthority)),
            };
    }

    private int Timestamps() =>
        Wanted(
            said.TimestampThreshold > 0 ? said.TimestampThreshold : said.RequireTimestamp ? 1 : 0,
            nameof(said.RequireTimestamp), said.SkipTimestamp, nameof(said.SkipTimestamp), none: 0);

    private static int Wanted(int threshold, string name, bool skipped, string skip, int none = 1) =>
        skipped && threshold > none
            ? throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, $"-{name} and -{skip} contradict each other.")
            : threshold;
}
