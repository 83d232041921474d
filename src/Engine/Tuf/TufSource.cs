using System.Net;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Tuf;

/// <summary>Where files of a TUF repository come from.</summary>
internal interface ITufSource
{
    /// <summary>Reads a file; null when the repository has none of that name.</summary>
    /// <param name="path">Folders and name, not escaped.</param>
    /// <param name="limit">Most bytes taken.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="SigstoreException">TufUnavailable, TufProtocolViolation, LimitExceeded,
    /// OfflineUnavailable.</exception>
    Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel);
}

/// <summary>A mirror behind HTTPS, or HTTP in one's own network.</summary>
internal sealed class HttpTufSource(HttpChannel channel, Uri mirror) : ITufSource
{
    public async Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel)
    {
        string address = mirror.AbsoluteUri.TrimEnd('/') + "/" + string.Join('/', path.Select(Uri.EscapeDataString));
        HttpReply reply = await channel
            .SendAsync(new HttpCall(HttpMethod.Get, new Uri(address)) { BodyLimit = limit }, cancel)
                .ConfigureAwait(false);
        return reply.Status switch
        {
            HttpStatusCode.OK => reply.Body,

            // Object stores answer 403 for what is not there when they may not be listed.
            HttpStatusCode.NotFound or HttpStatusCode.Forbidden => null,
            _ => throw new SigstoreException(
                SigstoreErrorCode.TufUnavailable,
                $"{mirror.Authority} answered with HTTP {(int)reply.Status} to {reply.Uri.AbsolutePath}."),
        };
    }
}

/// <summary>A mirror in a folder. Never a socket: a share of another machine is refused.</summary>
internal sealed class FileTufSource(string folder) : ITufSource
{
    public async Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel)
    {
        string file = Path.Combine([folder, .. path.Select(Segment)]);
        try
        {
            FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (stream.ConfigureAwait(false))
            {
                (byte[] content, bool complete) =
                    await BoundedReader.ReadAsync(stream, limit, announced: null, cancel).ConfigureAwait(false);
                return complete ? content : throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"'{file}' is over the limit of {limit} bytes.");
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(folder))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TufUnavailable, $"'{file}' of the TUF mirror cannot be read: {e.Message}", e);
        }
    }

    // A role may be called "../x"; its file is below the folder like any other.
    private static string Segment(string name) =>
        name.AsSpan().ContainsAny('/', '\\', ':') || name.StartsWith("..", StringComparison.Ordinal)
            ? Uri.EscapeDataString(name)
            : name;
}
