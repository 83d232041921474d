using SigstorePS.Bundles;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Bundles;

/// <summary>Bundles 0.1 and 0.2 become 0.3 without losing what vouches for them.</summary>
public sealed class BundleUpgradeTests
{
    [Fact]
    public async Task A_chain_becomes_its_leaf()
    {
        Bundle old = BundleReader.Read(BundleFiles.Read("js-keyless-v02.json"));
        Bundle upgraded = await BundleUpgrade.ToV03Async(old, null, default);
        Bundle read = BundleReader.Read(BundleWriter.Write(upgraded));
        Assert.Equal(BundleVersion.V03, read.Version);
        Assert.Equal(Bundle.MediaTypeV03, read.MediaType);
        Assert.Equal(old.Certificate, read.Certificate);
        Assert.Equal(old.LogEntries[0].SignedEntryTimestamp, read.LogEntries[0].SignedEntryTimestamp);
    }

    [Fact]
    public async Task Every_conformance_bundle_of_old_becomes_new()
    {
        foreach ((string name, byte[] content) in BundleFiles.RequireConformance())
        {
            if (name is "bundle-empty-certificate-chain_fail" or "bundle-malformed-json_fail" or "bundle-unknown-version_fail")
            {
                continue;
            }

            Bundle old = BundleReader.Read(content);
            Bundle upgraded = await BundleUpgrade.ToV03Async(old, static (e, _) => Task.FromResult(Proven(e)), default);
            Assert.Equal(BundleVersion.V03, BundleReader.Read(BundleWriter.Write(upgraded)).Version);
        }
    }

    [Fact]
    public async Task A_missing_proof_is_fetched_and_the_promise_stays()
    {
        Bundle old = WithoutProof();
        LogEntry entry = old.LogEntries[0];
        Bundle upgraded = await BundleUpgrade.ToV03Async(
            old, (e, _) => Task.FromResult(Proven(e) with { SignedEntryTimestamp = null, IntegratedTime = 0 }), default);
        LogEntry read = BundleReader.Read(BundleWriter.Write(upgraded)).LogEntries[0];
        Assert.Equal(entry.SignedEntryTimestamp, read.SignedEntryTimestamp);
        Assert.Equal(entry.IntegratedTime, read.IntegratedTime);
        Assert.NotNull(read.Proof!.Checkpoint);
    }

    [Fact]
    public async Task Without_means_to_fetch_it_a_missing_proof_is_named()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => BundleUpgrade.ToV03Async(WithoutProof(), null, default));
        Assert.Equal(SigstoreErrorCode.OfflineUnavailable, e.Code);
        Assert.Contains("14", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_answers_with_another_entry_is_not_believed()
    {
        Func<LogEntry, LogEntry>[] changes =
        [
            static e => e with { LogIndex = 15 },
            static e => e with { LogId = new byte[32] },
            static e => e with { Body = "{}"u8.ToArray() },
        ];
        foreach (Func<LogEntry, LogEntry> change in changes)
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => BundleUpgrade.ToV03Async(
                WithoutProof(), (entry, _) => Task.FromResult(change(Proven(entry))), default));
            Assert.Equal(SigstoreErrorCode.LogEntryMismatch, e.Code);
        }

        SigstoreException none = await Assert.ThrowsAsync<SigstoreException>(() => BundleUpgrade.ToV03Async(
            WithoutProof(), static (entry, _) => Task.FromResult(entry), default));
        Assert.Equal(SigstoreErrorCode.MalformedLogEntry, none.Code);
    }

    private static Bundle WithoutProof()
    {
        Bundle bundle = BundleReader.Read(BundleFiles.Read("c3-keyless-v1-tsa.json"));
        return bundle with
        {
            Version = BundleVersion.V01,
            MediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1",
            LogEntries = [bundle.LogEntries[0] with { Proof = null }],
        };
    }

    private static LogEntry Proven(LogEntry entry) =>
        entry with { Proof = new InclusionProof(1, new byte[32], 2, [new byte[32]], "log\n2\n\n") };
}
