using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A checkpoint that a log of the trust root signed.</summary>
internal sealed record LogHead(Checkpoint Checkpoint, TransparencyLogInstance Log)
{
    public long Size => Checkpoint.TreeSize;

    public ReadOnlyMemory<byte> Root => Checkpoint.RootHash;

    public string RootHex => Convert.ToHexStringLower(Root.Span);

    /// <summary>Reads a checkpoint and finds the log that signed it.</summary>
    /// <exception cref="SigstoreException">CheckpointInvalid, LogUntrusted, LimitExceeded.</exception>
    public static LogHead Verify(string text, IReadOnlyList<TransparencyLogInstance> logs)
    {
        Checkpoint checkpoint = Checkpoint.Parse(text);
        if (logs.FirstOrDefault(log => log.Validity.Start is not null && IsSignedBy(checkpoint, log)) is { } signer)
        {
            return new LogHead(checkpoint, signer);
        }

        // A key hash that is known under a signature that is not good is news of another kind than a stranger.
        bool named = logs.Any(log => checkpoint.Signatures.Any(line =>
            log.LogId.Length >= line.KeyHash.Length
            && KeyId(log).Span[..line.KeyHash.Length].SequenceEqual(line.KeyHash.Span)));
        throw named
            ? new SigstoreException(
                SigstoreErrorCode.CheckpointInvalid,
                $"The checkpoint '{checkpoint.Origin}' is not signed by the key of the log it names.")
            : new SigstoreException(
                SigstoreErrorCode.LogUntrusted,
                $"The checkpoint '{checkpoint.Origin}' is signed by no log of the trust root.");
    }

    public static bool IsSignedBy(Checkpoint checkpoint, TransparencyLogInstance log) => checkpoint.IsRekorV1
        ? checkpoint.IsSignedByV1(log.Key, KeyId(log).Span)
        : Uri.TryCreate(log.BaseUrl, UriKind.Absolute, out Uri? address)
            && checkpoint.IsSignedBy(address.Host, log.Key, KeyId(log).Span);

    /// <summary>The tree id in the origin of Rekor v1; null for Rekor v2.</summary>
    public static string? TreeId(Checkpoint checkpoint) => checkpoint.IsRekorV1
        ? checkpoint.Origin[(checkpoint.Host.Length + " - ".Length)..]
        : null;

    private static ReadOnlyMemory<byte> KeyId(TransparencyLogInstance log) => log.CheckpointKeyId ?? log.LogId;
}
