using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Transparency;

/// <summary>
/// A witness's timestamped signature on a checkpoint (C2SP tlog-cosignature, cosignature/v1): it saw this head, and
/// that the log had grown consistently until then.
/// </summary>
internal sealed record WitnessCosignature
{
    private const int TimeSize = 8;
    private const int SignatureSize = 64;

    private readonly NoteSignature _line;
    private readonly ulong _seconds;

    private WitnessCosignature(NoteSignature line, ulong seconds)
    {
        _line = line;
        _seconds = seconds;
    }

    /// <summary>Name of the witness.</summary>
    public string Name => _line.Name;

    /// <summary>First four bytes of its key id.</summary>
    public ReadOnlyMemory<byte> KeyHash => _line.KeyHash;

    /// <summary>When it says to have seen the checkpoint.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds((long)_seconds);

    /// <summary>
    /// Reads a signature line that has the form of a cosignature; null for another. Only the key tells for sure.
    /// </summary>
    public static WitnessCosignature? TryRead(NoteSignature line)
    {
        if (line.Signature.Length != TimeSize + SignatureSize)
        {
            return null;
        }

        ulong seconds = BinaryPrimitives.ReadUInt64BigEndian(line.Signature.Span);
        return seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new WitnessCosignature(line, seconds)
            : null;
    }

    /// <summary>The lines of a checkpoint that are not by its origin and have the form of a cosignature.</summary>
    public static IReadOnlyList<WitnessCosignature> On(Checkpoint checkpoint)
    {
        List<WitnessCosignature> found = [];
        foreach (NoteSignature line in checkpoint.Signatures)
        {
            if (!string.Equals(line.Name, checkpoint.Host, StringComparison.Ordinal) && TryRead(line) is { } witness)
            {
                found.Add(witness);
            }
        }

        return found;
    }

    /// <summary>Whether the witness with this Ed25519 key signed the checkpoint and the time.</summary>
    public bool IsSignedBy(Checkpoint checkpoint, PublicKey key)
    {
        if (key.Algorithm.Scheme != SignatureScheme.Ed25519
            || !KeyHash.Span.SequenceEqual(NoteKeyId.OfWitness(Name, key).AsSpan(0, KeyHash.Length)))
        {
            return false;
        }

        byte[] head = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {_seconds}\n"));
        return key.Verify(
            [.. head, .. checkpoint.SignedText.Span], _line.Signature.Span[TimeSize..], SigningAlgorithm.Ed25519);
    }
}
