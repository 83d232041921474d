using System.Text;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Writes the three variables of a key pair, one after the other as there is no way to write them at once, and takes
/// back what is written when one of them fails: in the end there is the new pair or what was there before. Interrupted
/// for good (the process ends), a new pair has no private key, and one that was to replace another has parts of both,
/// which whoever opens it is told (<see cref="StoredKeyProvider"/>).
/// </summary>
/// <param name="variables">Where.</param>
/// <param name="before">What is there, by name.</param>
internal sealed class GitLabWriting(GitLabVariables variables, IReadOnlyDictionary<string, GitLabVariable> before)
{
    /// <exception cref="SigstoreException">KeyExists, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task WriteAsync(StoredKeyPair pair, CancellationToken cancel)
    {
        List<(string Name, string Value)> begun = [];
        try
        {
            foreach ((string name, byte[] bytes) in SecretNames.InOrder(pair))
            {
                string value = Encoding.UTF8.GetString(bytes);
                begun.Add((name, value));
                await WriteAsync(name, value, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            string[] left = await TakeBackAsync(begun).ConfigureAwait(false);
            if (left.Length > 0)
            {
                throw new SigstoreException(
                    (e as SigstoreException)?.Code ?? SigstoreErrorCode.KeyServiceUnavailable,
                    $"{(e is SigstoreException ? e.Message : "The work was stopped.")} What was written before could not "
                    + $"be taken back: look after {string.Join(", ", left)}, or run this again with -Force.",
                    e);
            }

            throw;
        }
    }

    private Task WriteAsync(string name, string value, CancellationToken cancel)
    {
        bool secret = name != SecretNames.PublicKey;
        return before.ContainsKey(name)
            ? variables.UpdateAsync(
                name, value, masked: secret && GitLabVariable.CanBeMasked(value), raw: true, cancel)
            : variables.CreateAsync(name, value, secret, cancel);
    }

    /// <summary>
    /// Newest first, whether or not the user has lost patience. The names that are left as they should not be.
    /// </summary>
    private async Task<string[]> TakeBackAsync(List<(string Name, string Value)> begun)
    {
        List<string> left = [];
        foreach ((string name, string value) in Enumerable.Reverse(begun))
        {
            try
            {
                await TakeBackAsync(name, value).ConfigureAwait(false);
            }
            catch (SigstoreException)
            {
                left.Add(name);
            }
        }

        return [.. left];
    }

    private async Task TakeBackAsync(string name, string value)
    {
        GitLabVariable? old = before.GetValueOrDefault(name);
        if (old is { Value: null })
        {
            throw new SigstoreException(SigstoreErrorCode.Unsupported, "Nobody knows what a hidden variable held.");
        }

        // The last may have been written although no answer came, and may be somebody else's who was faster.
        GitLabVariable? now = await variables.FindAsync(name, CancellationToken.None).ConfigureAwait(false);
        if (now?.Value is not { } there || Lines(there) != Lines(value))
        {
            return;
        }

        await (old is null
            ? variables.DeleteAsync(name, CancellationToken.None)
            : variables.UpdateAsync(name, old.Value!, old.Masked, old.Raw, CancellationToken.None))
            .ConfigureAwait(false);
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n');
}
