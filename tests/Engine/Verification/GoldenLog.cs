using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Support;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Verification;

/// <summary>A golden bundle and what its log entries are judged against.</summary>
internal sealed record GoldenLog(SignedArtifact Artifact, SignedContent Content, PublicKey Key)
{
    public static string Golden(params string[] parts) => RepositoryRoot.Fixture(["golden", .. parts]);

    public static TrustedRoot Root(string name = "trusted_root.json") =>
        TrustedRootReader.Read(File.ReadAllBytes(Golden("trust", name)));

    /// <summary>Reads a bundle below tests/Fixtures/golden.</summary>
    public static GoldenLog Read(string file, string key = "c3-ecdsa", string blob = "hello.txt") => Parse(
        File.ReadAllBytes(Golden(file.Split('/'))), File.ReadAllBytes(Golden("keys", key + ".pub")),
        File.ReadAllBytes(Golden("blobs", blob)));

    public static GoldenLog Parse(byte[] bundle, byte[]? key, byte[] blob)
    {
        using JsonDocument document = StrictJson.Parse(bundle);
        SignedArtifact artifact = CosignBundle.Is(document.RootElement)
            ? CosignBundle.Read(document.RootElement)
            : SignedArtifact.FromBundle(bundle);
        return new GoldenLog(
            artifact, SignedContent.Of(artifact.SignedBytes ?? blob),
            artifact.Certificate is { } certificate
                ? SigningCertificate.Parse(certificate).Key
                : PublicKey.FromSpki(Assert.Single(Pem.Read(key)).Data));
    }

    public LogVerdict Check(TrustedRoot? root = null) =>
        LogCheck.Verify(Artifact, Content, Key, Artifact.Certificate, root ?? Root());

    /// <summary>One error code for all ways to fail, the threshold included; null when it passes.</summary>
    public SigstoreErrorCode? Verdict(TrustedRoot? root = null)
    {
        try
        {
            Check(root).Require(1);
            return null;
        }
        catch (SigstoreException e)
        {
            return e.Code;
        }
    }

    public GoldenLog With(params LogEntry[] entries) => this with { Artifact = Artifact with { LogEntries = entries } };

    public LogEntry Entry => Artifact.LogEntries[0];
}
