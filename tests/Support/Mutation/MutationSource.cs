using System.Security.Cryptography;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Support.Mutation;

/// <summary>A bundle that verifies, and the question to which it is the answer.</summary>
internal sealed class MutationSource
{
    private MutationSource(string name, BlobCase given, string question)
    {
        Name = name;
        Case = given;
        Question = question;
        Content = File.ReadAllBytes(given.Bundle);
        Json = LooseJson.Parse(Content)[0];
        byte[] artifact = File.ReadAllBytes(given.Artifact!);
        ArtifactDigests =
        [
            Convert.ToHexStringLower(SHA256.HashData(artifact)), Convert.ToHexStringLower(SHA384.HashData(artifact)),
            Convert.ToHexStringLower(SHA512.HashData(artifact)),
        ];
        Result = Verify(Content);
        Meaning = Mutation.Meaning.ReadAll(Content, ByKey).Single();
    }

    public string Name { get; }

    public BlobCase Case { get; }

    /// <summary>Who, and about which file: equal texts for equal questions.</summary>
    public string Question { get; }

    public byte[] Content { get; }

    public LooseJson Json { get; }

    /// <summary>SHA-256, SHA-384 and SHA-512 of the file, hex.</summary>
    public IReadOnlyList<string> ArtifactDigests { get; }

    /// <summary>What the verifier says of it unharmed.</summary>
    public BlobVerification Result { get; }

    /// <summary>What it means, by the oracle.</summary>
    public Meaning Meaning { get; }

    public bool ByKey => Case.Policy.Signer is SignerPolicy.ByKey;

    /// <summary>Every golden bundle that verifies, and every conformance case that must, where they are.</summary>
    public static IReadOnlyList<MutationSource> All()
    {
        List<MutationSource> sources = [];
        foreach ((string bundle, string root, string code) in GoldenBundles.Rows())
        {
            if (code == "Verified" && bundle.StartsWith("bundles/", StringComparison.Ordinal))
            {
                BlobCase given = GoldenBundles.Case(bundle, root);
                sources.Add(new MutationSource(bundle, given, $"{Signers(given)} {given.Artifact}"));
            }
        }

        foreach (string name in ConformanceCases.Names.Where(static n => !ConformanceCases.MustFail(n)))
        {
            BlobCase given = ConformanceCases.Case(name);
            sources.Add(new MutationSource($"conformance/{name}", given, $"{Signers(given)} {given.Artifact}"));
        }

        return sources;
    }

    /// <summary>What the verifier says of other bytes in its place.</summary>
    /// <exception cref="SigstoreException">Refused.</exception>
    public BlobVerification Verify(ReadOnlyMemory<byte> content) => BlobVerifier.VerifyAsync(
        new BlobTarget(Case.Artifact, null, BlobSignatures.Read(content, null)), Case.Policy, CancellationToken.None)
        .GetAwaiter().GetResult();

    private static string Signers(BlobCase given) => given.Policy.Signer switch
    {
        SignerPolicy.ByKey keys => string.Join(",", keys.Keys.Select(static k => k.Key.KeyId)),
        SignerPolicy.ByIdentity people => string.Join(",", people.Identities),
        _ => string.Empty,
    };
}
