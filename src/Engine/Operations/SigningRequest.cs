using SigstorePS.Bundles;
using SigstorePS.Keys;
using SigstorePS.Signing;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

[Flags]
internal enum SignatureFormats
{
    Bundle = 1,
    Legacy = 2,
}

/// <summary>An opened key and the name the user knows it by.</summary>
internal sealed record SigningKey(string Reference, ISigner Signer);

/// <summary>Who signs, in which forms, and who is asked to witness it: the same for images, files and attestations.</summary>
internal sealed record SigningMeans
{
    /// <summary>One signature for each and for each format.</summary>
    public required IReadOnlyList<ISigningCredentials> Credentials { get; init; }

    public SignatureFormats Formats { get; init; } = SignatureFormats.Bundle;

    public SigningServices Services { get; init; } = new();

    /// <summary>Null: what was made is not verified before it is stored.</summary>
    public TrustedRoot? Root { get; init; } = TrustedRoot.Empty;

    public bool SkipSct { get; init; }

    /// <summary>Rekor v1 kind of envelopes.</summary>
    public string EnvelopeKind { get; init; } = "dsse";

    /// <summary>The formats in the order they are written.</summary>
    public IEnumerable<SignatureFormat> EachFormat
    {
        get
        {
            if (Formats.HasFlag(SignatureFormats.Bundle))
            {
                yield return SignatureFormat.Bundle;
            }

            if (Formats.HasFlag(SignatureFormats.Legacy))
            {
                yield return SignatureFormat.Legacy;
            }
        }
    }

    /// <summary>
    /// The older bundle of a file has no place for a timestamp: one that is signed with a certificate and in no log would
    /// say nowhere when, and hold for nobody.
    /// </summary>
    /// <exception cref="SigstoreException">TransparencyLogRequired: before anything is signed.</exception>
    public void DemandWitnessInFile()
    {
        if (Formats.HasFlag(SignatureFormats.Legacy) && Services is { Fulcio: not null, LegacyLogs.Count: 0 })
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "-Format Legacy of a file has no place for a timestamp: without a log entry nobody can say later that the "
                + "signature was made while its certificate lived. Use -Format Bundle, or give -RekorUri.");
        }
    }

    public SigningPlan PlanFor(SignatureFormat format) => Services.PlanFor(format) with
    {
        Root = Root,
        SkipSct = SkipSct,
        EnvelopeKind = EnvelopeKind,
    };
}

/// <summary>What to sign images with, in which form, and where to put it.</summary>
internal sealed record SigningRequest
{
    public required SigningMeans Means { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Own text for critical.identity.docker-reference (legacy payload).</summary>
    public string? DockerReference { get; init; }

    /// <summary>A ready payload to sign instead of a generated one (legacy).</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Store legacy signatures as OCI 1.1 referrers instead of under the <c>.sig</c> tag.</summary>
    public bool LegacyAsReferrer { get; init; }

    /// <summary>Write Docker schema 2 manifests for legacy signatures.</summary>
    public bool DockerMediaTypes { get; init; }

    /// <summary>Created time of legacy signature configs; null: the zero time, which keeps them reproducible.</summary>
    public DateTimeOffset? LegacyCreated { get; init; }

    /// <summary>Created annotation of bundle referrers; null: now.</summary>
    public DateTimeOffset? BundleCreated { get; init; }

    /// <summary>Sign nothing that one of these signers has signed already with the same annotations.</summary>
    public bool SkipIfSigned { get; init; }

    /// <summary>False: make the signature, store it nowhere.</summary>
    public bool Upload { get; init; } = true;

    /// <summary>Overwrite a fallback tag that holds something other than an index.</summary>
    public bool Force { get; init; }
}
