using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Transparency;

/// <summary>
/// The promise of a Rekor v1 log to include an entry, and its word on when it came: an ECDSA signature with SHA-256
/// over the canonical JSON (RFC 8785) of exactly body, integratedTime, logID and logIndex.
/// </summary>
internal static class SignedEntryTimestamp
{
    // Beyond it JSON numbers are no longer exact, and two entries could share one canonical form.
    private const long LargestExact = 1L << 53;

    /// <summary>
    /// Whether the promise of the entry is by this key; false without one, or for a key that is not ECDSA.
    /// </summary>
    public static bool Verify(LogEntry entry, PublicKey key)
    {
        if (entry.SignedEntryTimestamp is not { Length: > 0 } signature || entry.Body.IsEmpty
            || entry.IntegratedTime is < 0 or > LargestExact || entry.LogIndex is < 0 or > LargestExact
            || key.Algorithm.Scheme != SignatureScheme.Ecdsa)
        {
            return false;
        }

        return key.Verify(
            SignedBytes(entry), signature, key.Algorithm with { Hash = HashAlgorithmName.SHA256 });
    }

    /// <summary>What the log signed. Nothing in it needs an escape, and the order is that of the names.</summary>
    internal static byte[] SignedBytes(LogEntry entry)
    {
        string body = Convert.ToBase64String(entry.Body.Span);
        string id = Convert.ToHexStringLower(entry.LogId.Span);
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"body\":\"{body}\",\"integratedTime\":{entry.IntegratedTime},"
            + $"\"logID\":\"{id}\",\"logIndex\":{entry.LogIndex}}}"));
    }
}
