using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>Reads files that hold a credential, bounded.</summary>
internal static class TokenFile
{
    /// <summary>The text of the file.</summary>
    /// <exception cref="SigstoreException">FileUnavailable, LimitExceeded.</exception>
    public static Task<string> ReadAsync(string path, CancellationToken cancel) =>
        ReadAsync(path, Limits.IdentityToken, cancel);

    /// <summary>As the other, with a limit of its own.</summary>
    public static async Task<string> ReadAsync(string path, int limit, CancellationToken cancel)
    {
        try
        {
            FileStream stream = File.OpenRead(path);
            await using (stream.ConfigureAwait(false))
            {
                (byte[] content, bool complete) =
                    await BoundedReader.ReadAsync(stream, limit, null, cancel).ConfigureAwait(false);
                return complete
                    ? Encoding.UTF8.GetString(content).TrimStart('\uFEFF')
                    : throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"'{path}' is over {limit} bytes.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
