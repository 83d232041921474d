using System.Text;
using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Encodings;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Transparency;

namespace SigstorePS.Operations;

/// <summary>Shows what is in a bundle as the object users see.</summary>
internal static class BundleRecords
{
    /// <param name="artifact">The bundle.</param>
    /// <param name="path">The file it is in.</param>
    public static SigstoreBundle Of(SignedArtifact artifact, string? path)
    {
        Statement? statement = StatementOf(artifact);
        return new SigstoreBundle
        {
            Path = path,
            MediaType = artifact.Bundle?.MediaType,
            Version = artifact.Bundle?.Version switch
            {
                BundleVersion.V01 => "0.1",
                BundleVersion.V02 => "0.2",
                BundleVersion.V03 => "0.3",
                _ => "Legacy",
            },
            ContentType = artifact.Envelope is null ? "MessageSignature" : "DsseEnvelope",
            Digest = artifact.MessageDigest?.ToString(),
            SignerKind = artifact.Certificate is not null ? "Certificate"
                : artifact.KeyHint is not null ? "Key" : "Unknown",
            KeyHint = artifact.KeyHint,
            Certificate = artifact.Certificate is { } der
                ? Encoding.ASCII.GetString(Pem.Write("CERTIFICATE", der)) : null,
            LogEntries = [.. artifact.LogEntries.Select(Entry)],
            TimestampCount = artifact.Timestamps.Count,
            PayloadType = artifact.Envelope?.PayloadType,
            PredicateType = statement?.PredicateType,
            Subjects = [.. (statement?.Subjects ?? []).Select(Subject)],
            Signature = Convert.ToBase64String(artifact.Signature.Span),
            Json = Encoding.UTF8.GetString(
                artifact.Bundle is { } bundle ? BundleWriter.Write(bundle) : artifact.LegacyContent ?? []).Trim(),
            Bundle = artifact.Bundle,
        };
    }

    private static BundleLogEntry Entry(LogEntry entry) => new()
    {
        LogIndex = entry.LogIndex,
        LogId = Convert.ToHexStringLower(entry.LogId.Span),
        Kind = entry.Kind,
        Version = entry.Version,
        IntegratedTime = entry.IntegratedTime is > 0 and <= LogEntryJson.LastSecond
            ? DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime) : null,
        HasPromise = entry.SignedEntryTimestamp is not null,
        HasProof = entry.Proof is { Checkpoint: not null },
    };

    /// <summary>Null when the payload is no statement: what is only shown need not be one.</summary>
    private static Statement? StatementOf(SignedArtifact artifact)
    {
        try
        {
            return artifact.Envelope is { PayloadType: MediaTypes.InToto } e ? Statement.Parse(e.Payload) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Subject(Subject subject)
    {
        (string algorithm, string hex) = subject.Digests.First();
        return string.IsNullOrEmpty(subject.Name) ? $"{algorithm}:{hex}" : $"{subject.Name}@{algorithm}:{hex}";
    }
}
