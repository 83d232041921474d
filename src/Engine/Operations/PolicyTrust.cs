using SigstorePS.Http;
using SigstorePS.Policies;
using SigstorePS.Trust;
using SigstorePS.Tuf;

namespace SigstorePS.Operations;

/// <summary>Trust roots that policies name: what is in the resource, in its archive, or where it says.</summary>
internal sealed class PolicyTrust(HttpChannel channel, TimeProvider clock)
{
    private static readonly Uri Archive = new("https://trust-root.invalid");

    /// <exception cref="SigstoreException">
    /// MalformedArchive, LimitExceeded, and what reading a TUF repository throws.
    /// </exception>
    public async Task<TrustedRoot> ReadAsync(TrustRootResource resource, CancellationToken cancel)
    {
        if (resource.Keys is { } keys)
        {
            return keys;
        }

        TufMirror mirror = resource.Mirror is null ? TufMirror.Of(Archive) : Remote(resource.Mirror);
        ITufSource source = resource.Archive is { } archive
            ? await ArchiveTufSource.ReadAsync(archive, cancel).ConfigureAwait(false)
            : mirror.Open(channel);
        DirectoryInfo? folder = null;
        try
        {
            // What the user keeps of repositories is not touched: the resource says where trust starts, every time.
            folder = Directory.CreateTempSubdirectory("sigstoreps-trust");
            TufRepository repository = new(
                mirror, source, new TufCache(folder.FullName, mirror, shared: false), null, static _ => [], clock);
            TufView view = await repository.InitializeAsync(resource.Root!, cancel).ConfigureAwait(false);
            return await view.TryReadAsync(resource.Target, cancel).ConfigureAwait(false) is { } content
                ? TrustFiles.ReadTrustRoot(content, mirror.ToString(), clock.GetUtcNow()).Root
                : await LegacyTargets.ReadAsync(view, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"There is no folder to keep the trust root in: {e.Message}", e);
        }
        finally
        {
            try
            {
                folder?.Delete(recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What is still held is the system's to clean.
            }
        }
    }

    private static TufMirror Remote(string address) => TufMirror.Parse(address) is { IsFolder: false } mirror
        ? mirror
        : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, "The mirror of a trust root resource is an address with https, not a folder.");
}
