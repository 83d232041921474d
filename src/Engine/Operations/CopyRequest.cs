using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>What of the things attached to an image goes along when it is copied (cosign copy --only).</summary>
[Flags]
internal enum CopyKinds
{
    /// <summary>The image alone.</summary>
    None = 0,

    /// <summary>The <c>.sig</c> tag, and referrers that are signatures.</summary>
    Signature = 1,

    /// <summary>The <c>.att</c> tag, and bundles that state something else.</summary>
    Attestation = 2,

    /// <summary>The <c>.sbom</c> tag, and SBOM referrers of cosign's.</summary>
    Sbom = 4,

    /// <summary>Every referrer, whatever it is.</summary>
    Referrer = 8,

    /// <summary>All of it.</summary>
    All = 15,
}

/// <summary>What to copy of an image, and under which name.</summary>
internal sealed record CopyRequest
{
    /// <summary>Name in the destination; null: by digest only.</summary>
    public string? Tag { get; init; }

    /// <summary>
    /// What goes along. What is attached to something that goes along goes along too, whatever it is: an SBOM without
    /// its signature is worth little.
    /// </summary>
    public CopyKinds Include { get; init; } = CopyKinds.All;

    /// <summary>Copies the child of an index for this platform, and names that; the index stays behind.</summary>
    public Platform? Platform { get; init; }

    /// <summary>In front of <c>sha256-…</c> in the names of signature tags, on both sides.</summary>
    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>A tag that means another image, and what is no index at a fallback tag, may be replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Kinds by name, in any case.</summary>
    public static CopyKinds Kinds(IEnumerable<string> names) =>
        names.Aggregate(CopyKinds.None, static (all, one) => all | Enum.Parse<CopyKinds>(one, ignoreCase: true));

    /// <summary>Whether a kind in the words of the results goes along.</summary>
    public bool Takes(string kind, bool isReferrer) =>
        (isReferrer && Include.HasFlag(CopyKinds.Referrer))
        || (Enum.TryParse(kind, out CopyKinds one) && one != CopyKinds.None && Include.HasFlag(one));
}
