using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Bench;

/// <summary>
/// How many signatures of which kind have to be verified for one bundle, by what is in it and by the keys of the trust
/// root; and what one of each costs on this machine with nothing around it. Signatures inside the trust root itself are
/// not counted: they are the same for all bundles.
/// </summary>
internal static class SignatureTally
{
    /// <summary>Algorithms by name, with how often each.</summary>
    public static Dictionary<string, int> Of(BundleItem item)
    {
        SignedArtifact artifact = SignatureFile.ReadSingle(File.ReadAllBytes(item.Bundle));
        TrustedRoot root = item.Policy.Root;
        List<PublicKey> keys = [];
        if (artifact.Certificate is { } der)
        {
            SigningCertificate certificate = SigningCertificate.Parse(der);
            keys.Add(certificate.Key);
            keys.Add(root.CertificateAuthorities.Select(static a => ParsedCertificate.Parse(a.Chain[0]))
                .First(a => a.SubjectName.Span.SequenceEqual(certificate.Content.IssuerName.Span)).Key);
            keys.AddRange(certificate.EmbeddedScts().Select(s => KeyOf(root.CertificateLogs, s.LogId)));
        }
        else
        {
            keys.Add(((SignerPolicy.ByKey)item.Policy.Signer).Keys[0].Key);
        }

        foreach (LogEntry entry in artifact.LogEntries)
        {
            PublicKey log = KeyOf(root.Logs, entry.LogId);
            keys.AddRange(Enumerable.Repeat(
                log, (entry.SignedEntryTimestamp is null ? 0 : 1) + (entry.Proof?.Checkpoint is null ? 0 : 1)));
        }

        keys.AddRange(artifact.Timestamps.Select(
            _ => ParsedCertificate.Parse(root.TimestampAuthorities[0].Chain[0]).Key));
        return keys.CountBy(static k => k.Algorithm.Name).ToDictionary();
    }

    /// <summary>Seconds of the processor for one verification with a key that is ready.</summary>
    public static double SecondsOf(string algorithm, TimeSpan length)
    {
        if (algorithm == SigningAlgorithm.Ed25519.Name)
        {
            byte[] message = RandomNumberGenerator.GetBytes(150);
            byte[] seed = RandomNumberGenerator.GetBytes(32);
            byte[] key = ClassicCrypto.Current.Ed25519PublicKey(seed);
            byte[] made = ClassicCrypto.Current.Ed25519Sign(seed, message, prehash: false);
            return Rate(length, () => ClassicCrypto.Current.Ed25519Verify(key, message, made, prehash: false));
        }

        using ECDsa ecdsa = ECDsa.Create(algorithm == SigningAlgorithm.EcdsaP256.Name ? ECCurve.NamedCurves.nistP256
            : algorithm == SigningAlgorithm.EcdsaP384.Name ? ECCurve.NamedCurves.nistP384
            : throw new InvalidOperationException($"no rate for {algorithm}"));
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        byte[] signature = ecdsa.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        return Rate(length, () => ecdsa.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>Seconds of the processor to make a P-256 key ready, which a signer's certificate asks for each time.</summary>
    public static double SecondsOfImport(TimeSpan length)
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] spki = ecdsa.ExportSubjectPublicKeyInfo();
        return Rate(length, () =>
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return true;
        });
    }

    private static PublicKey KeyOf(IReadOnlyList<TransparencyLogInstance> logs, ReadOnlyMemory<byte> id) =>
        logs.First(log => log.LogId.Span.SequenceEqual(id.Span)).Key;

    private static double Rate(TimeSpan length, Func<bool> verify)
    {
        for (int warm = 0; warm < 100; warm++)
        {
            if (!verify())
            {
                throw new InvalidOperationException("the signature to measure with does not verify");
            }
        }

        int count = 0;
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan spent;
        do
        {
            for (int i = 0; i < 20; i++, count++)
            {
                verify();
            }

            spent = Environment.CpuUsage.TotalTime - start;
        }
        while (spent < length);
        return spent.TotalSeconds / count;
    }
}
