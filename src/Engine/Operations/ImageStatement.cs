using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// The one statement that signs an image, as <see cref="Statement.ForImageSignature"/> writes it. What was signed
/// elsewhere and is stored as an image signature says this and no more: a signer who thought that he signed something
/// else of several things has not signed this image.
/// </summary>
internal static class ImageStatement
{
    /// <exception cref="SigstoreException">
    /// PredicateTypeMismatch: it states something else. ClaimMismatch: not of this image alone. MalformedSignature.
    /// </exception>
    public static void Demand(string payloadType, ReadOnlyMemory<byte> payload, Digest digest)
    {
        try
        {
            if (payloadType != MediaTypes.InToto)
            {
                throw new FormatException($"its type is {PlainText.Clean(payloadType, 100)}, not {MediaTypes.InToto}");
            }

            Statement statement = Statement.Parse(payload);
            if (statement.PredicateType != Statement.CosignSign)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.PredicateTypeMismatch,
                    $"The signed statement is of type {PlainText.Clean(statement.PredicateType, 200)} and signs no image: store "
                    + "an attestation with Add-ImageAttestation.");
            }

            if (statement.Subjects is not [{ Digests: { Count: 1 } digests }]
                || !digests.TryGetValue(digest.Algorithm, out string? hex) || hex != digest.Hex)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ClaimMismatch, $"The signed statement does not speak about {digest}, and about that alone.");
            }

            DemandNothingElse(payload);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The payload is not what was to be signed: {e.Message}.", e);
        }
    }

    private static void DemandNothingElse(ReadOnlyMemory<byte> payload)
    {
        using JsonDocument document = StrictJson.Parse(payload);
        JsonElement root = document.RootElement;
        StrictJson.OnlyMembers(root, "_type", "subject", "predicateType", "predicate");
        StrictJson.OnlyMembers(root.GetProperty("subject")[0], "digest", "annotations");
        if (StrictJson.String(root, "_type") != Statement.TypeV1
            || (root.TryGetProperty("predicate", out JsonElement predicate)
                && (predicate.ValueKind != JsonValueKind.Object || predicate.EnumerateObject().Any())))
        {
            throw new FormatException("its predicate is not empty, or it is of an older version");
        }

        if (StrictJson.OptionalObject(root.GetProperty("subject")[0], "annotations") is { } annotations
            && annotations.EnumerateObject().Any(static a => a.Value.ValueKind != JsonValueKind.String))
        {
            throw new FormatException("an annotation is no text");
        }
    }
}
