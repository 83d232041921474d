using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Verification;

/// <summary>A Rekor v2 log of one entry that signs whatever it is given.</summary>
internal static class OwnLog
{
    private const string Name = "own.test";
    private static readonly byte[] Seed = [.. Enumerable.Range(5, 32).Select(static i => (byte)i)];
    private static readonly PublicKey Key = PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(Seed));
    private static readonly byte[] Id = NoteKeyId.Compute(Name, Key);

    public static TrustedRoot Root { get; } = TrustedRoot.Empty with
    {
        Logs =
        [
            new TransparencyLogInstance
            {
                BaseUrl = $"https://{Name}:8443/log", Key = Key, LogId = Id, Validity = ValidityPeriod.Always,
            },
        ],
    };

    public static LogEntry Write(byte[] body)
    {
        byte[] root = MerkleTree.LeafHash(body);
        string text = $"{Name}\n1\n{Convert.ToBase64String(root)}\n";
        byte[] signature = ClassicCrypto.Current.Ed25519Sign(Seed, Encoding.UTF8.GetBytes(text), false);
        return new LogEntry
        {
            LogIndex = 0,
            LogId = Id,
            Kind = "hashedrekord",
            Version = "0.0.2",
            Body = body,
            Proof = new InclusionProof(
                0, root, 1, [], $"{text}\n\u2014 {Name} {Convert.ToBase64String([.. Id[..4], .. signature])}\n"),
        };
    }
}
