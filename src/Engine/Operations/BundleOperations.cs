using System.Text;
using SigstorePS.Bundles;

namespace SigstorePS.Operations;

/// <summary>A file of bundles brought to the newest version.</summary>
/// <param name="Bundles">All of them, in order.</param>
/// <param name="Content">The file's new text.</param>
internal sealed record UpgradedFile(IReadOnlyList<SigstoreBundle> Bundles, byte[] Content);

/// <summary>Shows, renews and makes bundles.</summary>
/// <param name="fetch">Gets a log entry with its proof; null where no log can be asked.</param>
/// <param name="find">Finds log entries of a signature; null where no log can be asked.</param>
internal sealed class BundleOperations(FetchLogEntry? fetch, FindLogEntries? find)
{
    private readonly BundleConverter _converter = new(fetch, find);

    /// <summary>Everything in a file, unverified.</summary>
    /// <exception cref="SigstoreException">As <see cref="SignatureFile.Read"/>.</exception>
    public static IReadOnlyList<SigstoreBundle> Read(ReadOnlyMemory<byte> content, string? path) =>
        [.. SignatureFile.Read(content, IsLines(path)).Select(a => BundleRecords.Of(a, path))];

    /// <summary>Whether any bundle of the file is older than the newest version, or spelt in its older way.</summary>
    /// <exception cref="SigstoreException">As <see cref="SignatureFile.Read"/>; Unsupported: an older form.</exception>
    public static bool NeedsUpgrade(ReadOnlyMemory<byte> content, string path) =>
        ReadBundles(content, path).Any(static b => b.MediaType != Bundle.MediaTypeV03);

    /// <param name="content">The file.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="target">Where its bundles will be; null: nowhere but in the answer.</param>
    /// <param name="offline">Fetch nothing.</param>
    /// <param name="cancel">Cancels the fetching.</param>
    /// <exception cref="SigstoreException">As <see cref="BundleUpgrade.ToV03Async"/>.</exception>
    public async Task<UpgradedFile> UpgradeAsync(
        ReadOnlyMemory<byte> content, string path, string? target, bool offline, CancellationToken cancel)
    {
        List<SigstoreBundle> upgraded = [];
        foreach (Bundle bundle in ReadBundles(content, path))
        {
            Bundle renewed = await BundleUpgrade.ToV03Async(bundle, offline ? null : fetch, cancel)
                .ConfigureAwait(false);
            upgraded.Add(Record(renewed, target ?? path));
        }

        string text = string.Join('\n', upgraded.Select(static b => b.Json));
        return new UpgradedFile(upgraded, Encoding.UTF8.GetBytes(
            upgraded.Count > 1 || IsLines(target ?? path) ? text + '\n' : text));
    }

    /// <param name="parts">The pieces.</param>
    /// <param name="target">Where the bundle will be; null: nowhere but in the answer.</param>
    /// <param name="cancel">Cancels hashing and fetching.</param>
    /// <exception cref="SigstoreException">As <see cref="BundleConverter.ConvertAsync"/>.</exception>
    public async Task<SigstoreBundle> ConvertAsync(BundleParts parts, string? target, CancellationToken cancel) =>
        Record(await _converter.ConvertAsync(parts, cancel).ConfigureAwait(false), target);

    /// <summary>What is handed out must be readable again, whatever the pieces held.</summary>
    private static SigstoreBundle Record(Bundle bundle, string? path) =>
        BundleRecords.Of(SignedArtifact.FromBundle(BundleWriter.Write(bundle)), path);

    private static IEnumerable<Bundle> ReadBundles(ReadOnlyMemory<byte> content, string path) =>
        SignatureFile.Read(content, IsLines(path)).Select(static a => a.Bundle ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            "The file is no sigstore bundle but of an older form; ConvertTo-SigstoreBundle makes one of it."));

    private static bool IsLines(string? path) =>
        path is not null && path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
}
