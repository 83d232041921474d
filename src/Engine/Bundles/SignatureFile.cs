using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>
/// Any file a signature comes in: a sigstore bundle, several of them (JSON Lines, or the <c>attestations</c> that npm's
/// and GitHub's servers answer with), an old bundle of cosign, or a DSSE envelope by itself.
/// </summary>
internal static class SignatureFile
{
    /// <summary>Every signature in the file, at least one.</summary>
    /// <param name="content">The file.</param>
    /// <param name="lines">Whether its name says JSON Lines; without that, a second JSON text in it does.</param>
    /// <exception cref="SigstoreException">
    /// MalformedBundle, MalformedSignature, MalformedLogEntry, MalformedCertificate, Unsupported, LimitExceeded.
    /// </exception>
    public static IReadOnlyList<SignedArtifact> Read(ReadOnlyMemory<byte> content, bool lines = false)
    {
        if (content.Length > Limits.BundleFile)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A file of {content.Length} bytes with signatures is over {Limits.BundleFile}.");
        }

        List<SignedArtifact> found = [];
        IReadOnlyList<ReadOnlyMemory<byte>> texts =
            lines || JsonLines.AreIn(content.Span) ? JsonLines.Split(content) : [content];
        for (int i = 0; i < texts.Count; i++)
        {
            try
            {
                found.AddRange(ReadOne(texts[i]));
            }
            catch (SigstoreException e) when (texts.Count > 1)
            {
                throw new SigstoreException(e.Code, $"Signature {i + 1} of {texts.Count}: {e.Message}", e);
            }
        }

        return found.Count > 0
            ? found
            : throw new SigstoreException(SigstoreErrorCode.MalformedBundle, "There is no bundle in the text.");
    }

    /// <summary>The one signature of a file.</summary>
    /// <exception cref="SigstoreException">As <see cref="Read"/>; MalformedBundle: there are several.</exception>
    public static SignedArtifact ReadSingle(ReadOnlyMemory<byte> content) => Read(content) switch
    {
        [SignedArtifact artifact] => artifact,
        IReadOnlyList<SignedArtifact> several => throw new SigstoreException(
            SigstoreErrorCode.MalformedBundle, $"There are {several.Count} signatures where one is wanted."),
    };

    private static IReadOnlyList<SignedArtifact> ReadOne(ReadOnlyMemory<byte> text)
    {
        JsonDocument document;
        try
        {
            document = StrictJson.Parse(text);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, $"The bundle cannot be read: {e.Message}", e);
        }

        using (document)
        {
            return ReadOne(text, document.RootElement);
        }
    }

    private static IReadOnlyList<SignedArtifact> ReadOne(ReadOnlyMemory<byte> text, JsonElement root)
    {
        // A bundle by its media type, whatever else is in it: its reader refuses what does not belong there.
        if (root.TryGetProperty("mediaType", out _) || root.TryGetProperty("media_type", out _))
        {
            return [SignedArtifact.FromBundle(text)];
        }

        if (CosignParts.Guarded("old bundle", () => CosignBundle.Is(root)))
        {
            return [CosignBundle.Read(root) with { LegacyContent = text.ToArray() }];
        }

        if (root.TryGetProperty("payloadType", out _))
        {
            return [SignedArtifact.FromEnvelope(text) with { LegacyContent = text.ToArray() }];
        }

        return root.TryGetProperty("attestations", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? Answer(list)
            : [SignedArtifact.FromBundle(text)];
    }

    private static List<SignedArtifact> Answer(JsonElement attestations)
    {
        int count = attestations.GetArrayLength();
        if (count > Limits.BundleLines)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"There are {count} attestations, over {Limits.BundleLines}.");
        }

        List<SignedArtifact> bundles = new(count);
        foreach (JsonElement attestation in attestations.EnumerateArray())
        {
            bundles.Add(attestation.ValueKind == JsonValueKind.Object
                && attestation.TryGetProperty("bundle", out JsonElement bundle)
                ? SignedArtifact.FromBundle(System.Text.Encoding.UTF8.GetBytes(bundle.GetRawText()))
                : throw new SigstoreException(
                    SigstoreErrorCode.MalformedBundle, "An attestation of the text has no bundle."));
        }

        return bundles;
    }
}
