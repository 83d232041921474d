using System.Text;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Which SBOMs to look for.</summary>
internal sealed record SbomQuery
{
    /// <summary>Types to list; empty: all.</summary>
    public IReadOnlyCollection<string> Types { get; init; } = [];

    /// <summary>Also those in attestations, unverified.</summary>
    public bool Attested { get; init; }
}

/// <summary>An SBOM that was found: how to show it, and how to read it.</summary>
/// <param name="Sbom">What is known of it.</param>
/// <param name="Blob">The blob it is in; of an attested one the digest and size of the predicate.</param>
/// <param name="Inline">The content of an attested one.</param>
internal sealed record FoundSbom(ImageSbom Sbom, Descriptor Blob, byte[]? Inline = null);

/// <summary>
/// Finds the SBOMs of an image in every place: the <c>.sbom</c> tag, referrers of cosign and of others, attestations.
/// Media types are their writers' word.
/// </summary>
internal static class SbomFinder
{
    private const string Unknown = "unknown";

    /// <exception cref="SigstoreException">LimitExceeded, and whatever the store throws.</exception>
    public static async Task<IReadOnlyList<FoundSbom>> FindAsync(
        ImageTarget target, SbomQuery wanted, ImageQuery query, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        List<FoundSbom> found = [];
        foreach (AttachedManifest attached in await AttachedManifest
            .FindAsync(target, query.TagPrefix, cancel).ConfigureAwait(false))
        {
            IReadOnlyList<(Descriptor Layer, SbomKind Kind)> layers =
                [.. LayersOf(target, attached).Where(l => IsWanted(l.Kind, wanted))];
            bool signed = layers.Count > 0
                && await IsSignedAsync(target, attached.Manifest, query, cancel).ConfigureAwait(false);
            StoredAt at = new(
                attached.Storage, ImageTarget.PinnedIn(target.SignatureStore, attached.Manifest.Digest), 0);
            found.AddRange(layers.Select(l => new FoundSbom(
                SbomRecords.Of(target, l.Layer, l.Kind, at, attached.Manifest.Created, signed), l.Layer)));
            Bound(target, found);
        }

        if (wanted.Attested)
        {
            found.AddRange(await AttestedAsync(target, wanted, query, reports, cancel).ConfigureAwait(false));
            Bound(target, found);
        }

        return found;
    }

    /// <summary>What keeps a listing from being taken for a proof.</summary>
    public static string Warning(ImageSbom sbom) => sbom.Storage == "Attestation"
        ? $"The attestation {sbom.SbomReference} was not verified: Test-ImageAttestation does that."
        : sbom.Signed
        ? $"The signature of the SBOM {sbom.SbomReference} was not verified: Test-ImageSignature does that."
        : $"The SBOM {sbom.SbomReference} is unsigned: whoever may push to the repository can have written it. "
            + "Attest SBOMs instead (Set-ImageAttestation).";

    private static IEnumerable<(Descriptor Layer, SbomKind Kind)> LayersOf(ImageTarget target, AttachedManifest attached)
    {
        // A list or tag is whatever somebody wrote who may push; see RemovalPlan.Belongs.
        if (attached.Storage != SignatureStorage.SignatureTag && attached.Manifest.Subject?.Digest != target.Digest)
        {
            return [];
        }

        SbomKind? whole = SbomKind.Of(attached.Manifest.ArtifactType) ?? SbomKind.Of(attached.Manifest.Config?.MediaType);
        return attached.Manifest.Layers
            .Select(layer => (layer, SbomKind.Of(layer.MediaType) ?? whole
                ?? (attached.Kind == "Sbom" ? new SbomKind(Unknown, Unknown) : null)))
            .Where(static l => l.Item2 is not null)
            .Select(static l => (l.layer, l.Item2!));
    }

    private static bool IsWanted(SbomKind kind, SbomQuery wanted) =>
        wanted.Types.Count == 0 || wanted.Types.Contains(kind.Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether anything that calls itself a signature hangs on the manifest.</summary>
    private static async Task<bool> IsSignedAsync(
        ImageTarget target, Manifest manifest, ImageQuery query, CancellationToken cancel)
    {
        ImageTarget sbom = target with { Store = target.SignatureStore, Image = manifest.Descriptor };
        return (await AttachedManifest.FindAsync(sbom, query.TagPrefix, cancel).ConfigureAwait(false))
            .Any(static a => a.Kind == "Signature");
    }

    private static async Task<IReadOnlyList<FoundSbom>> AttestedAsync(
        ImageTarget target, SbomQuery wanted, ImageQuery query, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        ListedAttestations listed = await AttestationRecords
            .ListAsync(target, query, null, reports, cancel).ConfigureAwait(false);
        foreach (SigstoreException failure in listed.Failures)
        {
            reports.Report(EngineReport.Warning($"{target.Pinned}: an attestation could not be read: {failure.Message}"));
        }

        List<FoundSbom> found = [];
        foreach (ImageAttestation attestation in listed.Attestations)
        {
            string? type = attestation.PredicateType switch
            {
                PredicateType.Spdx => SbomKind.Spdx,
                PredicateType.CycloneDx => SbomKind.CycloneDx,
                "https://syft.dev/bom" => SbomKind.Syft,
                var uri when uri.StartsWith("https://spdx.dev/Document/", StringComparison.Ordinal) => SbomKind.Spdx,
                _ => null,
            };
            if (type is null || !IsWanted(new SbomKind(type, Unknown), wanted))
            {
                continue;
            }

            if (Predicate(attestation.Statement) is not (var content, var format))
            {
                reports.Report(EngineReport.Warning(
                    $"{target.Pinned}: the attestation {attestation.AttestationReference} holds half characters, and no SBOM."));
                continue;
            }

            Descriptor blob = new(attestation.PredicateType, Digest.Sha256(content), content.Length);
            StoredAt at = new("Attestation", attestation.AttestationReference, 0);
            found.Add(new FoundSbom(
                SbomRecords.Of(target, blob, new SbomKind(type, format), at, attestation.Created, signed: true),
                blob, content));
        }

        return found;
    }

    /// <summary>cosign attests SPDX text, of whatever spelling, as one JSON string.</summary>
    private static (byte[] Content, string Format)? Predicate(string statement)
    {
        try
        {
            JsonElement predicate = Statement.Parse(Encoding.UTF8.GetBytes(statement)).Predicate;
            if (predicate.ValueKind == JsonValueKind.String)
            {
                byte[] text = Encoding.UTF8.GetBytes(predicate.GetString()!);
                return (text, SbomContent.Detect(text)?.Format ?? SbomKind.Text);
            }

            return predicate.ValueKind == JsonValueKind.Undefined
                ? ([], SbomKind.Json)
                : (Encoding.UTF8.GetBytes(predicate.GetRawText()), SbomKind.Json);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void Bound(ImageTarget target, List<FoundSbom> found)
    {
        if (found.Count > Limits.Sboms)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{target.Pinned} has more than {Limits.Sboms} SBOMs.");
        }
    }
}
