using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Oidc;

/// <summary>Reads files that hold a credential, bounded.</summary>
internal static class TokenFile
{
    /// <summary>The text of the file.</summary>
    /// <exception cref="SigstoreException">FileUnavailable, LimitExceeded.</exception>
    public static Task<string> ReadAsync(string path, CancellationToken cancel) =>
        ReadAsync(path, Limits.IdentityToken, cancel);

    /// <summary>As the other, with a limit of its own.</summary>
    public static async Task<string> ReadAsync(string path, int limit, CancellationToken cancel) =>
        Encoding.UTF8.GetString(await BoundedFile.ReadAsync(path, limit, cancel).ConfigureAwait(false)).TrimStart('\uFEFF');
}
