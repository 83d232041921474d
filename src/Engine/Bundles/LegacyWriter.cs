using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>What cosign 1 and 2 keep beside a signature, written as they write it.</summary>
internal static class LegacyWriter
{
    private const string CertificateLabel = "CERTIFICATE";

    /// <summary>The annotations of a layer of <c>.sig</c> or <c>.att</c>; an envelope has its signature in itself.</summary>
    public static Dictionary<string, string> Annotations(SignedArtifact artifact)
    {
        Dictionary<string, string> annotations = new(StringComparer.Ordinal)
        {
            [MediaTypes.SignatureAnnotation] =
                artifact.Envelope is null ? Convert.ToBase64String(artifact.Signature.Span) : string.Empty,
        };
        if (artifact.Certificate is { } certificate)
        {
            annotations[MediaTypes.CertificateAnnotation] = PemOf([certificate]);
        }

        if (artifact.Chain.Count > 0)
        {
            annotations[MediaTypes.ChainAnnotation] = PemOf(artifact.Chain);
        }

        if (artifact.LogEntries is [var entry, ..])
        {
            annotations[MediaTypes.RekorBundleAnnotation] = Encoding.UTF8.GetString(CompactJson.Bytes(RekorBundle(entry)));
        }

        if (artifact.Timestamps is [var timestamp, ..])
        {
            annotations[MediaTypes.TimestampAnnotation] = Encoding.UTF8.GetString(Timestamp(timestamp));
        }

        return annotations;
    }

    /// <summary>PEM text, leaf or nearest first.</summary>
    public static string PemOf(IEnumerable<ReadOnlyMemory<byte>> certificates) => string.Concat(
        certificates.Select(static c => Encoding.ASCII.GetString(Pem.Write(CertificateLabel, c.Span))));

    /// <summary>The JSON text around a timestamp response.</summary>
    public static byte[] Timestamp(ReadOnlyMemory<byte> response) => CompactJson.Bytes(
        new JsonObject { ["SignedRFC3161Timestamp"] = Convert.ToBase64String(response.Span) });

    /// <summary>
    /// The bundle of <c>cosign 2 sign-blob --bundle</c>: <c>base64Signature</c>, <c>cert</c> (base64 of PEM of the
    /// certificate or the public key) and, with an entry, <c>rekorBundle</c>.
    /// </summary>
    public static byte[] BlobBundle(SignedArtifact artifact, PublicKey key)
    {
        string signer = artifact.Certificate is { } certificate ? PemOf([certificate]) : key.ToPem();
        JsonObject root = new()
        {
            ["base64Signature"] = Convert.ToBase64String(
                artifact.EnvelopeContent is { } envelope ? envelope : artifact.Signature.Span),
            ["cert"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(signer)),
        };
        if (artifact.LogEntries is [var entry, ..])
        {
            root["rekorBundle"] = RekorBundle(entry);
        }

        return CompactJson.Bytes(root);
    }

    /// <exception cref="SigstoreException">Unsupported: the entry has no promise, as those of Rekor v2.</exception>
    private static JsonObject RekorBundle(LogEntry entry) => new()
    {
        ["SignedEntryTimestamp"] = Convert.ToBase64String(entry.SignedEntryTimestamp ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            "The older format holds only entries of Rekor v1; this one has no signed entry timestamp.")),
        ["Payload"] = new JsonObject
        {
            ["body"] = Convert.ToBase64String(entry.Body.Span),
            ["integratedTime"] = entry.IntegratedTime,
            ["logIndex"] = entry.LogIndex,
            ["logID"] = Convert.ToHexStringLower(entry.LogId.Span),
        },
    };
}
